"""Messages in the outbox for tests, and the plainest way to write one."""

import zlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from confsvc.domain.outbox import NewMessage, Outgoing, Written, claim_message, put_mailing
from confsvc.domain.work import Work
from confsvc.models import CalendarEntry, Conference, Delegate, Mailing, Message
from confsvc.schemas.letters import Letter
from confsvc.schemas.mime import pack_letter

SENDER = "hop@example.org"
LEASE = timedelta(minutes=3)
PATIENCE = timedelta(hours=48)


def put(work: Work, conference: Conference, count: int = 1, purpose: str = "reminder") -> Mailing:
    """A run of `count` messages, to nguoi-0@example.org and so on."""
    return put_mailing(work, conference.id, purpose, [NewMessage(f"nguoi-{n}@example.org", f"Người thứ {n}") for n in range(count)])


def put_about(work: Work, entry: CalendarEntry, *, is_test: bool = False) -> Mailing:
    return put_mailing(work, entry.conference_id, "calendar", [NewMessage("dina@example.org", "Dina", entry.id, is_test=is_test)])


def make_entry(work: Work, delegate: Delegate) -> CalendarEntry:
    scope = {"conference_id": delegate.conference_id, "delegate_id": delegate.id, "scope": "conference"}
    entry = CalendarEntry(**scope, uid=work.new_id(), fingerprint="", changed_at=work.now)
    work.session.add(entry)
    work.session.flush()
    return entry


@dataclass(frozen=True)
class Calendar:
    """The calendar part of a letter."""

    method: str = "REQUEST"
    ics: bytes = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20230101T000000Z\r\n"
        "DTSTART:20230116T070000Z\r\nDTEND:20230116T100000Z\r\nSUMMARY:Hội nghị tổng kết\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


def make_refused(work: Work, delegate: Delegate) -> Message:
    """A message to this delegate that was written, tried and refused."""
    mailing = put_mailing(work, delegate.conference_id, "calendar", [NewMessage("dina@example.org", delegate.full_name, delegate_id=delegate.id)])
    message = work.session.scalars(select(Message).where(Message.mailing_id == mailing.id)).one()
    text = ("Kính mời đồng chí", "<!doctype html><title>Giấy mời</title><p>Kính mời đồng chí")
    letter = Letter("invitation", ("vi",), "Sở Nội vụ", delegate.full_name, message.to_address, "Giấy mời", *text, Calendar())
    message.message_id = f"<{work.new_id()}@example.org>"
    message.body = zlib.compress(pack_letter(letter, sender=SENDER, name=message.message_id, written_at=work.now))
    message.state, message.subject, message.attempts, message.error = "failed", letter.subject, 1, "550 5.1.1 no such user"
    work.session.flush()
    return message


def write(work: Work, message: Message, name: str) -> Written:
    """Says whom it is for, and nothing else."""
    return Written(message.to_name, message.to_address, f"Gửi {message.to_name}", f"Message-ID: {name}\r\n\r\n{message.to_address}\r\n".encode())


def claim(work: Work, lease: timedelta = LEASE) -> Outgoing | None:
    return claim_message(work, write, sender=SENDER, lease=lease)


def claim_next(work: Work) -> Outgoing:
    outgoing = claim(work)
    assert outgoing
    return outgoing
