"""What is printed for the day: whose badges, name plates and sign-in sheets, in which order, and what a letter of invitation says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, not_, select

from confsvc.domain.access import organised_conference
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


def read_paper_list(work: Work, conference_id: int, choice: PaperChoice, first: int | None = None) -> PaperList:
    """Who is printed for; raises NotFound for a conference the actor does not organise. A few queries however many people."""
    conference = organised_conference(work, conference_id)
    wanted = _chosen(conference, choice)
    total = work.session.scalar(wanted.with_only_columns(func.count(Delegate.id), maintain_column_froms=True), execution_options=LONG) or 0
    by_site = (Site.kind, Site.sort_order, Site.id)
    by_unit = (Mandate.sort_order, Mandate.unit_name_sort, Mandate.id)
    places = by_unit if choice.order == "unit" else by_site
    rows = work.session.execute(wanted.order_by(*places, Delegate.protocol_order, Delegate.name_sort, Delegate.id).limit(first), execution_options=LONG)
    return PaperList(conference, [PaperPerson._make(row) for row in rows], total)


def paper_tokens(secret: str, conference: Conference, people: Sequence[PaperPerson]) -> list[str]:
    """The pass token of each of these people, "" where there is none; about 0.1 ms a person, and it touches no database."""
    # In a rehearsal the passes are those of the conference it rehearses.
    owner = conference.rehearses_id or conference.id
    return [sign_token(secret, owner, person.pass_uid) if person.pass_uid else "" for person in people]


def _chosen(conference: Conference, choice: PaperChoice) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = [Delegate.conference_id == conference.id, Attendance.state.not_in(WITHOUT_A_SEAT)]
    if not choice.everybody:
        conditions += [Attendance.state != "excused", not_((Delegate.reply == "declined") & (Attendance.state == "not_yet"))]
    if choice.site_id:
        conditions.append(Delegate.site_id == choice.site_id)
    if choice.mandate_id:
        conditions.append(Delegate.mandate_id == choice.mandate_id)
    if choice.delegate_id:
        conditions.append(Delegate.id == choice.delegate_id)
    if choice.since:
        conditions.append(Pass.issued_at >= choice.since)
    columns: tuple[Any, ...] = (
        *(Delegate.id, Delegate.full_name, Delegate.position, Delegate.rank, Mandate.id, Mandate.unit_name),
        *(Site.id, Site.name, Pass.uid),
    )
    return (
        select(*columns)
        .join(Mandate, Mandate.id == Delegate.mandate_id)
        .join(Site, Site.id == Delegate.site_id)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .outerjoin(Pass, (Pass.delegate_id == func.coalesce(Delegate.rehearses_id, Delegate.id)) & Pass.revoked_at.is_(None))
        .where(*conditions)
    )
