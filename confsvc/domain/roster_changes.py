"""What a stretch of the log changed, site by site: for the desks that are told of it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, select, union

from confsvc.domain.attendance_chronicle import SEAT_KINDS
from confsvc.domain.attendance_statements import WHO_CAME_FOR
from confsvc.domain.figures import Figures, figures_of_sites, latest_revision
from confsvc.domain.prepared import Prepared, is_one_of
from confsvc.domain.roster import RevokedPass, RosterRow, dead_passes, roster_rows
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, Delegate

# A stretch that is longer is told in several.
MOST_LINES = 2000

_line = AttendanceEvent
_STRETCH = Prepared(
    select(_line.delegate_id, _line.other_id, _line.site_id, _line.desk_id, _line.kind).where(
        _line.conference_id == bindparam("conference_id"), _line.revision > bindparam("since"), _line.revision <= bindparam("upto")
    )
)
_was_there = (is_one_of(_line.delegate_id, "delegate_ids"), _line.site_id.is_not(None), _line.verdict != "refused")
# Where they are now need not be among those: a line that was refused can count once an earlier one has come in.
_is_there = (is_one_of(Attendance.delegate_id, "delegate_ids"), Attendance.site_id.is_not(None))
_PLACES = Prepared(
    union(
        select(Delegate.id, Delegate.site_id).where(is_one_of(Delegate.id, "delegate_ids")),
        select(_line.delegate_id, _line.site_id).where(*_was_there),
        select(Attendance.delegate_id, Attendance.site_id).where(*_is_there),
    )
)


@dataclass(frozen=True, slots=True)
class SiteChanges:
    """What the desks of one site are to know: who changed, among them those who have left its hall, and which passes died."""

    rows: list[RosterRow]
    revoked: list[RevokedPass]
    figures: Figures


@dataclass(frozen=True, slots=True)
class Stretch:
    """The lines of the log up to `revision`, of which `sites` were touched; `is_whole`: no line comes after it."""

    revision: int
    is_whole: bool
    sites: dict[int, SiteChanges]


def changes_since(
    work: Work, conference_id: int, since: int, is_heard_at: Callable[[int], bool], alone_at: Callable[[int], int | None] = lambda _: None
) -> Stretch:
    """What changed after revision `since` at the sites somebody listens at; as many statements for a hundred sites as for one.

    `alone_at`: the desk that alone listens at a site, if it does. What only that desk has done stands in its answers, and is left out.
    """
    latest = latest_revision(work, conference_id) or 0
    upto = min(latest, since + MOST_LINES)
    if upto <= since:
        return Stretch(since, is_whole=True, sites={})
    lines = _read_lines(work, conference_id, since, upto)
    places = [(delegate_id, site_id) for delegate_id, site_id in _places(work, lines.desks_of) if is_heard_at(site_id)]
    people_at: defaultdict[int, set[int]] = defaultdict(set, {site_id: set() for site_id in lines.desks_at if is_heard_at(site_id)})
    for delegate_id, site_id in places:
        people_at[site_id].add(delegate_id)
    dead = dead_passes(work, conference_id, since) if people_at else []
    told = {site_id for site_id, people in people_at.items() if dead or not lines.are_all_of(alone_at(site_id), site_id, people)}
    if not told:
        return Stretch(upto, upto == latest, {})
    rows = _rows_at(work, [(delegate_id, site_id) for delegate_id, site_id in places if site_id in told])
    _, figures = figures_of_sites(work, conference_id, told)
    sites = {
        site_id: SiteChanges(rows[site_id], [RevokedPass(uid, by if seat == site_id else None) for uid, seat, by in dead], figures[site_id])
        for site_id in sorted(told)
    }
    return Stretch(upto, upto == latest, sites)


@dataclass(frozen=True, slots=True)
class _Lines:
    """Which desks (None: another) have told of each person, and of something at each site."""

    desks_of: dict[int, set[int | None]]
    desks_at: dict[int, set[int | None]]

    def are_all_of(self, desk_id: int | None, site_id: int, people: Iterable[int]) -> bool:
        """Whether this desk has told of everything at the site, and of everything of these people."""
        mine = {desk_id}
        return desk_id is not None and self.desks_at.get(site_id, mine) == mine and all(self.desks_of[one] == mine for one in people)


def _read_lines(work: Work, conference_id: int, since: int, upto: int) -> _Lines:
    desks_of: defaultdict[int, set[int | None]] = defaultdict(set)
    desks_at: defaultdict[int, set[int | None]] = defaultdict(set)
    seats: set[int] = set()
    for delegate_id, other_id, site_id, desk_id, kind in _STRETCH.rows(work.rows, conference_id=conference_id, since=since, upto=upto):
        if delegate_id is not None:
            desks_of[delegate_id].add(desk_id)
        if other_id is not None:
            desks_of[other_id].add(desk_id)
        if site_id is not None:
            desks_at[site_id].add(desk_id)
        if kind in SEAT_KINDS:
            seats.add(delegate_id)
    # A seat that changes hands concerns all who came for it, of whom no answer tells.
    for (delegate_id,) in WHO_CAME_FOR.rows(work.rows, delegate_ids=seats) if seats else ():
        desks_of[delegate_id].add(None)
    return _Lines(desks_of, desks_at)


def _places(work: Work, people: Collection[int]) -> Iterable[tuple[int, int]]:
    """Where these people are expected, have been and are: each of these sites may show them."""
    return [(delegate_id, site_id) for delegate_id, site_id in _PLACES.rows(work.rows, delegate_ids=people)] if people else []


def _rows_at(work: Work, places: Iterable[tuple[int, int]]) -> defaultdict[int, list[RosterRow]]:
    """Site → the rows of these people (with the sites that may show them), in the order of a roster."""
    sites_of: defaultdict[int, list[int]] = defaultdict(list)
    for delegate_id, site_id in places:
        sites_of[delegate_id].append(site_id)
    rows_at: defaultdict[int, list[RosterRow]] = defaultdict(list)
    for delegate_id, row in roster_rows(work, sites_of).items():
        for site_id in sites_of[delegate_id]:
            rows_at[site_id].append(row)
    return rows_at
