"""The reminders a conference begins with."""

from sqlalchemy import delete, select

from confsvc.domain.reminder_moments import DAY_MINUTES
from confsvc.domain.work import Work
from confsvc.models import Reminder

AUDIENCES = ("units", "delegates", "operators")
# Whom, and how many minutes before the start.
USUAL = (("units", 3 * DAY_MINUTES), ("delegates", DAY_MINUTES), ("operators", DAY_MINUTES), ("delegates", 60), ("operators", 60))


def make_usual_reminders(work: Work, conference_id: int) -> int:
    """Give a conference those of the usual reminders that it does not have: how many. Asks no permission."""
    standing = {(one.audience, one.minutes_before) for one in work.session.scalars(select(Reminder).where(Reminder.conference_id == conference_id))}
    missing = [rule for rule in USUAL if rule not in standing]
    work.session.add_all(Reminder(conference_id=conference_id, audience=audience, minutes_before=minutes) for audience, minutes in missing)
    work.session.flush()
    return len(missing)


def copy_reminders(work: Work, pattern_id: int, conference_id: int) -> None:
    """Give a conference the reminders of another one in place of its own, none of them done yet. Asks no permission."""
    pattern = work.session.scalars(select(Reminder).where(Reminder.conference_id == pattern_id).order_by(Reminder.id)).all()
    work.session.execute(delete(Reminder).where(Reminder.conference_id == conference_id))
    work.session.add_all(Reminder(conference_id=conference_id, audience=one.audience, minutes_before=one.minutes_before) for one in pattern)
    work.session.flush()
