"""Who has registered and who has not: the invited units with where their lists stand, searched, filtered, in order, counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from confsvc.domain.access import organised_conference
from confsvc.domain.lists import PAGE_SIZE, Page, number_within
from confsvc.domain.registration_status import AWAITED, STATUSES, is_asked, registration_status, seated
from confsvc.domain.registration_writing import Written, last_written
from confsvc.domain.tallies import has_seat
from confsvc.domain.text import clean, like_pattern
from confsvc.domain.work import LONG, Work
from confsvc.models import Attendance, Conference, Delegate, Mandate, Message, RegistrationChange, Site, SiteTally

REGISTRATION_SORTS = ("order", "unit", "site", "status", "named", "changed")
LOST = ("failed", "bounced")
# Whom something is to be done about comes first.
_URGENCY = ("not_registered", "part", "late", "declined", "registered")


@dataclass(frozen=True, slots=True)
class RegistrationQuery:
    """`status`: one of STATUSES, or "awaited" for those who are still waited for."""

    text: str = ""
    status: str = ""
    site_id: int | None = None
    sort: str = "order"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Registration:
    """One unit: its mandate (site loaded), one of STATUSES, how many are named, when anything was changed last, and whether anything late.

    `undelivered`: what was sent last to the address it has did not arrive. `asking`: somebody on its list waits for an organiser.
    `written`: the last message to it.
    """

    mandate: Mandate
    status: str
    named: int
    changed_at: datetime | None
    changed_late: bool
    undelivered: bool = False
    asking: bool = False
    written: Written | None = None


@dataclass(frozen=True, slots=True)
class RegistrationList:
    """One page; `counts` has how many units stand how, whatever status was asked for."""

    conference: Conference
    page: Page[Registration]
    counts: Mapping[str, int] = field(default_factory=dict)


def read_registrations(work: Work, conference_id: int, query: RegistrationQuery) -> RegistrationList:
    """The units that fit `query`; raises NotFound for a conference the actor does not organise. Six queries however many."""
    conference = organised_conference(work, conference_id)
    rows = _rows(conference, query).subquery()
    counts: dict[str, int] = dict(work.session.execute(select(rows.c.status, func.count()).group_by(rows.c.status), execution_options=LONG).all())
    wanted = {"awaited": AWAITED, "": STATUSES}.get(query.status, (query.status,))
    total = sum(counts.get(status, 0) for status in wanted)
    number = number_within(total, query.page)
    if query.status or query.sort == "status":
        page = select(rows.c.id).where(rows.c.status.in_(wanted))
    else:
        rows = _rows(conference, query, standing=False).subquery()
        page = select(rows.c.id)
    page = page.order_by(*_order(rows.c, query.sort)).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    shown = work.session.scalars(page, execution_options=LONG).all() if total else []
    return RegistrationList(conference, Page(_loaded(work, conference, shown), total, number), counts)


def awaited_units(work: Work, conference: Conference) -> list[Registration]:
    """Every unit of whom a list, or the rest of one, is still expected, in their order; of a conference the caller may see. Four queries."""
    rows = _rows(conference, RegistrationQuery()).subquery()
    found = select(rows.c.id).where(rows.c.status.in_(AWAITED)).order_by(*_order(rows.c, "order"))
    return _loaded(work, conference, work.session.scalars(found, execution_options=LONG).all())


def unsent_units(work: Work, conference: Conference) -> list[Registration]:
    """Every unit that is to hand in a list and was never sent its link, in their order; of a conference the caller may see. Four queries."""
    sent = exists().where(RegistrationChange.mandate_id == Mandate.id, RegistrationChange.kind == "link_sent")
    rows = _rows(conference, RegistrationQuery(), standing=False).where(~sent).subquery()
    found = select(rows.c.id).order_by(*_order(rows.c, "order"))
    return _loaded(work, conference, work.session.scalars(found, execution_options=LONG).all())


def _rows(conference: Conference, query: RegistrationQuery, *, standing: bool = True) -> Select[Any]:
    """What the units that fit, whatever their status, are counted and sorted by; without their status unless it is asked for (`standing`)."""
    columns = (Mandate.id, Mandate.sort_order, Mandate.unit_name_sort, Site.kind, Site.sort_order.label("site_order"), Site.id.label("site_id"))
    sorted_by = {"named": seated().label("named"), "changed": _changed_at().label("changed_at")}
    statement = select(*columns, *(column for name, column in sorted_by.items() if name == query.sort)).join(Site, Site.id == Mandate.site_id)
    statement = statement.where(Mandate.conference_id == conference.id, is_asked())
    if standing:
        statement = _with_status(statement, conference)
    if clean(query.text):
        pattern = like_pattern(query.text)
        statement = statement.where(or_(Mandate.unit_name_fold.like(pattern, escape="\\"), Mandate.liaison_email.like(pattern, escape="\\")))
    if query.site_id:
        statement = statement.where(Mandate.site_id == query.site_id)
    return statement


def _with_status(statement: Select[Any], conference: Conference) -> Select[Any]:
    """The same with one of STATUSES for each. The tallies of most sites tell how many are named: only where they do not, are people counted."""
    beside = aliased(Mandate)
    is_alone = ~exists().where(beside.site_id == Mandate.site_id, beside.id != Mandate.id, beside.seats > 0).correlate(Mandate)
    people = select(Mandate.id.label("mandate_id"), func.count().label("named")).join(SiteTally, SiteTally.site_id == Mandate.site_id)
    people = people.join(Delegate, Delegate.mandate_id == Mandate.id).join(Attendance, Attendance.delegate_id == Delegate.id)
    counted = people.where(Mandate.conference_id == conference.id, SiteTally.vacant > 0, ~is_alone, has_seat()).group_by(Mandate.id).subquery()
    # Where no seat of a site is vacant, every list there is full; where a unit has a site to itself, the vacant seats are its own.
    told = ((SiteTally.vacant == 0, Mandate.seats), (is_alone, Mandate.seats - SiteTally.vacant))
    named = case(*told, else_=func.coalesce(counted.c.named, 0))
    statement = statement.add_columns(registration_status(conference.registration_deadline, named).label("status"))
    statement = statement.join(SiteTally, SiteTally.site_id == Mandate.site_id)
    return statement.outerjoin(counted, counted.c.mandate_id == Mandate.id)


def _changed_at() -> Any:
    """When anything of the unit's list was changed last."""
    changes = select(func.max(RegistrationChange.at)).where(RegistrationChange.mandate_id == Mandate.id, ~RegistrationChange.kind.startswith("link_"))
    return changes.correlate(Mandate).scalar_subquery()


def _order(rows: Any, sort: str) -> Sequence[Any]:
    by: tuple[Any, ...] = (rows.sort_order,)
    if sort == "unit":
        by = ()
    elif sort == "site":
        by = (rows.kind, rows.site_order, rows.site_id, rows.sort_order)
    elif sort == "status":
        by = (case(*((rows.status == status, place) for place, status in enumerate(_URGENCY))), rows.sort_order)
    elif sort == "named":
        by = (rows.named,)
    elif sort == "changed":
        by = (rows.changed_at.is_(None), rows.changed_at.desc())
    return (*by, rows.unit_name_sort, rows.id)


def _loaded(work: Work, conference: Conference, mandate_ids: Sequence[int]) -> list[Registration]:
    """These units in this order, with everything that is told of them."""
    late = exists().where(RegistrationChange.mandate_id == Mandate.id, RegistrationChange.late).correlate(Mandate)
    waiting = exists().where(Delegate.mandate_id == Mandate.id, Delegate.origin != "walk_in", Attendance.delegate_id == Delegate.id)
    asking = waiting.where(Attendance.state == "pending").correlate(Mandate)
    told = (registration_status(conference.registration_deadline), seated(), _changed_at(), late, asking)
    wanted = select(Mandate, *told).where(Mandate.id.in_(mandate_ids)).options(joinedload(Mandate.site))
    rows = {mandate.id: (mandate, *rest) for mandate, *rest in work.session.execute(wanted, execution_options=LONG)}
    lost, written = _undelivered(work, mandate_ids), last_written(work, mandate_ids)

    def registration(mandate_id: int) -> Registration:
        mandate, status, named, changed_at, changed_late, is_asking = rows[mandate_id]
        return Registration(mandate, status, named, changed_at, bool(changed_late), mandate_id in lost, bool(is_asking), written.get(mandate_id))

    return [registration(mandate_id) for mandate_id in mandate_ids]


def _undelivered(work: Work, mandate_ids: Sequence[int]) -> set[int]:
    """Those to whose present address the last message came back, or could not be sent."""
    last = select(func.max(Message.id)).where(Message.mandate_id.in_(mandate_ids), ~Message.is_test).group_by(Message.mandate_id)
    failed = select(Mandate.id).join(Message, Message.mandate_id == Mandate.id)
    return set(work.session.scalars(failed.where(Message.id.in_(last), Message.state.in_(LOST), Message.to_address == Mandate.liaison_email)))
