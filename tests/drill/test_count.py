"""The count over a log that is made by hand: what is missing, twice, or strange in it."""

from uuid import uuid4

import pytest
from sqlalchemy import delete, select, update

from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.work import DeskActor
from confsvc.drill.count import Count, count
from confsvc.drill.plan import Plan, Wishes, read_plan
from confsvc.drill.played_desk import act_of, person_of
from confsvc.drill.preparation import prepare
from confsvc.models import AttendanceEvent, Delegate, Desk
from tests.conftest import NOW, BeginWork

PEOPLE = 12
RUN = 0xFEDC_BA98


def silent(what: str, done: int, whole: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture
def plan(begin: BeginWork) -> Plan:
    conference_id = prepare(begin, sites=3, people=PEOPLE, progress=silent)
    with begin() as work:
        return read_plan(work, conference_id, Wishes(1.0))


def come(begin: BeginWork, plan: Plan, people: range, client_ref: str = "") -> None:
    """These people are checked in, by the acts of this run unless another one is given."""
    with begin() as work:
        desks = {desk.site_id: desk.id for desk in work.session.scalars(select(Desk))}
        sites = {delegate.id: delegate.site_id for delegate in work.session.scalars(select(Delegate))}
    for person in people:
        delegate_id = plan.people.delegate_ids[person]
        site_id = sites[delegate_id]
        told = NewEvent(client_ref or act_of(RUN, person), "check_in", "name", NOW, site_id=site_id, desk_id=desks[site_id], delegate_id=delegate_id)
        with begin(DeskActor(desks[site_id])) as work:
            record_attendance(work, plan.conference_id, [told])


def counted(begin: BeginWork, plan: Plan, answered: int, since: int = 0) -> Count:
    told = bytearray(n < answered for n in range(PEOPLE))
    with begin() as work:
        return count(work, plan.conference_id, since=since, run=RUN, answered=told, refused=0)


def clean(people: int) -> Count:
    return Count(people, people, 0, 0, PEOPLE - people, 0, 0, 0, people, people, people)


def test_an_act_tells_whose_it_is_and_of_which_run() -> None:
    for person in (0, 7, 2**40):
        assert person_of(act_of(RUN, person), RUN) == person
        assert person_of(act_of(RUN + 1, person), RUN) is None
    assert person_of(str(uuid4()), RUN) is None
    assert len({act_of(run, person) for run in range(10) for person in range(10)}) == 100


def test_everybody_in_once_is_clean(begin: BeginWork, plan: Plan) -> None:
    come(begin, plan, range(PEOPLE))
    assert counted(begin, plan, PEOPLE) == clean(PEOPLE)


def test_who_is_in_the_log_without_having_been_answered_is_unanswered_and_not_lost(begin: BeginWork, plan: Plan) -> None:
    come(begin, plan, range(PEOPLE))
    found = counted(begin, plan, PEOPLE - 2)
    assert (found.unanswered, found.lost, found.is_clean) == (2, 0, False)


def test_an_answer_without_a_line_is_lost(begin: BeginWork, plan: Plan) -> None:
    come(begin, plan, range(PEOPLE - 1))
    found = counted(begin, plan, PEOPLE)
    assert (found.lost, found.gaps, found.is_clean) == (1, 0, False)


def test_a_line_that_has_gone_leaves_a_gap(begin: BeginWork, plan: Plan) -> None:
    come(begin, plan, range(PEOPLE))
    with begin() as work:
        work.session.execute(delete(AttendanceEvent).where(AttendanceEvent.revision == 5))
    found = counted(begin, plan, PEOPLE)
    assert (found.lost, found.gaps) == (1, 1)


def test_somebody_who_is_let_in_twice_is_doubled(begin: BeginWork, plan: Plan) -> None:
    come(begin, plan, range(PEOPLE))
    come(begin, plan, range(1), str(uuid4()))
    with begin() as work:
        work.session.execute(update(AttendanceEvent).values(verdict="accepted"))
    found = counted(begin, plan, PEOPLE)
    assert (found.doubled, found.strange, found.lost) == (1, 1, 0)


def test_what_was_in_the_log_before_is_not_counted_again(begin: BeginWork, plan: Plan) -> None:
    come(begin, plan, range(4), "")
    with begin() as work:
        again = read_plan(work, plan.conference_id, Wishes(1.0))
    assert len(again.people) == PEOPLE - 4
    assert again.revision == 4
    assert counted(begin, plan, 0, since=4).lines == 0
