"""The delegates of a conference as a list, each with the state of their attendance: searched, filtered, in order."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import contains_eager

from confsvc.domain.access import organised_conference
from confsvc.domain.lists import Page, read_page
from confsvc.domain.text import clean, like_pattern
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, Mandate, Site
from confsvc.models.attendance import ATTENDANCE_STATES

PEOPLE_SORTS = ("order", "name", "unit", "site", "state")
# What a list may be narrowed to besides the states.
MARKS = ("late", "left_early", "substitute", "walk_in", "corrected", "told_late")
STATE_FILTERS = (*ATTENDANCE_STATES, "online", *MARKS)
# Who is here comes first in a list by state, then who was, then who is still awaited.
STATE_ORDER = ("present", "left", "pending", "not_yet", "excused", "substituted", "not_admitted")
TAKEN_VERDICTS = ("accepted", "moved")


@dataclass(frozen=True, slots=True)
class PeopleQuery:
    """`text` is looked for in name, position and unit, without marks; `site_id` is the site of the seat; `state` is one of STATE_FILTERS."""

    text: str = ""
    sort: str = "order"
    site_id: int | None = None
    mandate_id: int | None = None
    reply: str = ""
    state: str = ""
    page: int = 1


def read_people(work: Work, conference_id: int, query: PeopleQuery) -> Page[Attendance]:
    """Those who fit `query`, with delegate, mandate and site loaded; raises NotFound for a conference the actor does not organise."""
    conference = organised_conference(work, conference_id)
    return page_of_people(work, conference, query)


def page_of_people(work: Work, conference: Conference, query: PeopleQuery) -> Page[Attendance]:
    """The same, of a conference the caller may see already."""
    return read_page(work, chosen_people(conference, query), query.page, counting=_counted(conference, query))


def _counted(conference: Conference, query: PeopleQuery) -> Select[Any]:
    """How many fit `query`: only what it asks about is looked at, as everybody has one of each."""
    people = select(func.count()).select_from(Delegate).where(Delegate.conference_id == conference.id, *_conditions(conference, query))
    if query.state:
        people = people.join(Attendance, Attendance.delegate_id == Delegate.id)
    return people.join(Delegate.mandate) if clean(query.text) else people


def chosen_people(conference: Conference, query: PeopleQuery) -> Select[Any]:
    """The statement for everybody who fits `query`, all pages of them."""
    statement = (
        select(Attendance)
        .join(Attendance.delegate)
        .join(Delegate.mandate)
        .join(Delegate.site)
        .options(contains_eager(Attendance.delegate).options(contains_eager(Delegate.mandate), contains_eager(Delegate.site)))
        .where(Delegate.conference_id == conference.id)
    )
    return statement.where(*_conditions(conference, query)).order_by(*_orders(query.sort), Delegate.protocol_order, Delegate.name_sort, Delegate.id)


def after_the_close(conference: Conference) -> ColumnElement[bool]:
    """Of the lines about people of this conference those that changed something and were written after the close."""
    if conference.closed_at is None:
        return false()
    event = AttendanceEvent
    return and_(event.recorded_at > conference.closed_at, event.verdict.in_(TAKEN_VERDICTS))


def by_desks() -> ColumnElement[bool]:
    """Lines that a desk told; the others are of organisers and the system."""
    return AttendanceEvent.desk_id.is_not(None)


def _conditions(conference: Conference, query: PeopleQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if clean(query.text):
        pattern = like_pattern(query.text)
        conditions.append(or_(*(column.like(pattern, escape="\\") for column in (Delegate.name_fold, Delegate.position_fold, Mandate.unit_name_fold))))
    for wanted, column in ((query.site_id, Delegate.site_id), (query.mandate_id, Delegate.mandate_id), (query.reply, Delegate.reply)):
        if wanted:
            conditions.append(column == wanted)
    if query.state:
        conditions.append(_in_state(conference, query.state))
    return conditions


def _in_state(conference: Conference, wanted: str) -> ColumnElement[bool]:
    if wanted in ATTENDANCE_STATES:
        return Attendance.state == wanted
    about = and_(after_the_close(conference), AttendanceEvent.delegate_id == Delegate.id)
    marks: dict[str, ColumnElement[bool]] = {
        "online": and_(Attendance.state == "present", Attendance.mode == "online"),
        "late": and_(Attendance.state.in_(("present", "left")), Attendance.late),
        "left_early": and_(Attendance.state == "left", Attendance.since < conference.ends_at),
        "substitute": Delegate.origin == "substitute",
        "walk_in": Delegate.origin == "walk_in",
        "corrected": exists().where(about, ~by_desks()),
        "told_late": exists().where(about, by_desks()),
    }
    return marks.get(wanted, false())


def _orders(sort: str) -> tuple[Any, ...]:
    """What comes before the protocol order."""
    state = case({state: place for place, state in enumerate(STATE_ORDER)}, value=Attendance.state)
    orders: dict[str, tuple[Any, ...]] = {
        "name": (Delegate.name_sort,),
        "unit": (Mandate.unit_name_sort, Mandate.id),
        "site": (Site.kind, Site.sort_order, Site.id),
        "state": (state,),
    }
    return orders.get(sort, ())
