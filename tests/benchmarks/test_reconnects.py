"""Desks that come back set out again and again, as pages do, until each has heard what it missed."""

from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks.preparation import PairedDesk
from benchmarks.reconnects import AGAIN_SECONDS, ATTEMPT_SECONDS, Returning, ReturningDesk


class Line:
    """A connection that is on its way until the test says what becomes of it."""

    def __init__(self, desk: ReturningDesk) -> None:
        self.desk = desk
        self.is_cut = False
        self.asked: list[Any] = []

    def emit(self, event: str, payload: str, answered: Any) -> None:
        self.asked.append(answered)

    def cut(self) -> None:
        self.is_cut = True

    def let_in(self, ack: bytes = b'{"ok":true}') -> None:
        self.desk.opened(self)  # type: ignore[arg-type]  # as much of a connection as a desk uses
        self.asked[-1](ack)


class Wires:
    """What desks have opened, at a moment that the test sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.lines: list[Line] = []

    def clock(self) -> float:
        return self.now

    def open(self, namespace: str, desk: ReturningDesk, **_: object) -> Line:
        self.lines.append(Line(desk))
        return self.lines[-1]


@pytest.fixture
def scene() -> SimpleNamespace:
    wires = Wires()
    returning = Returning(wires, [PairedDesk(str(number), ()) for number in range(2)])  # type: ignore[arg-type]  # as much of a wire as it uses
    returning.send_next()
    return SimpleNamespace(wires=wires, returning=returning)


def pass_time(scene: SimpleNamespace, seconds: float) -> bool:
    scene.wires.now += seconds
    return bool(scene.returning.is_over())


def test_each_that_is_let_in_lets_the_next_one_set_out(scene: SimpleNamespace) -> None:
    scene.wires.lines[0].let_in()
    assert (len(scene.wires.lines), scene.returning.lost) == (2, 1)
    scene.wires.lines[1].let_in()
    assert (len(scene.wires.lines), scene.returning.is_over()) == (2, True)
    assert pass_time(scene, ATTEMPT_SECONDS)
    assert not any(line.is_cut for line in scene.wires.lines)
    assert not scene.returning.in_vain


def test_an_attempt_that_is_never_answered_is_given_up_and_made_anew(scene: SimpleNamespace) -> None:
    pass_time(scene, ATTEMPT_SECONDS)
    assert scene.wires.lines[0].is_cut
    pass_time(scene, AGAIN_SECONDS)
    scene.wires.lines[1].let_in()
    assert (scene.returning.lost, scene.returning.in_vain) == (1, {"no answer": 1})


def test_who_is_turned_away_comes_again(scene: SimpleNamespace) -> None:
    first = scene.wires.lines[0]
    first.desk.closed(first, "too_many_requests")
    pass_time(scene, AGAIN_SECONDS)
    scene.wires.lines[1].let_in(b'{"ok":false}')
    pass_time(scene, AGAIN_SECONDS)
    # The next one has set out meanwhile.
    assert [line.desk is first.desk for line in scene.wires.lines] == [True, True, False, True]
    scene.wires.lines[3].let_in()
    assert scene.returning.in_vain == {"too_many_requests": 1, '{"ok":false}': 1}


def test_who_is_cut_off_after_it_was_back_is_not_back(scene: SimpleNamespace) -> None:
    first = scene.wires.lines[0]
    first.let_in()
    scene.wires.lines[1].let_in()
    assert scene.returning.is_over()
    first.desk.closed(first, "the server has closed the connection")
    assert (scene.returning.is_over(), scene.returning.lost) == (False, 1)
    pass_time(scene, AGAIN_SECONDS)
    scene.wires.lines[2].let_in()
    assert scene.returning.is_over()
