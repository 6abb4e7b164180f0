"""Who is here: everybody summoned by name, with the state of their attendance, and the figures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from confsvc.domain.access import organised_conference
from confsvc.domain.attendance_history import LoggedLine, read_changes_after_close, read_refusals
from confsvc.domain.attendance_marks import Marks, read_changed, read_marks
from confsvc.domain.figures import Figures, figures_by_site, read_total, tallied_sites
from confsvc.domain.lists import IN_PORTIONS, Page
from confsvc.domain.people import PeopleQuery, page_of_people
from confsvc.domain.work import LONG, Work
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
    page = page_of_people(work, conference, query)
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
    replaces: str | None
    substitute_id: int | None
    substitute: str | None
    reason: str
    note: str


@dataclass(frozen=True, slots=True)
class Roll:
    """The whole list with its figures. What is long is read in portions, as it is taken, and only within the unit of work."""

    conference: Conference
    figures: Figures
    _work: Work
    _changed: Marks

    def people(self) -> Iterator[RollRow]:
        """Everybody in protocol order."""
        return map(RollRow._make, self._work.session.execute(_of_everybody(self.conference), execution_options=IN_PORTIONS))

    def marks_of(self, row: RollRow) -> Marks:
        """The marks with the names that this row speaks of."""
        if row.replaces is None and row.substitute is None:
            return self._changed
        names = {row.replaces_id: row.replaces, row.substitute_id: row.substitute}
        return replace(self._changed, names={about: name for about, name in names.items() if about and name})

    def by_site(self) -> Iterator[tuple[str, Figures]]:
        """The name of each site in its order (main first), with its figures."""
        rows = self._work.session.execute(tallied_sites(self.conference.id, Site.name), execution_options=IN_PORTIONS)
        return ((name, Figures.of(tally)) for name, tally in rows)

    def changes(self) -> Iterator[LoggedLine]:
        """What was changed after the close, at most `MOST_LINES`."""
        return read_changes_after_close(self._work, self.conference, MOST_LINES)

    def refusals(self) -> Iterator[LoggedLine]:
        """What was refused, at most `MOST_LINES`."""
        return read_refusals(self._work, self.conference, MOST_LINES)


def read_roll(work: Work, conference_id: int) -> Roll:
    """Everybody, for a file; raises NotFound for a conference the actor does not organise."""
    conference = organised_conference(work, conference_id)
    _sites, figures = read_total(work, conference_id)
    return Roll(conference, figures, work, read_changed(work, conference))


def count_roll(work: Work, conference_id: int) -> tuple[Conference, int]:
    """How many people the roll has; raises NotFound for a conference the actor does not organise."""
    conference = organised_conference(work, conference_id)
    everybody = select(func.count()).select_from(Delegate).where(Delegate.conference_id == conference_id)
    return conference, work.session.scalar(everybody, execution_options=LONG) or 0


def _of_everybody(conference: Conference) -> Select[Any]:
    hall, replaced, substitute = aliased(Site), aliased(Delegate), aliased(Delegate)
    columns: tuple[Any, ...] = (
        *(Delegate.id, Delegate.full_name, Delegate.position, Mandate.unit_name, Site.name),
        *(Attendance.state, Attendance.mode, hall.name, Attendance.arrived_at, Attendance.since, Attendance.late),
        *(Delegate.origin, Delegate.replaces_id, replaced.full_name, Attendance.substitute_id, substitute.full_name, Attendance.reason, Delegate.note),
    )
    return (
        select(*columns)
        .join(Delegate.mandate)
        .join(Delegate.site)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .outerjoin(hall, hall.id == Attendance.site_id)
        .outerjoin(replaced, replaced.id == Delegate.replaces_id)
        .outerjoin(substitute, substitute.id == Attendance.substitute_id)
        .where(Delegate.conference_id == conference.id)
        .order_by(Delegate.protocol_order, Delegate.name_sort, Delegate.id)
    )
