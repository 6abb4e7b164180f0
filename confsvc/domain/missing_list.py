"""The list of the missing: by unit, with whom to call and what was done so far; one page of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import CompoundSelect, and_, case, func, literal, null, or_, select, union_all
from sqlalchemy.orm import aliased, joinedload

from confsvc.domain.access import organised_conference
from confsvc.domain.follow_ups import AWAITED_STATES
from confsvc.domain.lists import Page
from confsvc.domain.missing import lacks_required_rank, of_required_rank
from confsvc.domain.tallies import has_seat
from confsvc.domain.text import clean, like_pattern
from confsvc.domain.work import Work
from confsvc.models import Account, Attendance, Conference, Delegate, FollowUp, Mandate, Site

# What a person on the list may be filtered by: "open" is whom nobody has followed up.
STANDINGS = ("open", "called", "on_the_way", "excused", "sends_deputy")


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
    rows = _rows(conference_id, query).subquery()
    counts: dict[str, int] = dict(work.session.execute(select(rows.c.standing, func.count()).group_by(rows.c.standing)).all())
    total = counts.get(query.status, 0) if query.status else sum(counts.values())
    page: Page[Any] = Page([], total, 1)
    number = min(max(1, query.page), page.last)
    statement = select(rows.c.mandate_id, rows.c.delegate_id, rows.c.standing)
    if query.status:
        statement = statement.where(rows.c.standing == query.status)
    ordered = statement.order_by(
        *(rows.c[f"place_{i}"] for i in range(_PLACES)), rows.c.mandate_id, rows.c.protocol_order, rows.c.name_sort, rows.c.delegate_id
    )
    shown = work.session.execute(ordered.limit(page.size).offset((number - 1) * page.size)).all()
    return MissingList(conference, _units(work, conference_id, shown), Page(list(shown), total, number), counts)


_PLACES = 4


def _rows(conference_id: int, query: MissingQuery) -> CompoundSelect[Any]:
    """A row for each missing person, and one for each mandate that lacks names: mandate, delegate, how it stands, and its place."""
    places = [column.label(f"place_{i}") for i, column in enumerate((Site.kind, Site.sort_order, Site.id, Mandate.sort_order))]
    seat = aliased(Site)
    words = _last_words(conference_id)
    said = case((words.c.status.in_(STANDINGS[1:]), words.c.status), else_="open")
    # An excuse stands where the log says so, whoever noted it.
    standing = case((Attendance.state == "excused", "excused"), (words.c.status == "excused", "open"), else_=said)
    asked_for = _asked_for(conference_id, query)
    people = (
        select(
            Mandate.id.label("mandate_id"), Delegate.id.label("delegate_id"), standing.label("standing"), Delegate.protocol_order, Delegate.name_sort, *places
        )
        .join(Site, Site.id == Mandate.site_id)
        .join(Delegate, Delegate.mandate_id == Mandate.id)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .join(seat, seat.id == Delegate.site_id)
        .outerjoin(words, and_(words.c.mandate_id == Mandate.id, words.c.delegate_id == Delegate.id))
        .where(asked_for, has_seat(), Attendance.state.in_(AWAITED_STATES))
    )
    unnamed = (
        select(Mandate.id, null(), said, literal(-1), literal(""), *places)
        .join(Site, Site.id == Mandate.site_id)
        .outerjoin(words, and_(words.c.mandate_id == Mandate.id, words.c.delegate_id.is_(None)))
        .where(asked_for, Mandate.seats > 0)
    )
    if query.everybody:
        unnamed = unnamed.where(Mandate.seats > _seated(has_seat()))
    else:
        people = people.where(of_required_rank())
        unnamed = unnamed.where(_seated(of_required_rank()) == 0)
    if query.site_id:
        people, unnamed = people.where(seat.id == query.site_id), unnamed.where(Site.id == query.site_id)
    if clean(query.text):
        pattern = like_pattern(query.text)
        of_unit = [column.like(pattern, escape="\\") for column in (Mandate.unit_name_fold,)]
        of_person = [column.like(pattern, escape="\\") for column in (Delegate.name_fold, Delegate.position_fold)]
        people, unnamed = people.where(or_(*of_unit, *of_person)), unnamed.where(*of_unit)
    return union_all(people, unnamed)


def _asked_for(conference_id: int, query: MissingQuery) -> Any:
    return Mandate.conference_id == conference_id if query.everybody else lacks_required_rank(conference_id)


def _seated(condition: Any) -> Any:
    """How many people of the mandate are as `condition` says."""
    of_mandate = select(func.count(Delegate.id)).join(Attendance, Attendance.delegate_id == Delegate.id).where(Delegate.mandate_id == Mandate.id, condition)
    return of_mandate.correlate(Mandate).scalar_subquery()


def _last_words(conference_id: int) -> Any:
    last = select(func.max(FollowUp.id)).where(FollowUp.conference_id == conference_id).group_by(FollowUp.mandate_id, FollowUp.delegate_id)
    words = select(FollowUp.mandate_id, FollowUp.delegate_id, FollowUp.status, FollowUp.note, FollowUp.at, FollowUp.account_id)
    return words.where(FollowUp.id.in_(last)).subquery()


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
    words = _last_words(conference_id)
    statement = select(words, Account.name.label("by")).join(Account, Account.id == words.c.account_id).where(words.c.mandate_id.in_(mandate_ids))
    return {(row.mandate_id, row.delegate_id): LastWord(row.status, row.note, row.by, row.at) for row in work.session.execute(statement)}
