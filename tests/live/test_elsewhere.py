"""Desks that are connected to other processes of a cluster, as the boards of this one count them."""

from collections import Counter
from datetime import timedelta

import pytest

from confsvc.live.elsewhere import FORGOTTEN_SECONDS, SILENT_SECONDS, Elsewhere
from confsvc.live.presence import ConnectedDesk, Presence
from tests.conftest import NOW, BeginWork

CONFERENCE, HALL, OTHER_HALL = 1, 10, 20


class Process:
    """One of a cluster, with a clock that all share."""

    seconds = 0.0

    def __init__(self, uid: str, begin: BeginWork) -> None:
        self.presence = Presence()
        self.elsewhere = Elsewhere(uid, self.presence, lambda: Process.seconds)
        self._begin = begin

    def connect(self, desk_id: int, site_id: int = HALL, line: str = "a") -> None:
        self.presence.desk_came(ConnectedDesk(f"{desk_id}{line}", desk_id, site_id, CONFERENCE, NOW + timedelta(days=1), 0))

    def part(self, desk_id: int, line: str = "a") -> None:
        self.presence.desk_left(f"{desk_id}{line}")

    def beat(self) -> set[int]:
        with self._begin() as work:
            self.elsewhere.write(work)
            moved = self.elsewhere.read(work)
            self.elsewhere.forget_silent(work)
        self.elsewhere.written()
        return moved

    def leave(self) -> None:
        with self._begin() as work:
            self.elsewhere.leave(work)

    def sees(self) -> Counter[int]:
        return self.presence.desks_by_site(CONFERENCE)


@pytest.fixture
def two(begin: BeginWork) -> tuple[Process, Process]:
    Process.seconds = 0.0
    return Process("one", begin), Process("two", begin)


def test_desks_of_another_process_are_counted_once_and_until_they_leave(two: tuple[Process, Process]) -> None:
    one, other = two
    one.connect(1)
    one.connect(2, OTHER_HALL)
    other.connect(3)
    assert (one.beat(), other.beat()) == (set(), {CONFERENCE})
    assert one.beat() == {CONFERENCE}
    assert one.sees() == other.sees() == {HALL: 2, OTHER_HALL: 1}
    assert (one.elsewhere.desk_ids(), other.elsewhere.desk_ids()) == (frozenset({3}), frozenset({1, 2}))
    assert other.presence.desks_moved(CONFERENCE) == {HALL: 2, OTHER_HALL: 1}
    one.part(2)
    assert (one.beat(), other.beat()) == (set(), {CONFERENCE})
    assert other.sees() == {HALL: 2}
    assert other.presence.desks_moved(CONFERENCE) == {OTHER_HALL: 0}
    assert (one.beat(), other.beat()) == (set(), set())


def test_a_desk_that_is_connected_to_both_is_one_desk(two: tuple[Process, Process]) -> None:
    one, other = two
    for process in two:
        process.connect(1)
    one.beat()
    other.beat()
    assert other.sees() == {HALL: 1}


def test_a_second_line_of_a_desk_tells_nothing(two: tuple[Process, Process]) -> None:
    one, other = two
    one.connect(1)
    one.beat()
    other.beat()
    one.connect(1, line="b")
    one.part(1, line="a")
    one.beat()
    assert (other.beat(), other.sees()) == (set(), {HALL: 1})


def test_a_process_that_falls_silent_has_no_desks_until_it_is_heard_again(two: tuple[Process, Process]) -> None:
    one, other = two
    one.connect(1)
    one.beat()
    other.beat()
    Process.seconds += SILENT_SECONDS - 0.1
    assert (other.beat(), other.sees()) == (set(), {HALL: 1})
    Process.seconds += 0.1
    assert (other.beat(), other.sees(), other.elsewhere.desk_ids()) == ({CONFERENCE}, {}, frozenset())
    one.beat()
    assert (other.beat(), other.sees()) == ({CONFERENCE}, {HALL: 1})


def test_a_process_that_was_forgotten_makes_itself_known_anew(two: tuple[Process, Process]) -> None:
    one, other = two
    one.connect(1)
    one.beat()
    other.beat()
    Process.seconds += FORGOTTEN_SECONDS + 1
    other.beat()
    one.connect(2)
    one.beat()
    assert (other.beat(), other.sees()) == ({CONFERENCE}, {HALL: 2})


def test_a_process_that_ends_takes_its_desks_along(two: tuple[Process, Process]) -> None:
    one, other = two
    one.connect(1)
    one.beat()
    other.beat()
    one.leave()
    assert (other.beat(), other.sees()) == ({CONFERENCE}, {})
    one.leave()
