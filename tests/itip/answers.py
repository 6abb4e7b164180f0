"""What an attendee's calendar program answers (RFC 5546 §3.2.3, §3.2.7) and the mail that carries it (RFC 6047)."""

from datetime import datetime
from email.message import EmailMessage

from tests.itip.client import CalendarClient
from tests.itip.content_lines import Line, escape, fold


def answer(client: CalendarClient, uid: str, partstat: str, at: datetime, *, comment: str = "", attendee: str = "") -> bytes:
    """A REPLY about an entry that this calendar holds; `attendee` is whoever it claims to speak for."""
    event = client.held[uid, None].event
    organizer = event.value("ORGANIZER") or ""
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//an attendee//tests//EN",
        "VERSION:2.0",
        "METHOD:REPLY",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"SEQUENCE:{client.held[uid, None].order[0]}",
        f"DTSTAMP:{at:%Y%m%dT%H%M%SZ}",
        f"ORGANIZER:{organizer}",
        f"ATTENDEE;PARTSTAT={partstat}:mailto:{attendee or client.address}",
        *([f"COMMENT:{escape(comment)}"] if comment else []),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(map(fold, lines))


def propose(client: CalendarClient, uid: str, starts_at: datetime, ends_at: datetime, at: datetime, *, comment: str = "") -> bytes:
    """A COUNTER: another time for an entry that this calendar holds, in UTC."""
    event = client.held[uid, None].event
    summary: Line | None = event.one("SUMMARY")
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//an attendee//tests//EN",
        "VERSION:2.0",
        "METHOD:COUNTER",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"SEQUENCE:{client.held[uid, None].order[0]}",
        f"DTSTAMP:{at:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{starts_at:%Y%m%dT%H%M%SZ}",
        f"DTEND:{ends_at:%Y%m%dT%H%M%SZ}",
        f"ORGANIZER:{event.value('ORGANIZER')}",
        f"ATTENDEE;PARTSTAT=TENTATIVE:mailto:{client.address}",
        f"SUMMARY:{summary.value if summary else ''}",
        *([f"COMMENT:{escape(comment)}"] if comment else []),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(map(fold, lines))


def as_mail(calendar: bytes, method: str, sender: str, recipient: str, *, message_id: str) -> bytes:
    """The mail of a calendar program: the words, and the calendar as an alternative to them."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = sender, recipient, message_id
    mail["Subject"] = f"{method.title()}: Hội nghị"
    mail.set_content("Trả lời thư mời.\n")
    mail.add_alternative(calendar, maintype="text", subtype="calendar", cte="base64", params={"method": method, "charset": "utf-8"})
    return mail.as_bytes()
