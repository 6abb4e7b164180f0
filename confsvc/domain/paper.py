"""What is printed for the day: whose badges, name plates and sign-in sheets, in which order, and what a letter of invitation says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, select
from sqlalchemy.orm import aliased

from confsvc.domain.access import organised_conference
from confsvc.domain.lists import IN_PORTIONS
from confsvc.domain.passes import sign_token
from confsvc.domain.work import LONG, Work
from confsvc.models import Attendance, Conference, Delegate, Mandate, Pass, Site

# Whose seat is taken by somebody else, who was turned away, or whom nobody has let in yet: they carry no pass.
WITHOUT_A_SEAT = ("substituted", "not_admitted", "pending")
ORDERS = ("site", "unit")


@dataclass(frozen=True, slots=True)
class PaperChoice:
    """Whom to print for: of one site, unit (mandate) or person, those whose pass was issued since a moment.

    `everybody`: also those who said that they will not come. `order`: by "site" or by "unit", in protocol order within.
    """

    site_id: int | None = None
    mandate_id: int | None = None
    delegate_id: int | None = None
    since: datetime | None = None
    everybody: bool = False
    order: str = "site"


class PaperPerson(NamedTuple):
    """One person as paper shows them; `pass_uid` is of the pass that is valid now (None: there is none)."""

    id: int
    name: str
    position: str
    rank: str
    mandate_id: int
    unit: str
    site_id: int
    site: str
    pass_uid: str | None


@dataclass(frozen=True, slots=True)
class PaperList:
    """Whom a choice names, all of them or the first few, and how many there are."""

    conference: Conference
    people: Sequence[PaperPerson]
    total: int


def read_paper_list(work: Work, conference_id: int, choice: PaperChoice, first: int | None = None, *, rest: Callable[[], None] = lambda: None) -> PaperList:
    """Who is printed for; raises NotFound for a conference the actor does not organise. A few queries however many people.

    `rest` is called after each portion of them.
    """
    conference = organised_conference(work, conference_id)
    wanted, total = _chosen(choice), count_paper_list(work, conference, choice)
    by_site = (Site.kind, Site.sort_order, Site.id)
    by_unit = (Mandate.sort_order, Mandate.unit_name_sort, Mandate.id)
    places = by_unit if choice.order == "unit" else by_site
    if first is None:
        wanted = wanted.where(Delegate.conference_id == conference.id)
    else:
        # By the place and nothing else: with the conference named too, SQLite would read all of it.
        at = Delegate.mandate_id if choice.order == "unit" else Delegate.site_id
        wanted = wanted.where(at.in_(_first_places(conference, choice, at, places, first)))
    rows = work.session.execute(wanted.order_by(*places, Delegate.protocol_order, Delegate.name_sort, Delegate.id).limit(first), execution_options=IN_PORTIONS)
    people: list[PaperPerson] = []
    for portion in rows.partitions():
        people += map(PaperPerson._make, portion)
        rest()
    return PaperList(conference, people, total)


def count_paper_list(work: Work, conference: Conference, choice: PaperChoice) -> int:
    """How many a choice names, of a conference the caller may see already; one query."""
    people = select(func.count()).select_from(Delegate).join(Attendance, Attendance.delegate_id == Delegate.id)
    return work.session.scalar(_fitting(people, choice).where(Delegate.conference_id == conference.id), execution_options=LONG) or 0


def _first_places(conference: Conference, choice: PaperChoice, at: Any, places: tuple[Any, ...], first: int) -> Select[Any]:
    """The first sites (or units) at which anybody is printed for: no more of them than people are asked for."""
    key = places[-1]
    here = _fitting(select(Delegate.id).join(Attendance, Attendance.delegate_id == Delegate.id), choice).where(at == key).correlate(key.class_).exists()
    return select(key).where(key.class_.conference_id == conference.id, here).order_by(*places).limit(first)


def paper_tokens(secret: str, conference: Conference, people: Sequence[PaperPerson]) -> list[str]:
    """The pass token of each of these people, "" where there is none; about 0.1 ms a person, and it touches no database."""
    # In a rehearsal the passes are those of the conference it rehearses.
    owner = conference.rehearses_id or conference.id
    return [sign_token(secret, owner, person.pass_uid) if person.pass_uid else "" for person in people]


def _chosen(choice: PaperChoice) -> Select[Any]:
    columns: tuple[Any, ...] = (
        *(Delegate.id, Delegate.full_name, Delegate.position, Delegate.rank, Mandate.id, Mandate.unit_name),
        *(Site.id, Site.name, Pass.uid),
    )
    people = (
        select(*columns)
        .join(Mandate, Mandate.id == Delegate.mandate_id)
        .join(Site, Site.id == Delegate.site_id)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .outerjoin(Pass, _is_valid(Pass))
    )
    return _fitting(people, choice)


def _is_valid(issued: Any) -> ColumnElement[bool]:
    """Whether it is the pass by which the person comes in now."""
    return and_(issued.delegate_id == func.coalesce(Delegate.rehearses_id, Delegate.id), issued.revoked_at.is_(None))


def _fitting(people: Select[Any], choice: PaperChoice) -> Select[Any]:
    """Those of them whom a choice names. Needs Delegate and Attendance."""
    conditions: list[ColumnElement[bool]] = [Attendance.state.not_in(WITHOUT_A_SEAT)]
    if not choice.everybody:
        conditions += [Attendance.state != "excused", not_((Delegate.reply == "declined") & (Attendance.state == "not_yet"))]
    if choice.site_id:
        conditions.append(Delegate.site_id == choice.site_id)
    if choice.mandate_id:
        conditions.append(Delegate.mandate_id == choice.mandate_id)
    if choice.delegate_id:
        conditions.append(Delegate.id == choice.delegate_id)
    if choice.since:
        since = aliased(Pass)
        conditions.append(exists().where(_is_valid(since), since.issued_at >= choice.since).correlate_except(since))
    return people.where(*conditions)
