"""People who wait for an organiser's yes: substitutes of too low a rank, walk-ins and online participants where the conference asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, literal_column, select
from sqlalchemy.orm import aliased

from confsvc.domain.access import acting_account_id, delegate_of, organised_conference
from confsvc.domain.attendance import NewEvent, Verdict, earlier_verdict, record_attendance
from confsvc.domain.attendance_statements import counted_line
from confsvc.domain.corrections import required_reason
from confsvc.domain.errors import WrongState
from confsvc.domain.prepared import Prepared
from confsvc.domain.substitutions import take_seat
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, Delegate, Desk, Mandate, Site

# Of more people than this who ask the board shows how many more there are.
MOST_ASKING = 30

# In the words of the index that holds them alone: a value that is only given with the statement would not find it.
_WAITS = Attendance.state == literal_column("'pending'")
_PENDING = Prepared(select(func.count()).where(Attendance.conference_id == bindparam("conference_id"), _WAITS))


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who waits; `why` is `substitute` (then `replaces` is whom), `walk_in` or `online`, `site` the hall they have come to."""

    delegate_id: int
    why: str
    name: str
    position: str
    unit: str
    rank: str
    required_rank: str
    replaces: str | None
    site: str
    desk: str | None
    since: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class PeopleAsking:
    """How many wait for an organiser's yes, and the first of them."""

    count: int
    people: tuple[Asking, ...]


def read_asking(work: Work, conference_id: int) -> PeopleAsking:
    """What a board shows of those who wait; asks no permission but that of `people_asking`."""
    count = count_asking(work, conference_id)
    return PeopleAsking(count, tuple(people_asking(work, conference_id, most=MOST_ASKING)) if count else ())


def people_asking(work: Work, conference_id: int, *, most: int | None = None) -> list[Asking]:
    """Everybody who waits (no more than `most`), those who came first before; raises NotFound. One query."""
    organised_conference(work, conference_id)
    line, replaced = aliased(AttendanceEvent), aliased(Delegate)
    latest = select(func.max(AttendanceEvent.revision)).where(
        AttendanceEvent.conference_id == conference_id, AttendanceEvent.delegate_id == Delegate.id, AttendanceEvent.kind == "seek", counted_line()
    )
    columns: tuple[Any, ...] = (
        *(Delegate.id, Delegate.origin, Delegate.full_name, Delegate.position, Mandate.unit_name, Delegate.rank, Mandate.required_rank),
        *(replaced.full_name, Site.name, Desk.name, Attendance.since, line.reason),
    )
    waiting = (Attendance.conference_id == conference_id, _WAITS)
    # Chosen first, so that what is known of them is not gathered of everybody who waits.
    first = select(Attendance.delegate_id).where(*waiting).order_by(Attendance.since, Attendance.delegate_id).limit(most)
    rows: Sequence[Any] = work.session.execute(
        select(*columns)
        .join(Mandate, Mandate.id == Delegate.mandate_id)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .join(line, (line.conference_id == conference_id) & (line.revision == latest.correlate(Delegate).scalar_subquery()))
        .join(Site, Site.id == func.coalesce(line.site_id, Delegate.site_id))
        .outerjoin(Desk, Desk.id == line.desk_id)
        .outerjoin(replaced, replaced.id == Delegate.replaces_id)
        .where(*waiting, Delegate.id.in_(first))
        .order_by(Attendance.since, Delegate.id)
    ).all()
    return [Asking(delegate_id, "online" if origin == "listed" else origin, *rest) for delegate_id, origin, *rest in rows]


def count_asking(work: Work, conference_id: int) -> int:
    """How many people wait; asks no permission."""
    [[count]] = _PENDING.rows(work.rows, conference_id=conference_id)
    return int(count)


def units_asking(work: Work, conference_id: int) -> list[tuple[int, str, int]]:
    """Mandate, name and number of people of each unit on whose list somebody waits, by name; asks no permission. One query."""
    waiting = (Attendance.conference_id == conference_id, _WAITS, Delegate.origin != "walk_in")
    found = select(Mandate.id, Mandate.unit_name, func.count()).join(Delegate, Delegate.mandate_id == Mandate.id)
    found = found.join(Attendance, Attendance.delegate_id == Delegate.id).where(*waiting, Mandate.unit_id.is_not(None))
    rows = work.session.execute(found.group_by(Mandate.id, Mandate.unit_name, Mandate.unit_name_sort).order_by(Mandate.unit_name_sort, Mandate.id))
    return [(mandate_id, name, people) for mandate_id, name, people in rows]


def admit_person(work: Work, conference_id: int, delegate_id: int, client_ref: str) -> Verdict:
    """Let somebody in who waits: present since they came. Raises NotFound, or WrongState for somebody who does not wait (any more)."""
    delegate, told = _decision(work, conference_id, delegate_id, "admit", client_ref, "")
    if (earlier := earlier_verdict(work, conference_id, client_ref)) is not None:
        return earlier
    since = _waiting_since(work, delegate)
    if delegate.replaces_id is None:
        return record_attendance(work, conference_id, [told])[0]
    replaced = work.session.get_one(Delegate, delegate.replaces_id)
    return take_seat(work, replaced, told, since=since)


def deny_person(work: Work, conference_id: int, delegate_id: int, reason: str, client_ref: str) -> Verdict:
    """Turn somebody away who waits; raises NotFound, Invalid `reason`, or WrongState for somebody who does not wait (any more)."""
    delegate, told = _decision(work, conference_id, delegate_id, "deny", client_ref, required_reason(reason))
    if (earlier := earlier_verdict(work, conference_id, client_ref)) is not None:
        return earlier
    _waiting_since(work, delegate)
    return record_attendance(work, conference_id, [told])[0]


def _decision(work: Work, conference_id: int, delegate_id: int, kind: str, client_ref: str, reason: str) -> tuple[Delegate, NewEvent]:
    organised_conference(work, conference_id, lock=True)
    delegate = delegate_of(work, conference_id, delegate_id)
    return delegate, NewEvent(client_ref, kind, "organiser", work.now, delegate_id=delegate_id, account_id=acting_account_id(work), reason=reason)


def _waiting_since(work: Work, delegate: Delegate) -> datetime | None:
    state, since = work.session.execute(select(Attendance.state, Attendance.since).where(Attendance.delegate_id == delegate.id)).one()
    if state != "pending":
        raise WrongState(state=state, step="decide")
    return since
