"""Site tallies counted anew from the delegates, the seats, the attendance states and the log's headcounts."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import and_, case, func, or_, select

from confsvc.domain.attendance_fold import moment_of
from confsvc.domain.facts import RosterChanged
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, Mandate, Site, SiteTally

TALLIED = (
    *("named", "vacant", "present", "away", "excused"),
    *("visiting", "walk_ins", "online", "substitutes", "late", "headcount", "headcount_at"),
)


def has_seat(person: Any = Delegate, attendance: Any = Attendance) -> Any:
    """Who counts as named: not walk-ins, not the replaced, and substitutes only once they were let in. Needs both tables (or aliases of them)."""
    unseated = or_(attendance.state == "substituted", and_(person.origin == "substitute", attendance.state.in_(("pending", "not_admitted"))))
    return and_(person.origin != "walk_in", ~unseated)


def count_sites(work: Work, conference_id: int, site_ids: Collection[int] | None = None) -> dict[int, dict[str, Any]]:
    """Site id → the counts of TALLIED as the rows say, of these sites (None: of all); five queries whatever the size."""
    session = work.session
    counts: dict[int, dict[str, Any]] = {
        site_id: dict.fromkeys(TALLIED, 0) | {"headcount": None, "headcount_at": None}
        for site_id in session.scalars(select(Site.id).where(Site.conference_id == conference_id if site_ids is None else Site.id.in_(site_ids)))
    }
    for site_id, *values in session.execute(_of_seats().where(_of(conference_id, Delegate, site_ids))):
        counts[site_id].update(zip(("named", "present", "away", "excused", "online", "substitutes", "late"), values, strict=True))
    for hall_id, visiting, walk_ins in session.execute(_of_halls().where(_of(conference_id, Attendance, site_ids))):
        counts[hall_id].update(visiting=visiting, walk_ins=walk_ins)
    for site_id, seats, named in session.execute(_of_mandates().where(_of(conference_id, Mandate, site_ids))):
        counts[site_id]["vacant"] += max(0, seats - named)
    for site_id, (moment, amount) in _headcounts(work, conference_id, site_ids).items():
        counts[site_id].update(headcount=amount, headcount_at=moment)
    return counts


def recount_sites(work: Work, conference_id: int, site_ids: Collection[int] | None = None) -> None:
    """Set the tallies of these sites (None: of all) to what the rows say, after sites, seats or delegates were changed.

    Whoever changes little names the sites that it concerns, so that it costs little however large the conference is.
    """
    work.session.flush()
    # The attendance log adds to the rows behind the session's back: read them anew.
    stored = select(SiteTally).where(_of(conference_id, SiteTally, site_ids)).execution_options(populate_existing=True)
    tallies = {tally.site_id: tally for tally in work.session.scalars(stored)}
    revision = work.session.scalar(select(Conference.revision).where(Conference.id == conference_id))
    for site_id, found in count_sites(work, conference_id, site_ids).items():
        tally = tallies.get(site_id)
        if tally is None:
            work.session.add(SiteTally(site_id=site_id, conference_id=conference_id, revision=revision, **found))
        elif any(getattr(tally, key) != value for key, value in found.items()):
            for key, value in {**found, "revision": revision}.items():
                setattr(tally, key, value)
    work.session.flush()
    work.tell(RosterChanged(conference_id, None if site_ids is None else frozenset(site_ids)))


def sites_of_people(work: Work, whose: Any) -> set[int]:
    """The sites that show or count those delegates of whom `whose` holds: of their seats, of their mandates, and where they are."""
    people = select(Delegate.site_id, Mandate.site_id, Attendance.site_id).join(Mandate, Mandate.id == Delegate.mandate_id)
    rows = work.session.execute(people.outerjoin(Attendance, Attendance.delegate_id == Delegate.id).where(whose).distinct())
    return {site_id for row in rows for site_id in row if site_id is not None}


def _of(conference_id: int, table: Any, site_ids: Collection[int] | None) -> Any:
    # Named together with the sites, the conference would make SQLite read all of it.
    return table.conference_id == conference_id if site_ids is None else table.site_id.in_(site_ids)


@cache
def _of_seats() -> Any:
    """By the site of the seat."""
    present, came = Attendance.state == "present", Attendance.state.in_(("present", "left"))
    conditions = (
        *(has_seat(), present, Attendance.state == "left", Attendance.state == "excused"),
        *(and_(present, Attendance.mode == "online"), and_(present, Delegate.origin == "substitute"), and_(came, Attendance.late)),
    )
    return (
        select(Delegate.site_id, *(func.sum(case((condition, 1), else_=0)) for condition in conditions))
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .where(Delegate.origin != "walk_in")
        .group_by(Delegate.site_id)
    )


@cache
def _of_halls() -> Any:
    """By the hall where somebody is: those whose seat is elsewhere, and those without one."""
    walk_in = Delegate.origin == "walk_in"
    return (
        select(Attendance.site_id, func.sum(case((walk_in, 0), else_=1)), func.sum(case((walk_in, 1), else_=0)))
        .join(Delegate, Delegate.id == Attendance.delegate_id)
        .where(Attendance.state == "present", or_(Attendance.site_id != Delegate.site_id, walk_in))
        .group_by(Attendance.site_id)
    )


@cache
def _of_mandates() -> Any:
    """Site, seats and how many of them are filled, for each mandate."""
    seated = func.sum(case((has_seat(), 1), else_=0))
    return (
        select(Mandate.site_id, Mandate.seats, func.coalesce(seated, 0))
        .outerjoin(Delegate, Delegate.mandate_id == Mandate.id)
        .outerjoin(Attendance, Attendance.delegate_id == Delegate.id)
        .group_by(Mandate.id)
    )


def _headcounts(work: Work, conference_id: int, site_ids: Collection[int] | None) -> dict[int, tuple[datetime, int]]:
    """Site id → when it counted itself last, and how many it found."""
    event = AttendanceEvent
    lines = select(event.site_id, event.occurred_at, event.clock_offset_ms, event.recorded_at, event.amount)
    found: defaultdict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for site_id, occurred_at, offset, recorded_at, amount in work.session.execute(
        lines.where(_of(conference_id, event, site_ids), event.kind == "headcount", event.verdict != "refused")
    ):
        found[site_id or 0].append((moment_of(occurred_at, offset, recorded_at), amount or 0))
    return {site_id: max(counts) for site_id, counts in found.items()}
