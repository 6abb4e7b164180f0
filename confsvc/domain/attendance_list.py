"""Who is here: everybody summoned by name, with the state of their attendance, and the figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import aliased

from confsvc.domain.access import organised_conference
from confsvc.domain.attendance_history import LoggedLine, read_changes_after_close, read_refusals
from confsvc.domain.attendance_marks import Marks, read_marks
from confsvc.domain.figures import Figures, figures_by_site, read_total, total
from confsvc.domain.lists import Page, read_page
from confsvc.domain.people import PeopleQuery, chosen_people
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate, Mandate, Site

# A sheet of the log holds this many lines at the most: a stuck scanner is not to make the file too large to open.
MOST_LINES = 20_000
# The figures of more sites than a province has are on the page of the sites, which has pages itself.
SITES_SHOWN = 150


@dataclass(frozen=True, slots=True)
class AttendanceList:
    """One page of people with their marks, the figures of each site (none of more sites than `SITES_SHOWN`), and those of the whole conference.

    `halls`: the names of the sites at which they are present, by id.
    """

    conference: Conference
    page: Page[Attendance]
    marks: Marks
    by_site: Sequence[tuple[Site, Figures]]
    figures: Figures
    halls: Mapping[int, str]


def read_attendance(work: Work, conference_id: int, query: PeopleQuery) -> AttendanceList:
    """Those who fit `query`; raises NotFound for a conference the actor does not organise."""
    conference = organised_conference(work, conference_id)
    count, figures = read_total(work, conference_id)
    by_site = figures_by_site(work, conference_id) if count <= SITES_SHOWN else []
    page = read_page(work, chosen_people(conference, query), query.page)
    present_at = select(Site.id, Site.name).where(Site.id.in_({attendance.site_id for attendance in page.items}))
    halls: dict[int, str] = dict(work.session.execute(present_at).all())
    return AttendanceList(conference, page, read_marks(work, conference, page.items), by_site, figures, halls)


class RollRow(NamedTuple):
    """One person as the exported list shows them; `hall` is where they are present (None if they are not)."""

    id: int
    full_name: str
    position: str
    unit: str
    site: str
    state: str
    mode: str
    hall: str | None
    arrived_at: datetime | None
    since: datetime | None
    late: bool
    origin: str
    replaces_id: int | None
    substitute_id: int | None
    reason: str
    note: str


@dataclass(frozen=True, slots=True)
class Roll:
    """The whole list in protocol order with the marks and figures it was written with, what was changed after the close and what was refused."""

    conference: Conference
    rows: Sequence[RollRow]
    marks: Marks
    by_site: Sequence[tuple[Site, Figures]]
    figures: Figures
    changes: Sequence[LoggedLine]
    refusals: Sequence[LoggedLine]


def read_roll(work: Work, conference_id: int) -> Roll:
    """Everybody, for a file; raises NotFound for a conference the actor does not organise."""
    conference = organised_conference(work, conference_id)
    hall = aliased(Site)
    columns: tuple[Any, ...] = (
        *(Delegate.id, Delegate.full_name, Delegate.position, Mandate.unit_name, Site.name),
        *(Attendance.state, Attendance.mode, hall.name, Attendance.arrived_at, Attendance.since, Attendance.late),
        *(Delegate.origin, Delegate.replaces_id, Attendance.substitute_id, Attendance.reason, Delegate.note),
    )
    rows = work.session.execute(
        select(*columns)
        .join(Delegate.mandate)
        .join(Delegate.site)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .outerjoin(hall, hall.id == Attendance.site_id)
        .where(Delegate.conference_id == conference_id)
        .order_by(Delegate.protocol_order, Delegate.name_sort, Delegate.id)
    )
    by_site = figures_by_site(work, conference_id)
    people = [RollRow._make(row) for row in rows]
    marks, figures = read_marks(work, conference), total(figures for _site, figures in by_site)
    changes, refusals = read_changes_after_close(work, conference, MOST_LINES), read_refusals(work, conference, MOST_LINES)
    return Roll(conference, people, marks, by_site, figures, changes, refusals)
