"""The list of the missing: by unit, with whom to call and what was done so far; one page of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import CTE, ColumnElement, CompoundSelect, Row, Select, Subquery, case, false, func, literal, null, or_, select, true, union_all
from sqlalchemy.orm import aliased, joinedload

from confsvc.domain.access import organised_conference
from confsvc.domain.follow_ups import AWAITED_STATES
from confsvc.domain.lists import PAGE_SIZE, Page, number_within
from confsvc.domain.missing import of_required_rank
from confsvc.domain.tallies import has_seat
from confsvc.domain.text import clean, like_pattern
from confsvc.domain.work import LONG, Work
from confsvc.models import Account, Attendance, Conference, Delegate, FollowUp, Mandate, Site, SiteTally

# What a person on the list may be filtered by: "open" is whom nobody has followed up.
STANDINGS = ("open", "called", "on_the_way", "excused", "sends_deputy")
# What stands because somebody noted it.
NOTED = ("called", "on_the_way", "sends_deputy")
PLACES = ("site_kind", "site_order", "site_id", "unit_order")


@dataclass(frozen=True, slots=True)
class MissingQuery:
    """`everybody`: also those whose rank was not asked for; `site_id` is the site of the seat; `status` one of STANDINGS."""

    text: str = ""
    site_id: int | None = None
    everybody: bool = False
    status: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class LastWord:
    """The latest thing that was noted: by whom (a name), when."""

    status: str
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Missing:
    """One person who is not in, or (`delegate` None) a mandate's seats with nobody named for them.

    `standing` is one of STANDINGS; `word` the last one about it, where one stands. `site` is the seat's, `replaces` the
    name of who was to come instead.
    """

    delegate: Delegate | None
    attendance: Attendance | None
    site: Site
    standing: str
    word: LastWord | None = None
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class MissingUnit:
    mandate: Mandate
    missing: list[Missing]


@dataclass(frozen=True, slots=True)
class MissingList:
    """One page of the list; `counts` has how many stand how, whatever status was asked for."""

    conference: Conference
    units: list[MissingUnit]
    page: Page[Any]
    counts: Mapping[str, int] = field(default_factory=dict)


def read_missing(work: Work, conference_id: int, query: MissingQuery) -> MissingList:
    """Who fits `query`; raises NotFound for a conference the actor does not organise. As many queries for one as for ten thousand."""
    conference = organised_conference(work, conference_id)
    found = _standing(_rows(conference_id, query).subquery()).cte("found")
    counts, shown = _counted_page(work, found, query, query.page)
    total = counts.get(query.status, 0) if query.status else sum(counts.values())
    number = number_within(total, query.page)
    if number != max(1, query.page):
        _counts, shown = _counted_page(work, found, query, number)
    return MissingList(conference, _units(work, conference_id, shown), Page(list(shown), total, number), counts)


def _counted_page(work: Work, found: CTE, query: MissingQuery, number: int) -> tuple[dict[str, int], list[Row[Any]]]:
    """How many stand how, and page `number` of those asked for; one statement, as finding them is most of the work."""
    counts = select(found.c.standing, func.count().label("amount"), null().label("place"), null().label("mandate_id"), null().label("delegate_id"))
    order = (*PLACES, "mandate_id", "protocol_order", "name_sort", "delegate_id")
    wanted = select(found).where(found.c.standing == query.status if query.status else true()).order_by(*(found.c[name] for name in order))
    page = wanted.limit(PAGE_SIZE).offset((max(1, number) - 1) * PAGE_SIZE).subquery()
    place = func.row_number().over(order_by=[page.c[name] for name in order])
    both = union_all(counts.group_by(found.c.standing), select(page.c.standing, null(), place, page.c.mandate_id, page.c.delegate_id))
    told = work.session.execute(both, execution_options=LONG).all()
    return {row.standing: row.amount for row in told if row.place is None}, sorted((row for row in told if row.place is not None), key=lambda row: row.place)


def _standing(rows: Subquery) -> Select[Any]:
    """The same rows, each with one of STANDINGS; an excuse stands where the log says so, whoever noted it."""
    said = case((rows.c.said.in_(NOTED), rows.c.said), else_="open")
    return select(rows, case((rows.c.state == "excused", "excused"), else_=said).label("standing"))


def _rows(conference_id: int, query: MissingQuery) -> CompoundSelect[Any]:
    """A row for each missing person, and one for each mandate that lacks names: whom it is about, what is known, and its place."""
    columns = (Site.kind, Site.sort_order, Site.id, Mandate.sort_order)
    places = [column.label(name) for name, column in zip(PLACES, columns, strict=True)]
    about = (Mandate.id.label("mandate_id"), Delegate.id.label("delegate_id"), Delegate.protocol_order, Delegate.name_sort)
    known = (Attendance.state, _last_word(conference_id, FollowUp.delegate_id == Delegate.id).label("said"))
    said = _last_word(conference_id, FollowUp.delegate_id.is_(None))
    unnamed = select(Mandate.id, null(), literal(-1), literal(""), null(), said, *places).join(Site, Site.id == Mandate.site_id)
    unnamed = unnamed.where(Mandate.conference_id == conference_id, Mandate.seats > 0)
    people = select(*about, *known, *places).select_from(Mandate).join(Site, Site.id == Mandate.site_id)
    people = people.join(Delegate, Delegate.mandate_id == Mandate.id).join(Attendance, Attendance.delegate_id == Delegate.id)
    if query.everybody:
        people = people.where(Mandate.conference_id == conference_id, has_seat(), Attendance.state.in_(AWAITED_STATES))
        # Where no seat of a site is vacant, nobody counts.
        lacking = case((SiteTally.vacant > 0, Mandate.seats > _seated(has_seat())), else_=false())
        unnamed = unnamed.join(SiteTally, SiteTally.site_id == Site.id).where(lacking)
    else:
        ranked = _of_required_rank(conference_id).cte("ranked")
        there = select(ranked.c.mandate_id).where(ranked.c.state == "present")
        awaited = select(ranked.c.delegate_id).where(ranked.c.state.in_(AWAITED_STATES), ranked.c.mandate_id.not_in(there))
        people = people.where(Delegate.id.in_(awaited))
        unnamed = unnamed.where(Mandate.required_rank != "any", Mandate.id.not_in(select(ranked.c.mandate_id)))
    if query.site_id:
        people, unnamed = people.where(Delegate.site_id == query.site_id), unnamed.where(Site.id == query.site_id)
    if clean(query.text):
        pattern = like_pattern(query.text)
        in_unit, in_name, in_position = (column.like(pattern, escape="\\") for column in (Mandate.unit_name_fold, Delegate.name_fold, Delegate.position_fold))
        people, unnamed = people.where(or_(in_unit, in_name, in_position)), unnamed.where(in_unit)
    return union_all(people, unnamed)


def _of_required_rank(conference_id: int) -> Select[int, int, str]:
    """Who has a seat and a rank that the invitation of the unit asks for, and where they stand."""
    people = select(Mandate.id.label("mandate_id"), Delegate.id.label("delegate_id"), Attendance.state.label("state"))
    people = people.join(Delegate, Delegate.mandate_id == Mandate.id).join(Attendance, Attendance.delegate_id == Delegate.id)
    return people.where(Mandate.conference_id == conference_id, Mandate.required_rank != "any", Mandate.seats > 0, of_required_rank())


def _last_word(conference_id: int, about: ColumnElement[bool]) -> Any:
    """The status that was noted last about this part of the mandate."""
    # Of most nothing was noted.
    noted = Mandate.id.in_(select(FollowUp.mandate_id).where(FollowUp.conference_id == conference_id))
    of_mandate = (FollowUp.conference_id == conference_id, FollowUp.mandate_id == Mandate.id)
    words = select(FollowUp.status).where(*of_mandate, about).order_by(FollowUp.id.desc()).limit(1)
    return case((noted, words.correlate(Mandate, Delegate).scalar_subquery()))


def _seated(condition: Any) -> Any:
    """How many people of the mandate are as `condition` says."""
    of_mandate = select(func.count(Delegate.id)).join(Attendance, Attendance.delegate_id == Delegate.id).where(Delegate.mandate_id == Mandate.id, condition)
    return of_mandate.correlate(Mandate).scalar_subquery()


def _units(work: Work, conference_id: int, shown: Any) -> list[MissingUnit]:
    """The rows of a page with everything that is shown of them, gathered by unit."""
    mandate_ids, delegate_ids = {row.mandate_id for row in shown}, {row.delegate_id for row in shown} - {None}
    mandates = {mandate.id: mandate for mandate in work.session.scalars(select(Mandate).where(Mandate.id.in_(mandate_ids)).options(joinedload(Mandate.site)))}
    replaced = aliased(Delegate)
    people = {
        delegate.id: (delegate, attendance, name)
        for delegate, attendance, name in work.session.execute(
            select(Delegate, Attendance, replaced.full_name)
            .join(Attendance, Attendance.delegate_id == Delegate.id)
            .outerjoin(replaced, replaced.id == Delegate.replaces_id)
            .where(Delegate.id.in_(delegate_ids))
            .options(joinedload(Delegate.site))
        )
    }
    words = _words(work, conference_id, mandate_ids)
    units = []
    for mandate_id, rows in groupby(shown, key=lambda row: row.mandate_id):
        mandate = mandates[mandate_id]
        missing = []
        for row in rows:
            delegate, attendance, replaces = people.get(row.delegate_id, (None, None, None))
            word = words.get((mandate_id, row.delegate_id))
            stands = word if word and word.status == row.standing else None
            missing.append(Missing(delegate, attendance, delegate.site if delegate else mandate.site, row.standing, stands, replaces))
        units.append(MissingUnit(mandate, missing))
    return units


def _words(work: Work, conference_id: int, mandate_ids: set[int]) -> dict[tuple[int, int | None], LastWord]:
    """(mandate, delegate or None) → the last word about it."""
    of_page = (FollowUp.conference_id == conference_id, FollowUp.mandate_id.in_(mandate_ids))
    last = select(func.max(FollowUp.id)).where(*of_page).group_by(FollowUp.mandate_id, FollowUp.delegate_id)
    rows = work.session.execute(select(FollowUp, Account.name).join(Account, Account.id == FollowUp.account_id).where(FollowUp.id.in_(last)))
    return {(word.mandate_id, word.delegate_id): LastWord(word.status, word.note, name, word.at) for word, name in rows}
