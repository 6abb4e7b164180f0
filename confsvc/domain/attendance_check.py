"""The log against what is kept of it: states, tallies and revisions folded anew and compared."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields

from sqlalchemy import func, select

from confsvc.domain.access import organised_conference, visible_conferences
from confsvc.domain.attendance import standing_of
from confsvc.domain.attendance_chronicle import Chronicle
from confsvc.domain.attendance_fold import Standing
from confsvc.domain.attendance_log import late_after, read_entries, read_persons
from confsvc.domain.tallies import TALLIED, count_sites
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, SiteTally


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` (delegate, site, conference) number `id` keeps `stored` where the log and the rows say `right`."""

    what: str
    id: int
    field: str
    stored: object
    right: object


def verify_attendance(work: Work, conference_id: int) -> list[Difference]:
    """Every difference between the log and the states, the states and the tallies, the revisions and their count; changes nothing."""
    organised_conference(work, conference_id)
    return [
        *_revisions(work, conference_id),
        *_states(work, conference_id),
        *_tallies(work, conference_id),
    ]


def verify_every_conference(work: Work) -> dict[int, list[Difference]]:
    """Conference id → its differences, empty where all is well; for those the actor organises."""
    ids = work.session.scalars(select(Conference.id).where(visible_conferences(work)).order_by(Conference.id)).all()
    return {conference_id: verify_attendance(work, conference_id) for conference_id in ids}


def _revisions(work: Work, conference_id: int) -> Iterator[Difference]:
    numbers = select(func.count(), func.coalesce(func.max(AttendanceEvent.revision), 0)).where(AttendanceEvent.conference_id == conference_id)
    lines, last = work.session.execute(numbers).one()
    revision = work.session.scalar(select(Conference.revision).where(Conference.id == conference_id))
    if lines != last:
        yield Difference("conference", conference_id, "lines", lines, last)
    if revision != last:
        yield Difference("conference", conference_id, "revision", revision, last)


def _states(work: Work, conference_id: int) -> Iterator[Difference]:
    columns = [getattr(Attendance, column.name) for column in fields(Standing)]
    rows = work.session.execute(
        select(Delegate.id, Attendance.delegate_id, *columns)
        .outerjoin(Attendance, Attendance.delegate_id == Delegate.id)
        .where(Delegate.conference_id == conference_id)
        .order_by(Delegate.id)
    )
    chronicles = {delegate_id: Chronicle(lines) for delegate_id, lines in read_entries(work, conference_id).items()}
    persons = read_persons(work, conference_id)
    starts_at, late_minutes = work.session.execute(select(Conference.starts_at, Conference.late_minutes).where(Conference.id == conference_id)).one()
    for delegate_id, kept, *values in rows:
        right = standing_of(delegate_id, persons, chronicles, late_after(starts_at, late_minutes))
        if kept is None:
            yield Difference("delegate", delegate_id, "state", None, right.state)
            continue
        for (field, value), stored in zip(asdict(right).items(), values, strict=True):
            if stored != value:
                yield Difference("delegate", delegate_id, field, stored, value)


def _tallies(work: Work, conference_id: int) -> Iterator[Difference]:
    rows = work.session.scalars(select(SiteTally).where(SiteTally.conference_id == conference_id).execution_options(populate_existing=True))
    stored = {tally.site_id: {field: getattr(tally, field) for field in TALLIED} for tally in rows}
    for site_id, right in count_sites(work, conference_id).items():
        for field, value in right.items():
            kept = stored.get(site_id, {}).get(field)
            if kept != value:
                yield Difference("site", site_id, field, kept, value)
