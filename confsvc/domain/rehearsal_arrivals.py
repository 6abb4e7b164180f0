"""People who arrive at a rehearsal though nobody has come: so that everybody sees the board fill up."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from confsvc.domain.access import acting_account_id
from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.errors import Invalid, WrongState
from confsvc.domain.rehearsals import running_rehearsal
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate

# Other writers wait while these are recorded.
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Arrivals:
    """How many arrived just now, how many are expected still, and how many people are on the list."""

    arrived: int
    awaited: int
    listed: int


def count_arrivals(work: Work, rehearsal: Conference) -> Arrivals:
    """How many people are on the list of a rehearsal the caller may see, and how many of them have not come."""
    listed = select(func.count()).select_from(Attendance).where(Attendance.conference_id == rehearsal.id)
    return Arrivals(0, work.session.scalars(listed.where(_is_awaited())).one(), work.session.scalars(listed).one())


def let_arrive(work: Work, conference_id: int, people: int) -> Arrivals:
    """Check so many people of the conference's rehearsal in, each at the site of the seat, in no order; raises NotFound, Invalid or WrongState.

    They take the way of everybody who comes: the log, the states, the tallies, what desks and boards are told.
    """
    rehearsal = running_rehearsal(work, conference_id)
    if rehearsal.state != "in_progress":
        raise WrongState(state=rehearsal.state, step="let_arrive")
    if not 1 <= people <= MOST_AT_ONCE:
        raise Invalid("people", "number_range", least=1, most=MOST_AT_ONCE)
    awaited = select(Delegate.id, Delegate.site_id).join(Attendance, Attendance.delegate_id == Delegate.id)
    chosen = work.session.execute(awaited.where(Delegate.conference_id == rehearsal.id, _is_awaited()).order_by(func.random()).limit(people))
    account_id = acting_account_id(work)
    events = [
        NewEvent(work.new_id(), "check_in", "system", work.now, site_id=site_id, delegate_id=delegate_id, account_id=account_id)
        for delegate_id, site_id in chosen
    ]
    record_attendance(work, rehearsal.id, events)
    found = count_arrivals(work, rehearsal)
    return Arrivals(len(events), found.awaited, found.listed)


def _is_awaited() -> ColumnElement[bool]:
    return Attendance.state == "not_yet"
