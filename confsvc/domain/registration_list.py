"""Who has registered and who has not: the invited units with where their lists stand, searched, filtered, in order, counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, exists, func, or_, select
from sqlalchemy.orm import joinedload

from confsvc.domain.access import organised_conference
from confsvc.domain.lists import PAGE_SIZE, Page, number_within
from confsvc.domain.registration_status import AWAITED, STATUSES, is_asked, registration_status, seated
from confsvc.domain.registration_writing import Written, last_written
from confsvc.domain.text import clean, like_pattern
from confsvc.domain.work import LONG, Work
from confsvc.models import Attendance, Conference, Delegate, Mandate, Message, RegistrationChange, Site

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
    page = select(rows).where(rows.c.status.in_(wanted)).order_by(*_order(rows.c, query.sort)).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    return RegistrationList(conference, Page(_loaded(work, work.session.execute(page, execution_options=LONG).all()), total, number), counts)


def awaited_units(work: Work, conference: Conference) -> list[Registration]:
    """Every unit of whom a list, or the rest of one, is still expected, in their order; of a conference the caller may see. Four queries."""
    rows = _rows(conference, RegistrationQuery()).subquery()
    found = select(rows).where(rows.c.status.in_(AWAITED)).order_by(*_order(rows.c, "order"))
    return _loaded(work, work.session.execute(found, execution_options=LONG).all())


def unsent_units(work: Work, conference: Conference) -> list[Registration]:
    """Every unit that is to hand in a list and was never sent its link, in their order; of a conference the caller may see. Four queries."""
    sent = exists().where(RegistrationChange.mandate_id == Mandate.id, RegistrationChange.kind == "link_sent")
    rows = _rows(conference, RegistrationQuery()).where(~sent).subquery()
    return _loaded(work, work.session.execute(select(rows).order_by(*_order(rows.c, "order")), execution_options=LONG).all())


def _rows(conference: Conference, query: RegistrationQuery) -> Select[Any]:
    changes = select(func.max(RegistrationChange.at)).where(RegistrationChange.mandate_id == Mandate.id, ~RegistrationChange.kind.startswith("link_"))
    late = exists().where(RegistrationChange.mandate_id == Mandate.id, RegistrationChange.late)
    waiting = exists().where(Delegate.mandate_id == Mandate.id, Delegate.origin != "walk_in", Attendance.delegate_id == Delegate.id)
    asking = waiting.where(Attendance.state == "pending").correlate(Mandate).label("asking")
    columns = (Mandate.id, Mandate.sort_order, Mandate.unit_name_sort, Site.kind, Site.sort_order.label("site_order"), Site.id.label("site_id"))
    told = (changes.correlate(Mandate).scalar_subquery().label("changed_at"), late.correlate(Mandate).label("changed_late"))
    stands = (registration_status(conference.registration_deadline).label("status"), seated().label("named"))
    statement = select(*columns, *stands, *told, asking).join(Site, Site.id == Mandate.site_id).where(Mandate.conference_id == conference.id, is_asked())
    if clean(query.text):
        pattern = like_pattern(query.text)
        statement = statement.where(or_(Mandate.unit_name_fold.like(pattern, escape="\\"), Mandate.liaison_email.like(pattern, escape="\\")))
    if query.site_id:
        statement = statement.where(Mandate.site_id == query.site_id)
    return statement


def _order(rows: Any, sort: str) -> Sequence[Any]:
    urgency = case(*((rows.status == status, place) for place, status in enumerate(_URGENCY)))
    orders: dict[str, tuple[Any, ...]] = {
        "order": (rows.sort_order,),
        "unit": (),
        "site": (rows.kind, rows.site_order, rows.site_id, rows.sort_order),
        "status": (urgency, rows.sort_order),
        "named": (rows.named,),
        "changed": (rows.changed_at.is_(None), rows.changed_at.desc()),
    }
    return (*orders.get(sort, orders["order"]), rows.unit_name_sort, rows.id)


def _loaded(work: Work, rows: Sequence[Any]) -> list[Registration]:
    wanted = select(Mandate).where(Mandate.id.in_([row.id for row in rows])).options(joinedload(Mandate.site))
    mandates = {mandate.id: mandate for mandate in work.session.scalars(wanted)}
    lost, written = _undelivered(work, list(mandates)), last_written(work, list(mandates))
    return [
        Registration(mandates[row.id], row.status, row.named, row.changed_at, bool(row.changed_late), row.id in lost, bool(row.asking), written.get(row.id))
        for row in rows
    ]


def _undelivered(work: Work, mandate_ids: Sequence[int]) -> set[int]:
    """Those to whose present address the last message came back, or could not be sent."""
    last = select(func.max(Message.id)).where(Message.mandate_id.in_(mandate_ids), ~Message.is_test).group_by(Message.mandate_id)
    failed = select(Mandate.id).join(Message, Message.mandate_id == Mandate.id)
    return set(work.session.scalars(failed.where(Message.id.in_(last), Message.state.in_(LOST), Message.to_address == Mandate.liaison_email)))
