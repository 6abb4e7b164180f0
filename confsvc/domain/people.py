"""The delegates of a conference as a list, each with the state of their attendance: searched, filtered, in order."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, or_, select
from sqlalchemy.orm import contains_eager

from confsvc.domain.access import organised_conference
from confsvc.domain.lists import Page, read_page
from confsvc.domain.text import clean, like_pattern
from confsvc.domain.work import Work
from confsvc.models import Attendance, Delegate, Mandate, Site

PEOPLE_SORTS = ("order", "name", "unit", "site", "state")


@dataclass(frozen=True, slots=True)
class PeopleQuery:
    """`text` is looked for in name, position and unit, without marks; `site_id` is the site of the seat."""

    text: str = ""
    sort: str = "order"
    site_id: int | None = None
    mandate_id: int | None = None
    reply: str = ""
    state: str = ""
    page: int = 1


def read_people(work: Work, conference_id: int, query: PeopleQuery) -> Page[Attendance]:
    """Those who fit `query`, with delegate, mandate and site loaded; raises NotFound for a conference the actor does not organise."""
    organised_conference(work, conference_id)
    return read_page(work, chosen_people(conference_id, query), query.page)


def chosen_people(conference_id: int, query: PeopleQuery) -> Select[Any]:
    """The statement for everybody who fits `query`, all pages of them."""
    statement = (
        select(Attendance)
        .join(Attendance.delegate)
        .join(Delegate.mandate)
        .join(Delegate.site)
        .options(contains_eager(Attendance.delegate).options(contains_eager(Delegate.mandate), contains_eager(Delegate.site)))
        .where(Delegate.conference_id == conference_id)
    )
    return statement.where(*_conditions(query)).order_by(*_orders(query.sort), Delegate.protocol_order, Delegate.name_sort, Delegate.id)


def _conditions(query: PeopleQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if clean(query.text):
        pattern = like_pattern(query.text)
        conditions.append(or_(*(column.like(pattern, escape="\\") for column in (Delegate.name_fold, Delegate.position_fold, Mandate.unit_name_fold))))
    for wanted, column in (
        (query.site_id, Delegate.site_id),
        (query.mandate_id, Delegate.mandate_id),
        (query.reply, Delegate.reply),
        (query.state, Attendance.state),
    ):
        if wanted:
            conditions.append(column == wanted)
    return conditions


def _orders(sort: str) -> tuple[Any, ...]:
    """What comes before the protocol order."""
    state = case({"present": 0, "not_yet": 1, "excused": 2}, value=Attendance.state)
    orders: dict[str, tuple[Any, ...]] = {
        "name": (Delegate.name_sort,),
        "unit": (Mandate.unit_name_sort, Mandate.id),
        "site": (Site.kind, Site.sort_order, Site.id),
        "state": (state,),
    }
    return orders.get(sort, ())
