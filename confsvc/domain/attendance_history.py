"""What the attendance log tells of one person, line by line."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import aliased, joinedload

from confsvc.domain.access import organised_conference
from confsvc.domain.attendance_fold import Entry, Person, fold, moment_of, read_history
from confsvc.domain.attendance_log import late_after, read_entries
from confsvc.domain.attendance_marks import Marks
from confsvc.domain.attendance_ties import tie_lines
from confsvc.domain.errors import NotFound
from confsvc.domain.lists import IN_PORTIONS
from confsvc.domain.people import TAKEN_VERDICTS
from confsvc.domain.work import Work
from confsvc.models import Account, Attendance, AttendanceEvent, Conference, Delegate, Desk, Site

STORY_ORDERS = ("moment", "revision")
# A desk's clock may be off, and a line under way, by as much as this without a word.
UNSAID = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class LoggedLine:
    """One line of the log with the names it speaks of ("" for none); `other` is whom `event.other_id` names.

    `moment` is when it happened by the server's clock. A line of both a desk and an account was handed over by the desk, and the
    account let it count.
    """

    event: AttendanceEvent
    moment: datetime
    after_close: bool
    person: str
    site: str
    desk: str
    account: str
    other: str

    @property
    def told_late(self) -> bool:
        """Whether the server heard of it only later."""
        return self.event.recorded_at - self.moment > UNSAID

    @property
    def clock_ahead(self) -> timedelta | None:
        """How far the clock of the desk was ahead (less than nothing: behind), if it had to be put right."""
        ahead = self.event.occurred_at - self.moment
        return ahead if abs(ahead) > UNSAID else None


@dataclass(frozen=True, slots=True)
class StoryLine:
    """A line as part of a person's story; `undone`: a later line took it back; `returned`: a check-in of somebody who had left.

    `late`, `early`: it is the arrival or the leave that counts, and was too late or too early. `closed_as`: the state in which
    the end of the conference found the person ("" for any other line).
    """

    line: LoggedLine
    undone: bool
    returned: bool
    late: bool
    early: bool
    closed_as: str


@dataclass(frozen=True, slots=True)
class Story:
    """A person's story, and the people it leads to: whom they replace, who sits in their seat.

    `hall` is the name of the site where the person is present ("" for nowhere).
    """

    conference: Conference
    delegate: Delegate
    attendance: Attendance
    hall: str
    marks: Marks
    lines: Sequence[StoryLine]
    replaced: Delegate | None
    substitute: Delegate | None


def read_story(work: Work, conference_id: int, delegate_id: int, *, order: str = "moment") -> Story:
    """The story in the order of the moments of its lines, or in that in which the server heard of them.

    Raises NotFound for a conference the actor does not organise; as many statements however long it is.
    """
    conference = organised_conference(work, conference_id)
    hall = aliased(Site)
    found = work.session.execute(
        select(Delegate, Attendance, hall.name)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .outerjoin(hall, hall.id == Attendance.site_id)
        .where(Delegate.id == delegate_id, Delegate.conference_id == conference_id)
        .options(joinedload(Delegate.mandate), joinedload(Delegate.site))
    ).one_or_none()
    if found is None:
        raise NotFound(kind="delegate")
    delegate, attendance, at = found
    lines = _read_lines(work, conference, delegate)
    if order != "revision":
        lines.sort(key=lambda line: (line.moment, line.event.revision))
    linked = {delegate.replaces_id, attendance.substitute_id} - {None}
    others = {one.id: one for one in work.session.scalars(select(Delegate).where(Delegate.id.in_(linked)))} if linked else {}
    told = _told(work, conference, delegate, attendance, lines)
    marks = _marks(conference, delegate, lines, {one.id: one.full_name for one in others.values()})
    return Story(conference, delegate, attendance, at or "", marks, told, others.get(delegate.replaces_id or 0), others.get(attendance.substitute_id or 0))


def read_changes_after_close(work: Work, conference: Conference, most: int) -> Iterator[LoggedLine]:
    """What was written about people after the close, refusals apart, in the order of the log; at most `most` lines, read in portions. Asks no permission."""
    if conference.closed_at is None:
        return iter(())
    event = AttendanceEvent
    wanted = (event.recorded_at > conference.closed_at, event.verdict != "refused", event.kind != "close")
    return _logged(work, conference, _looked_through(_lines().where(event.conference_id == conference.id, *wanted), most))


def read_refusals(work: Work, conference: Conference, most: int) -> Iterator[LoggedLine]:
    """Everything that was refused, in the order of the log; at most `most` lines, read in portions. Asks no permission."""
    event = AttendanceEvent
    return _logged(work, conference, _looked_through(_lines().where(event.conference_id == conference.id, event.verdict == "refused"), most))


def _looked_through(lines: Select[Any], most: int) -> Select[Any]:
    """The first of few lines among many, in the order of the log.

    By an expression no index holds them in their order: so SQLite finds all of them before it gives the first, beside the loop, and has
    nothing to look for between two of them, on it.
    """
    return lines.order_by(AttendanceEvent.revision + 0).limit(most).execution_options(**IN_PORTIONS)


def _read_lines(work: Work, conference: Conference, delegate: Delegate) -> list[LoggedLine]:
    """The lines about this person, those that gave them a seat or took it, and the close; in the order of the log."""
    event = AttendanceEvent
    # By delegate and nothing else: with the conference named too, SQLite would read the whole of its log.
    about = and_(event.delegate_id.in_([delegate.id, delegate.replaces_id]), or_(event.delegate_id == delegate.id, event.other_id == delegate.id))
    lines = list(_logged(work, conference, _lines().where(about).order_by(event.revision)))
    if conference.closed_at is not None:
        closing = and_(event.conference_id == conference.id, event.delegate_id.is_(None), event.kind == "close")
        lines += _logged(work, conference, _lines().where(closing))
        lines.sort(key=lambda line: line.event.revision)
    return lines


def _lines() -> Select[Any]:
    person, other = aliased(Delegate), aliased(Delegate)
    event = AttendanceEvent
    names: tuple[Any, ...] = (person.full_name, Site.name, Desk.name, Account.name, other.full_name)
    return (
        select(event, *names)
        .outerjoin(person, person.id == event.delegate_id)
        .outerjoin(Site, Site.id == event.site_id)
        .outerjoin(Desk, Desk.id == event.desk_id)
        .outerjoin(Account, Account.id == event.account_id)
        .outerjoin(other, other.id == event.other_id)
    )


def _logged(work: Work, conference: Conference, lines: Select[Any]) -> Iterator[LoggedLine]:
    for event, *names in work.session.execute(lines):
        moment = moment_of(event.occurred_at, event.clock_offset_ms, event.recorded_at)
        after_close = conference.closed_at is not None and event.recorded_at > conference.closed_at
        yield LoggedLine(event, moment, after_close, *(name or "" for name in names))


def _told(work: Work, conference: Conference, delegate: Delegate, attendance: Attendance, lines: Sequence[LoggedLine]) -> list[StoryLine]:
    entries = read_entries(work, conference.id, [one for one in (delegate.id, delegate.replaces_id) if one is not None])
    own = entries.get(delegate.id, [])
    of_seat = [entry for entry in entries.get(delegate.replaces_id or 0, []) if entry.other_id == delegate.id]
    ties = tie_lines(own)
    undone = ties.undone | tie_lines(of_seat).undone
    person = Person(delegate.site_id, delegate.origin, delegate.replaces_id)
    came, left = attendance.arrived_at if attendance.late else None, attendance.since if attendance.state == "left" else None
    told = []
    for line in lines:
        kind, stands = line.event.kind, line.event.verdict != "refused" and line.event.revision not in undone
        told.append(
            StoryLine(
                line,
                undone=line.event.revision in undone,
                returned=line.event.revision in ties.returned,
                late=stands and kind in ("check_in", "seek") and line.moment == came,
                early=stands and kind == "leave" and line.moment == left and line.moment < conference.ends_at,
                closed_as=_state_then(conference, person, own, of_seat, line.event.revision) if kind == "close" else "",
            )
        )
    return told


def _marks(conference: Conference, delegate: Delegate, lines: Sequence[LoggedLine], names: Mapping[int, str]) -> Marks:
    """The marks of the person, as `read_marks` finds them in the log."""
    changed = [line.event for line in lines if line.after_close and line.event.delegate_id == delegate.id and line.event.verdict in TAKEN_VERDICTS]
    corrected = {event.delegate_id for event in changed if event.desk_id is None}
    return Marks(conference, names, corrected, {event.delegate_id for event in changed if event.desk_id is not None})


def _state_then(conference: Conference, person: Person, own: Collection[Entry], of_seat: Collection[Entry], revision: int) -> str:
    """What the record said of the person when line `revision` was written."""
    seated = read_history(entry for entry in of_seat if entry.revision < revision).replaced is not None
    known = [entry for entry in own if entry.revision < revision]
    return fold(known, person, late_after(conference.starts_at, conference.late_minutes), seated=seated).state
