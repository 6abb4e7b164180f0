"""Who is reminded before a conference, and when: rules that each conference has of its own."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from confsvc.domain.access import organised_conference
from confsvc.domain.errors import EditConflict, Invalid, NotFound
from confsvc.domain.planning import planned_conference
from confsvc.domain.reminder_audience import count_reached
from confsvc.domain.reminder_moments import DAY_MINUTES, asked_moment, counts_for, is_night, reminder_moment, still_helps
from confsvc.domain.reminder_rules import AUDIENCES, make_usual_reminders
from confsvc.domain.work import Work
from confsvc.models import Conference, Reminder

MINUTES_MAX = 90 * DAY_MINUTES
REMINDERS_MAX = 20
# Nobody is reminded of a conference in another state, or of a rehearsal.
REMINDED_STATES = ("published",)


@dataclass(frozen=True, slots=True)
class ReminderEntry:
    """What is told of a reminder: to whom, and how many minutes before the start."""

    audience: str
    minutes_before: int


@dataclass(frozen=True, slots=True)
class PlannedReminder:
    """A reminder and its moment, another one than asked for if `avoids_night`; `reaches`: how many it would go to just now.

    `state`: it `waits` for its moment, is `due`, was `done` for this start, `missed` it (nobody was there to send it while it would have
    helped), or is `off`, because nobody is reminded of this conference as it is.
    """

    reminder: Reminder
    moment: datetime
    avoids_night: bool
    state: str
    reaches: int


def list_reminders(work: Work, conference_id: int) -> list[PlannedReminder]:
    """The reminders of a conference the actor organises, the earliest first; raises SignInRequired or NotFound."""
    conference = organised_conference(work, conference_id)
    reminders = work.session.scalars(select(Reminder).where(Reminder.conference_id == conference_id)).all()
    reached = {audience: count_reached(work, conference, audience) for audience in {reminder.audience for reminder in reminders}}
    planned = []
    for reminder in sorted(reminders, key=lambda one: (-one.minutes_before, AUDIENCES.index(one.audience))):
        moment, asked = _moment(conference, reminder), asked_moment(conference.starts_at, reminder.minutes_before, conference.timezone)
        planned.append(PlannedReminder(reminder, moment, moment != asked, state_of(conference, reminder, work.now), reached[reminder.audience]))
    return planned


def state_of(conference: Conference, reminder: Reminder, now: datetime) -> str:
    """One of the states of `PlannedReminder`."""
    if reminder.done_for is not None and counts_for(reminder.done_for, conference.starts_at, reminder.minutes_before, conference.timezone):
        return "done"
    if conference.state not in REMINDED_STATES or conference.rehearses_id is not None:
        return "off"
    moment = _moment(conference, reminder)
    if now < moment:
        return "waits"
    if not still_helps(moment, conference.starts_at, now):
        return "missed"
    return "waits" if is_night(now, conference.timezone) else "due"


def organised_reminder(work: Work, conference_id: int, reminder_id: int) -> Reminder:
    """A reminder of a conference the actor organises; raises SignInRequired or NotFound."""
    organised_conference(work, conference_id)
    return _reminder_of(work, conference_id, reminder_id)


def add_reminder(work: Work, conference_id: int, entry: ReminderEntry) -> Reminder:
    """A new reminder; raises Invalid for a value that breaks a rule or for one that there is."""
    planned_conference(work, conference_id)
    _check(work, conference_id, entry, None)
    reminder = Reminder(conference_id=conference_id, audience=entry.audience, minutes_before=entry.minutes_before)
    work.session.add(reminder)
    work.session.flush()
    return reminder


def add_usual_reminders(work: Work, conference_id: int) -> int:
    """Those a new conference has, as far as they are missing here: how many."""
    planned_conference(work, conference_id)
    return make_usual_reminders(work, conference_id)


def change_reminder(work: Work, conference_id: int, reminder_id: int, entry: ReminderEntry, *, seen: ReminderEntry) -> Reminder:
    """Change a reminder that still says what was `seen`: it has not gone out as what it is now. Raises NotFound, EditConflict or Invalid."""
    planned_conference(work, conference_id)
    reminder = _reminder_of(work, conference_id, reminder_id)
    if ReminderEntry(reminder.audience, reminder.minutes_before) != seen:
        raise EditConflict(current=reminder)
    if entry != seen:
        _check(work, conference_id, entry, reminder)
        reminder.audience, reminder.minutes_before, reminder.done_for = entry.audience, entry.minutes_before, None
        work.session.flush()
    return reminder


def remove_reminder(work: Work, conference_id: int, reminder_id: int) -> None:
    """Remove a reminder; raises NotFound."""
    planned_conference(work, conference_id)
    work.session.delete(_reminder_of(work, conference_id, reminder_id))
    work.session.flush()


def _moment(conference: Conference, reminder: Reminder) -> datetime:
    return reminder_moment(conference.starts_at, reminder.minutes_before, conference.timezone)


def _reminder_of(work: Work, conference_id: int, reminder_id: int) -> Reminder:
    found = select(Reminder).where(Reminder.id == reminder_id, Reminder.conference_id == conference_id)
    reminder = work.session.scalar(found.execution_options(populate_existing=True))
    if reminder is None:
        raise NotFound(kind="reminder")
    return reminder


def _check(work: Work, conference_id: int, entry: ReminderEntry, changed: Reminder | None) -> None:
    if entry.audience not in AUDIENCES:
        raise Invalid("audience", "not_a_choice")
    if not 1 <= entry.minutes_before <= MINUTES_MAX:
        raise Invalid("amount", "reminder_range", days=MINUTES_MAX // DAY_MINUTES)
    others = [one for one in work.session.scalars(select(Reminder).where(Reminder.conference_id == conference_id)) if one is not changed]
    if any((one.audience, one.minutes_before) == (entry.audience, entry.minutes_before) for one in others):
        raise Invalid("amount", "reminder_twice")
    if len(others) >= REMINDERS_MAX:
        raise Invalid("amount", "reminders_many", most=REMINDERS_MAX)
