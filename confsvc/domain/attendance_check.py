"""The log against what is kept of it: states, tallies, revisions, passes, the close, and who was put on the list at the door."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import aliased

from confsvc.domain.access import organised_conference, visible_conferences
from confsvc.domain.attendance import standing_of
from confsvc.domain.attendance_chronicle import Chronicle
from confsvc.domain.attendance_fold import Standing
from confsvc.domain.attendance_log import late_after, read_entries, read_persons
from confsvc.domain.tallies import TALLIED, count_sites
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, HandedOver, Pass, SiteTally


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` (delegate, site, conference, pass, handed_over) number `id` keeps `stored` where the log and the rows say `right`."""

    what: str
    id: int
    field: str
    stored: object
    right: object


def verify_attendance(work: Work, conference_id: int) -> list[Difference]:
    """Every difference between the log and what is kept of it; as many queries whatever the size, changes nothing. Raises NotFound."""
    conference = organised_conference(work, conference_id)
    _take_time(work)
    return [
        *_revisions(work, conference_id),
        *_closing(work, conference_id),
        *_states(work, conference_id),
        *_tallies(work, conference_id),
        *_passes(work, conference),
        *_revocations(work, conference_id),
        *_newcomers(work, conference_id),
        *_handed_over(work, conference_id),
    ]


def _take_time(work: Work) -> None:
    """PostgreSQL would end a transaction in which nothing is asked for seconds: this one holds nothing, and computes between its questions."""
    if work.rows.dialect.name == "postgresql":
        work.rows.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


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


def _closing(work: Work, conference_id: int) -> Iterator[Difference]:
    """A conference was closed as its line was recorded. (Those closed by the first release have no such line.)"""
    event = AttendanceEvent
    of_conference = (event.conference_id == conference_id,)
    line = select(func.max(event.revision)).where(*of_conference, event.kind == "close", event.verdict == "accepted").scalar_subquery()
    right = work.session.scalar(select(func.max(event.recorded_at)).where(*of_conference, event.revision <= line))
    closed_at = work.session.scalar(select(Conference.closed_at).where(Conference.id == conference_id))
    if right is not None and closed_at != right:
        yield Difference("conference", conference_id, "closed_at", closed_at, right)


def _states(work: Work, conference_id: int) -> Iterator[Difference]:
    columns = [getattr(Attendance, column) for column in Standing._fields]
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
        for (field, value), stored in zip(right._asdict().items(), values, strict=True):
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


def _passes(work: Work, conference: Conference) -> Iterator[Difference]:
    """Everybody has one valid pass, but those whose seat another has; in a rehearsal nobody."""
    valid = select(func.count()).where(Pass.delegate_id == Delegate.id, Pass.revoked_at.is_(None)).scalar_subquery()
    rows = select(Delegate.id, Attendance.state, valid).join(Attendance, Attendance.delegate_id == Delegate.id)
    for delegate_id, state, passes in work.session.execute(rows.where(Delegate.conference_id == conference.id).order_by(Delegate.id)):
        right = 0 if state == "substituted" or conference.rehearses_id is not None else 1
        if passes != right:
            yield Difference("delegate", delegate_id, "valid_passes", passes, right)


def _revocations(work: Work, conference_id: int) -> Iterator[Difference]:
    """Desks hear of a pass that was revoked, or given back, by a line about its bearer, or about who came for them."""
    line, about = aliased(AttendanceEvent), aliased(Delegate)
    its_line = (line.conference_id == conference_id) & (line.revision == Pass.revoked_revision)
    rows = work.session.execute(
        select(Pass.id, Pass.delegate_id, Pass.revoked_reason, Pass.revoked_revision, about.id, about.replaces_id)
        .outerjoin(line, its_line)
        .outerjoin(about, about.id == line.delegate_id)
        .where(Pass.conference_id == conference_id, Pass.revoked_at.is_not(None) | Pass.revoked_revision.is_not(None))
        .order_by(Pass.id)
    )
    for pass_id, delegate_id, reason, revision, about_id, replaced_id in rows:
        # What the first release revoked, it revoked without a line.
        if (revision is not None or reason == "substituted") and delegate_id not in (about_id, replaced_id):
            yield Difference("pass", pass_id, "revoked_revision", revision, "a line about the bearer")


def _newcomers(work: Work, conference_id: int) -> Iterator[Difference]:
    """Who was put on the list at the door came by a line, and came for whom the lines about the seat say."""
    event = AttendanceEvent
    told = exists().where(event.delegate_id == Delegate.id)
    newcomers = select(Delegate.id).where(Delegate.conference_id == conference_id, Delegate.origin != "listed", ~told)
    for delegate_id in work.session.scalars(newcomers.order_by(Delegate.id)):
        yield Difference("delegate", delegate_id, "lines", 0, "the one it came by")
    of_seats = select(Delegate.id, Delegate.replaces_id, event.delegate_id).join(event, event.other_id == Delegate.id)
    wrong = or_(Delegate.replaces_id.is_(None), Delegate.replaces_id != event.delegate_id)
    rows = work.session.execute(of_seats.where(event.conference_id == conference_id, event.verdict != "refused", wrong).order_by(event.revision))
    for substitute_id, replaces_id, replaced_id in rows:
        yield Difference("delegate", substitute_id, "replaces_id", replaces_id, replaced_id)


def _handed_over(work: Work, conference_id: int) -> Iterator[Difference]:
    """What an organiser let count is in the log."""
    event = AttendanceEvent
    counted = exists().where(event.conference_id == conference_id, event.client_ref == HandedOver.client_ref)
    wanted = select(HandedOver.id).where(HandedOver.conference_id == conference_id, HandedOver.decision == "accepted", ~counted)
    for act_id in work.session.scalars(wanted.order_by(HandedOver.id)):
        yield Difference("handed_over", act_id, "lines", 0, 1)
