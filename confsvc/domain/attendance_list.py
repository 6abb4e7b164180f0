"""Who is here: everybody summoned by name, with the state of their attendance, and the figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import aliased

from confsvc.domain.access import organised_conference
from confsvc.domain.figures import Figures, figures_by_site, total
from confsvc.domain.lists import Page, read_page
from confsvc.domain.people import PeopleQuery, chosen_people
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate, Mandate, Site


@dataclass(frozen=True, slots=True)
class AttendanceList:
    """One page of people, the figures of each site, and those of the whole conference."""

    conference: Conference
    page: Page[Attendance]
    by_site: Sequence[tuple[Site, Figures]]
    figures: Figures


def read_attendance(work: Work, conference_id: int, query: PeopleQuery) -> AttendanceList:
    """Those who fit `query`; raises NotFound for a conference the actor does not organise."""
    conference = organised_conference(work, conference_id)
    by_site = figures_by_site(work, conference_id)
    page = read_page(work, chosen_people(conference_id, query), query.page)
    return AttendanceList(conference, page, by_site, total(figures for _site, figures in by_site))


class RollRow(NamedTuple):
    """One person as the exported list shows them; `hall` is where they are present ("" if they are not)."""

    full_name: str
    position: str
    unit: str
    site: str
    state: str
    mode: str
    hall: str
    since: datetime | None
    reason: str
    note: str


@dataclass(frozen=True, slots=True)
class Roll:
    """The whole list in protocol order with the figures it was written with."""

    conference: Conference
    rows: Sequence[RollRow]
    by_site: Sequence[tuple[Site, Figures]]
    figures: Figures


def read_roll(work: Work, conference_id: int) -> Roll:
    """Everybody, for a file; raises NotFound for a conference the actor does not organise."""
    conference = organised_conference(work, conference_id)
    hall = aliased(Site)
    rows = work.session.execute(
        select(
            Delegate.full_name,
            Delegate.position,
            Mandate.unit_name,
            Site.name,
            Attendance.state,
            Attendance.mode,
            hall.name,
            Attendance.since,
            Attendance.reason,
            Delegate.note,
        )
        .join(Delegate.mandate)
        .join(Delegate.site)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .outerjoin(hall, hall.id == Attendance.site_id)
        .where(Delegate.conference_id == conference_id)
        .order_by(Delegate.protocol_order, Delegate.name_sort, Delegate.id)
    )
    by_site = figures_by_site(work, conference_id)
    people = [RollRow(name, position, unit, site, state, mode, at or "", *rest) for name, position, unit, site, state, mode, at, *rest in rows]
    return Roll(conference, people, by_site, total(figures for _site, figures in by_site))
