"""Reminders go out: each once for a start, in the transaction that says so; whoever is reminded is looked up in it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from confsvc.domain.outbox import NewMessage, put_mailing
from confsvc.domain.registration_changes import write_change
from confsvc.domain.reminder_audience import people_to_remind, sites_to_remind, units_to_remind
from confsvc.domain.reminder_moments import reminder_moment
from confsvc.domain.reminders import MINUTES_MAX, REMINDED_STATES, state_of
from confsvc.domain.work import Work
from confsvc.models import Conference, Mailing, Reminder

# A reminder that leaves the night can be this much earlier than was asked for.
NIGHT = timedelta(hours=10)


def due_reminders(work: Work) -> list[int]:
    """The ids of the reminders that should go out now; asks no permission, one query."""
    begins = (Conference.starts_at > work.now, Conference.starts_at <= work.now + timedelta(minutes=MINUTES_MAX) + NIGHT)
    coming = select(Conference, Reminder).join(Reminder, Reminder.conference_id == Conference.id)
    coming = coming.where(Conference.state.in_(REMINDED_STATES), Conference.rehearses_id.is_(None), *begins).order_by(Conference.starts_at, Reminder.id)
    return [reminder.id for conference, reminder in work.session.execute(coming) if state_of(conference, reminder, work.now) == "due"]


def remind(work: Work, reminder_id: int) -> Mailing | None:
    """Put the messages of a reminder that is due into the outbox; None where it is not due (any more), or there is nobody to remind.

    For the server itself. The mark that it was done stands in the same transaction, so it goes out once however often a server
    dies and however many servers look.
    """
    of_it = select(Reminder.conference_id).where(Reminder.id == reminder_id)
    locked = select(Conference).where(Conference.id.in_(of_it)).with_for_update(key_share=True).execution_options(populate_existing=True)
    conference = work.session.scalar(locked)
    reminder = work.session.get(Reminder, reminder_id, populate_existing=True)
    if conference is None or reminder is None or state_of(conference, reminder, work.now) != "due":
        return None
    reminder.done_for = conference.starts_at
    work.session.flush()
    due_at = reminder_moment(conference.starts_at, reminder.minutes_before, conference.timezone)
    match reminder.audience:
        case "units":
            purpose, messages = "registration_reminder", _to_units(work, conference, due_at)
        case "delegates":
            purpose, messages = "reminder", people_to_remind(work, conference, due_at=due_at)
        case _:
            purpose, messages = "operator_reminder", sites_to_remind(work, conference)
    return put_mailing(work, conference.id, purpose, messages) if messages else None


def _to_units(work: Work, conference: Conference, due_at: datetime) -> Sequence[NewMessage]:
    """To whom the units' reminder goes; their history says that they were written to."""
    mandates = units_to_remind(work, conference, due_at=due_at)
    for mandate in mandates:
        detail = {"purpose": "registration_reminder", "address": mandate.liaison_email}
        write_change(work, conference, mandate.id, "link_sent", name=mandate.liaison_name, detail=detail)
    return [NewMessage(mandate.liaison_email, mandate.liaison_name or mandate.unit_name, mandate_id=mandate.id) for mandate in mandates]
