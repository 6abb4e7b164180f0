"""The pace at which a process that stops sends everybody away."""

import pytest

from confsvc.live.leaving import AT_ONCE, REST_SECONDS, send_all_away
from confsvc.live.packets import StrictSocket


class Connection(StrictSocket):
    """One that only notes that it was told to leave."""

    def __init__(self, left: list[str], sid: str) -> None:
        self._left = left
        self.sid = sid

    def leave(self) -> None:
        self._left.append(self.sid)


@pytest.mark.parametrize(("number", "seconds", "rounds"), [(0, 5, 0), (AT_ONCE, 5, 1), (AT_ONCE * 3 + 1, 5, 4), (AT_ONCE * 40, REST_SECONDS * 10, 10)])
def test_everybody_leaves_at_an_even_pace_and_within_the_time(number: int, seconds: float, rounds: int) -> None:
    left: list[str] = []
    rests: list[float] = []
    connections = {str(n): Connection(left, str(n)) for n in range(number)}
    send_all_away(connections, rests.append, seconds)
    assert left == list(connections)
    assert rests == [REST_SECONDS] * rounds
    assert sum(rests) <= seconds


def test_whoever_comes_meanwhile_leaves_too_and_nobody_twice() -> None:
    left: list[str] = []
    connections: dict[str, StrictSocket] = {"first": Connection(left, "first")}

    def rest(_: float) -> None:
        if len(left) == 1:
            del connections["first"]
            connections["second"] = Connection(left, "second")

    send_all_away(connections, rest, 5)
    assert left == ["first", "second"]
