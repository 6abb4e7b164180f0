"""What a stretch of the log changed, site by site: for the desks that are told of it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from confsvc.domain.attendance_chronicle import SEAT_KINDS
from confsvc.domain.attendance_statements import WHO_CAME_FOR
from confsvc.domain.figures import Figures, figures_of_sites
from confsvc.domain.roster import RevokedPass, RosterRow, dead_passes, roster_rows
from confsvc.domain.work import Work
from confsvc.models import AttendanceEvent, Conference

# A stretch that is longer is told in several.
MOST_LINES = 2000

# Built once, since each of them is asked several times a second.
_line = AttendanceEvent
_LATEST = select(Conference.revision).where(Conference.id == bindparam("conference_id"))
_STRETCH = select(_line.delegate_id, _line.other_id, _line.site_id, _line.kind).where(
    _line.conference_id == bindparam("conference_id"), _line.revision > bindparam("since"), _line.revision <= bindparam("upto")
)
_HALLS = (
    select(_line.delegate_id, _line.site_id)
    .where(_line.delegate_id.in_(bindparam("delegate_ids", expanding=True)), _line.site_id.is_not(None), _line.verdict != "refused")
    .distinct()
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


def changes_since(work: Work, conference_id: int, since: int, is_heard_at: Callable[[int], bool]) -> Stretch:
    """What changed after revision `since` at the sites somebody listens at; as many statements for a hundred sites as for one."""
    latest = work.rows.execute(_LATEST, {"conference_id": conference_id}).scalar() or 0
    upto = min(latest, since + MOST_LINES)
    if upto <= since:
        return Stretch(since, is_whole=True, sites={})
    people, touched = _read_lines(work, conference_id, since, upto)
    rows = roster_rows(work, people)
    rows_at: defaultdict[int, dict[int, RosterRow]] = defaultdict(dict)
    for delegate_id, site_id in [*_places(rows.values()), *_halls_seen(work, people)]:
        if is_heard_at(site_id) and delegate_id in rows:
            rows_at[site_id][delegate_id] = rows[delegate_id]
    heard = {site_id for site_id in (touched | set(rows_at)) if is_heard_at(site_id)}
    if not heard:
        return Stretch(upto, upto == latest, {})
    dead = dead_passes(work, conference_id, since)
    _, figures = figures_of_sites(work, conference_id, heard)
    sites = {
        site_id: SiteChanges(list(rows_at[site_id].values()), [RevokedPass(uid, by if seat == site_id else None) for uid, seat, by in dead], figures[site_id])
        for site_id in sorted(heard)
    }
    return Stretch(upto, upto == latest, sites)


def _read_lines(work: Work, conference_id: int, since: int, upto: int) -> tuple[set[int], set[int]]:
    """Whom these lines concern, and the sites that they name."""
    found = work.rows.execute(_STRETCH, {"conference_id": conference_id, "since": since, "upto": upto}).all()
    people = {one for delegate_id, other_id, _, _ in found for one in (delegate_id, other_id) if one is not None}
    # A seat that changes hands concerns all who came for it.
    if seats := {delegate_id for delegate_id, _, _, kind in found if kind in SEAT_KINDS and delegate_id is not None}:
        people |= set(work.rows.execute(WHO_CAME_FOR, {"delegate_ids": list(seats)}).scalars())
    return people, {site_id for _, _, site_id, _ in found if site_id is not None}


def _places(rows: Iterable[RosterRow]) -> Iterable[tuple[int, int]]:
    """Where they are expected, and where they are."""
    for row in rows:
        yield row.id, row.seat
        if row.at is not None:
            yield row.id, row.at


def _halls_seen(work: Work, people: Collection[int]) -> Iterable[tuple[int, int]]:
    """The halls in which they have been: each of them may still show them."""
    if not people:
        return []
    return [(delegate_id or 0, site_id or 0) for delegate_id, site_id in work.rows.execute(_HALLS, {"delegate_ids": list(people)})]
