"""DECLINECOUNTER: what a person's calendar is told when their proposal is not taken up (RFC 5546 §3.2.8)."""

from sqlalchemy import select

from confsvc.domain.calendar import Guest, Origin, build_message, serialize_calendar
from confsvc.domain.calendar_content import content_from_json
from confsvc.domain.calendar_entries import Entry
from confsvc.domain.calendar_parts import CalendarPart, Voice
from confsvc.domain.work import Work
from confsvc.models import CalendarEntry
from confsvc.models.mail import Message, Received


def declined_counter_part(work: Work, message: Message, voice: Voice) -> CalendarPart | None:
    """The part of a message of purpose `counter_declined`: the entry as the recipient's calendar holds it, under the SEQUENCE they answered.

    None where the calendar does not hold it any more. It changes nothing in the calendar, so nothing is noted as told.
    """
    proposals = select(Received).where(Received.delegate_id == message.delegate_id, Received.kind == "counter", Received.outcome == "settled")
    proposal = next((row for row in work.session.scalars(proposals) if row.detail.get("declined_by_message") == message.id), None)
    row = work.session.get(CalendarEntry, proposal.entry_id) if proposal and proposal.entry_id else None
    if proposal is None or row is None or row.told is None or row.cancelled_at is not None or row.told_to != message.to_address:
        return None
    content, sequence = content_from_json(row.told["content"]), int(proposal.detail.get("answered_sequence", 0))
    guest = Guest(row.told["name"], row.told_to, content.reply)
    origin = Origin(voice.personal_page(content.link_token), voice.mail_from)
    built = build_message(Entry(content, row.uid, sequence, row.changed_at), voice.words, origin, guest, "DECLINECOUNTER", work.now)
    return CalendarPart("DECLINECOUNTER", serialize_calendar(built), guest.name, guest.address, content, (), False, row.uid, sequence)
