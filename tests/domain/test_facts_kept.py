"""Facts that are kept for other processes: what was told is read again as it was, by everybody but who told it."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from confsvc.domain.facts import (
    AttendanceRecorded,
    BoardLinkRevoked,
    ConferenceStateChanged,
    DeskRevoked,
    Fact,
    FollowedUp,
    MailPut,
    PassesChanged,
    RehearsalWiped,
    RosterChanged,
)
from confsvc.domain.facts_kept import KEPT, KINDS, MOST_AT_ONCE, drop_old_facts, keep_facts, last_fact, read_facts
from confsvc.domain.work import Work
from confsvc.models import ToldFact
from tests.conftest import NOW, BeginWork

FACTS: list[Fact] = [
    PassesChanged(1, frozenset({"b", "a"})),
    RosterChanged(1),
    ConferenceStateChanged(1, "closed"),
    DeskRevoked(3, 2, 1),
    BoardLinkRevoked(1),
    RehearsalWiped(1),
    FollowedUp(1, 4, None, "called", "Olga Hồ"),
    MailPut(1),
]


def keep(work: Work, *facts: Fact, origin: str = "here") -> None:
    work.facts[:] = facts
    keep_facts(work, origin)


def test_there_is_a_way_to_keep_every_kind_of_fact_but_what_the_revision_tells() -> None:
    assert {type(fact).__name__ for fact in FACTS} == KINDS.keys() == {kind.__name__ for kind in Fact.__args__} - {"AttendanceRecorded"}


def test_facts_are_read_as_they_were_told_by_everybody_else(work: Work) -> None:
    assert last_fact(work) == 0
    keep(work, *FACTS, AttendanceRecorded(1, 2))
    there, here = read_facts(work, 0, "there"), read_facts(work, 0, "here")
    assert (there.facts, here.facts) == (FACTS, [])
    assert there.last == here.last == last_fact(work) == len(FACTS)
    assert read_facts(work, there.last, "there").facts == []


def test_a_unit_that_tells_nothing_for_others_writes_nothing(work: Work) -> None:
    keep(work, AttendanceRecorded(1, 2))
    assert last_fact(work) == 0


def test_a_kind_of_a_newer_release_is_passed_over(work: Work) -> None:
    work.session.execute(insert(ToldFact).values(kind="Unheard", fields={"of": 1}, origin="there", told_at=NOW))
    keep(work, RosterChanged(1))
    assert read_facts(work, 0, "me").facts == [RosterChanged(1)]


def test_what_a_newer_release_says_besides_is_passed_over(work: Work) -> None:
    work.session.execute(
        insert(ToldFact).values(kind="DeskRevoked", fields={"desk_id": 3, "site_id": 2, "conference_id": 1, "why": "lost"}, origin="there", told_at=NOW)
    )
    assert read_facts(work, 0, "me").facts == [DeskRevoked(3, 2, 1)]


def test_many_are_read_a_portion_at_a_time(work: Work) -> None:
    keep(work, *(RosterChanged(n) for n in range(MOST_AT_ONCE + 1)))
    first = read_facts(work, 0, "there")
    rest = read_facts(work, first.last, "there")
    assert (len(first.facts), first.is_whole, len(rest.facts), rest.is_whole) == (MOST_AT_ONCE, False, 1, True)


@pytest.mark.parametrize(("later", "left"), [(timedelta(0), 1), (KEPT, 1), (KEPT + timedelta(seconds=1), 0)])
def test_old_facts_are_dropped_and_their_numbers_never_given_again(begin: BeginWork, later: timedelta, left: int) -> None:
    with begin() as work:
        keep(work, RosterChanged(1))
    with begin(now=NOW + later) as work:
        drop_old_facts(work)
        assert len(read_facts(work, 0, "there").facts) == left
        keep(work, RosterChanged(2))
        assert last_fact(work) == 2
