"""The invited units of a conference as a list: searched, filtered, in order; and the units that could be invited."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased, contains_eager, selectinload

from confsvc.domain.access import organised_conference
from confsvc.domain.lists import Page, read_page
from confsvc.domain.registration_status import statuses_of
from confsvc.domain.seating import Standing, read_standings
from confsvc.domain.tallies import has_seat
from confsvc.domain.text import clean, like_pattern
from confsvc.domain.units import living_units
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate, Mandate, Site, Unit

NAMED = ("all", "some", "none")
MANDATE_SORTS = ("order", "unit", "site", "seats", "named")


@dataclass(frozen=True, slots=True)
class MandateQuery:
    """`named` keeps units that named delegates for all, for some or for none of their seats."""

    text: str = ""
    sort: str = "order"
    site_id: int | None = None
    named: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class MandateList:
    """One page of mandates, with their sites loaded, and how their seats stand; `registrations` has where the lists stand that are expected."""

    conference: Conference
    page: Page[Mandate]
    standings: Mapping[int, Standing]
    registrations: Mapping[int, str]


def read_mandates(work: Work, conference_id: int, query: MandateQuery) -> MandateList:
    """The mandates that fit `query`; raises NotFound for a conference the actor does not organise."""
    conference = organised_conference(work, conference_id)
    page = read_page(work, _chosen(conference_id, query), query.page)
    return MandateList(conference, page, read_standings(work, page.items), statuses_of(work, conference, page.items))


def _chosen(conference_id: int, query: MandateQuery) -> Select[Any]:
    seated = select(func.count(Delegate.id)).join(Attendance, Attendance.delegate_id == Delegate.id).where(Delegate.mandate_id == Mandate.id, has_seat())
    named = seated.correlate(Mandate).scalar_subquery()
    statement = select(Mandate).join(Mandate.site).options(contains_eager(Mandate.site)).where(Mandate.conference_id == conference_id)
    if clean(query.text):
        statement = statement.where(Mandate.unit_name_fold.like(like_pattern(query.text), escape="\\"))
    if query.site_id:
        statement = statement.where(Mandate.site_id == query.site_id)
    conditions = {"all": named >= Mandate.seats, "some": (named > 0) & (named < Mandate.seats), "none": named == 0}
    if query.named in conditions:
        # Nobody waits for a list from a unit that was not invited.
        statement = statement.where(conditions[query.named], Mandate.unit_id.is_not(None))
    orders: dict[str, tuple[Any, ...]] = {
        "order": (Mandate.unit_id.is_(None), Mandate.sort_order, Mandate.unit_name_sort),
        "unit": (Mandate.unit_name_sort,),
        "site": (Site.kind, Site.sort_order, Site.id, Mandate.sort_order, Mandate.unit_name_sort),
        "seats": (Mandate.seats.desc(), Mandate.unit_name_sort),
        "named": (named, Mandate.unit_name_sort),
    }
    return statement.order_by(*orders.get(query.sort, orders["order"]), Mandate.id)


@dataclass(frozen=True, slots=True)
class UnitQuery:
    """Living units that are not invited yet: found by `text`, below the unit `under_id`, at every level if `deep`."""

    text: str = ""
    under_id: int | None = None
    deep: bool = False


def uninvited_units(work: Work, conference_id: int, query: UnitQuery) -> Select[Any]:
    """The units that fit `query`, their parents loaded, siblings in their order; raises NotFound for a conference the actor does not organise."""
    organised_conference(work, conference_id)
    invited = select(Mandate.unit_id).where(Mandate.conference_id == conference_id, Mandate.unit_id.is_not(None))
    statement = living_units(work, query.text).where(Unit.id.not_in(invited))
    if query.under_id and query.deep:
        statement = statement.where(Unit.id.in_(_below(query.under_id)))
    elif query.under_id:
        statement = statement.where(Unit.parent_id == query.under_id)
    return statement.options(selectinload(Unit.parent)).order_by(None).order_by(Unit.sort_order, Unit.name_fold, Unit.id)


def _below(unit_id: int) -> Select[tuple[int]]:
    tree = select(Unit.id).where(Unit.parent_id == unit_id).cte("below", recursive=True)
    child = aliased(Unit)
    tree = tree.union(select(child.id).join(tree, child.parent_id == tree.c.id))
    return select(tree.c.id)


def units_above(work: Work) -> list[Unit]:
    """The living units that have living units below them, by name."""
    parents = select(Unit.parent_id).where(Unit.valid_to.is_(None), Unit.parent_id.is_not(None))
    return list(work.session.scalars(living_units(work).where(Unit.id.in_(parents))))
