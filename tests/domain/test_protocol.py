"""The protocol order: one place up or down, others disturbed as little as can be."""

import pytest

from confsvc.domain.errors import EditConflict, NotFound
from confsvc.domain.people import PeopleQuery, read_people
from confsvc.domain.protocol import move_delegate
from confsvc.domain.work import Work
from confsvc.models import Conference, Delegate
from tests.factories import make_conference, make_delegate, make_mandate, make_site, make_unit


def seat(work: Work, *people: tuple[str, int]) -> tuple[Conference, dict[str, Delegate]]:
    conference = make_conference(work)
    mandate = make_mandate(work, conference, make_site(work, conference))
    return conference, {name: make_delegate(work, mandate, name, protocol_order=order) for name, order in people}


def order(work: Work, conference: Conference) -> list[tuple[str, int]]:
    work.session.expire_all()
    return [(row.delegate.full_name, row.delegate.protocol_order) for row in read_people(work, conference.id, PeopleQuery()).items]


@pytest.mark.parametrize(
    ("people", "who", "step", "after"),
    [
        # A gap before the neighbour is used.
        ([("A", 10), ("B", 20), ("C", 30)], "C", -1, [("A", 10), ("C", 19), ("B", 20)]),
        ([("A", 10), ("B", 20), ("C", 30)], "B", -1, [("B", 9), ("A", 10), ("C", 30)]),
        ([("A", 10), ("B", 20), ("C", 30)], "A", 1, [("B", 20), ("A", 29), ("C", 30)]),
        ([("A", 10), ("B", 20), ("C", 30)], "B", 1, [("A", 10), ("C", 30), ("B", 31)]),
        # Without a gap those behind make room.
        ([("A", 1), ("B", 2), ("C", 3)], "C", -1, [("A", 1), ("C", 2), ("B", 3)]),
        ([("A", 0), ("B", 1), ("C", 3)], "B", -1, [("B", 0), ("A", 1), ("C", 4)]),
        # Among people without a number those before are numbered, so that a newcomer still comes last.
        ([("A", 1000), ("B", 1000), ("C", 1000), ("D", 1000)], "C", -1, [("A", 998), ("C", 999), ("B", 1000), ("D", 1000)]),
        ([("A", 1000), ("B", 1000), ("C", 1000), ("D", 1000)], "A", 1, [("B", 998), ("A", 999), ("C", 1000), ("D", 1000)]),
        ([("A", 999), ("B", 1000), ("C", 1000), ("D", 1000)], "D", -1, [("A", 999), ("B", 1000), ("D", 1001), ("C", 1002)]),
        # At the ends nothing moves.
        ([("A", 10), ("B", 20)], "A", -1, [("A", 10), ("B", 20)]),
        ([("A", 10), ("B", 20)], "B", 1, [("A", 10), ("B", 20)]),
        ([("A", 10)], "A", 1, [("A", 10)]),
    ],
)
def test_one_place(work: Work, people: list[tuple[str, int]], who: str, step: int, after: list[tuple[str, int]]) -> None:
    conference, delegates = seat(work, *people)
    move_delegate(work, conference.id, delegates[who].id, step, version=1)
    assert order(work, conference) == after


def test_moving_up_and_down_again_and_again_walks_the_whole_list(work: Work) -> None:
    names = [f"{letter}" for letter in "ABCDEFGH"]
    conference, delegates = seat(work, *((name, 1000) for name in names))
    for expected in range(len(names) - 2, -1, -1):
        move_delegate(work, conference.id, delegates["H"].id, -1, version=delegates["H"].version)
        assert [name for name, _ in order(work, conference)].index("H") == expected
    assert [name for name, _ in order(work, conference)] == ["H", *"ABCDEFG"]
    for expected in range(1, len(names)):
        move_delegate(work, conference.id, delegates["H"].id, 1, version=delegates["H"].version)
        assert [name for name, _ in order(work, conference)].index("H") == expected
    assert [name for name, _ in order(work, conference)] == names


def test_other_conferences_are_left_alone_and_late_tabs_are_told(work: Work) -> None:
    conference, delegates = seat(work, ("A", 1), ("B", 2))
    other = make_conference(work, title="Another")
    make_delegate(work, make_mandate(work, other, make_site(work, other), make_unit(work, "X")), "Z", protocol_order=2)
    move_delegate(work, conference.id, delegates["B"].id, -1, version=1)
    assert order(work, other) == [("Z", 2)]
    with pytest.raises(EditConflict):
        move_delegate(work, conference.id, delegates["B"].id, 1, version=1)
    with pytest.raises(NotFound):
        move_delegate(work, other.id, delegates["A"].id, -1, version=delegates["A"].version)
