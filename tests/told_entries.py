"""Calendar entries that went out by mail, and the messages that took them there, as if they had."""

from typing import Any

from confsvc.domain.calendar_holding import read_ground, read_holders
from confsvc.domain.work import Work
from confsvc.models import CalendarEntry, Conference, Delegate
from confsvc.models.mail import Message


def tell_entry(work: Work, delegate: Delegate, scope: str = "conference", **changes: Any) -> CalendarEntry:
    """The delegate's calendar holds what is true now; `sequence` is what it was told with."""
    ground = read_ground(work, work.session.get_one(Conference, delegate.conference_id))
    [holder] = read_holders(work, delegate.conference_id, delegate_id=delegate.id)
    content = ground.content(holder, scope)
    mark = content.fingerprint()
    told = {"name": delegate.full_name, "sequence": changes.get("sequence", 0), "content": content.as_json()}
    values = {"conference_id": delegate.conference_id, "delegate_id": delegate.id, "scope": scope, "uid": work.new_id(), "fingerprint": mark}
    values |= {"changed_at": work.now, "told_to": delegate.email, "told": told, "told_fingerprint": mark, "told_at": work.now}
    entry = CalendarEntry(**{**values, **changes})
    work.session.add(entry)
    work.session.flush()
    return entry


def send_message(work: Work, conference: Conference, message_id: str, to_address: str, **changes: Any) -> Message:
    """A message that was sent under this Message-ID."""
    values = {"conference_id": conference.id, "purpose": "calendar", "to_address": to_address, "state": "sent", "message_id": message_id}
    values |= {"due_at": work.now, "created_at": work.now, "sent_at": work.now}
    message = Message(**{**values, **changes})
    work.session.add(message)
    work.session.flush()
    return message
