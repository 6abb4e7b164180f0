"""A mail as its recipient's program takes it apart (RFC 5322, 2045-2047), and the rules for one that carries a calendar (RFC 6047)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from tests.itip.checker import offences
from tests.itip.content_lines import Malformed, parse_calendar


@dataclass(frozen=True, slots=True)
class Mail:
    """What the recipient sees, and what their calendar program is given; `method` as the mail itself names it."""

    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    text: str
    html: str
    calendar: bytes | None
    method: str


def read_mail(data: bytes) -> Mail:
    """Take a mail apart."""
    message = message_from_bytes(data)
    [sender] = [address for _, address in getaddresses([str(message["From"])])]
    part = _part(message, "text/calendar")
    return Mail(
        sender=sender,
        recipients=tuple(address for _, address in getaddresses(message.get_all("To", []))),
        subject=str(make_header(decode_header(message["Subject"]))),
        message_id=str(message["Message-ID"]),
        text=_text(message, "text/plain"),
        html=_text(message, "text/html"),
        calendar=_payload(part) if part else None,
        method=str(part.get_param("method", "")) if part else "",
    )


def mail_offences(data: bytes) -> list[str]:
    """Every rule that a mail breaks, those of its calendar included."""
    message = message_from_bytes(data)
    found = [*_headers(data, message)]
    calendars = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    # One alternative to the words; the same once more as a file to be saved is customary.
    shown = [part for part in calendars if part.get_content_disposition() != "attachment"]
    if len(shown) > 1:
        found.append("RFC 6047 §2.4: several calendars in one mail")
    for part in calendars:
        found += _calendar_part(part)
    if len({_payload(part) for part in calendars}) > 1:
        found.append("the calendars of one mail differ")
    return found


def _headers(data: bytes, message: Message) -> Iterator[str]:
    if re.search(rb"\r(?!\n)|(?<!\r)\n", data):
        yield "RFC 5322 §2.3: half a line break"
    yield from (f"RFC 5322 §2.1.1: a line of {len(row)} octets" for row in data.split(b"\r\n") if len(row) > 998)
    head, _, _ = data.partition(b"\r\n\r\n")
    if not head.isascii():
        yield "RFC 5322 §2.2: a header field that is not ASCII"
    for name in ("From", "Date", "Message-ID", "To", "Subject", "MIME-Version"):
        if len(message.get_all(name, [])) != 1:
            yield f"RFC 5322 §3.6: {name} stands there {len(message.get_all(name, []))} times"
    if not re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", str(message["Message-ID"])):
        yield f"RFC 5322 §3.6.4: {message['Message-ID']} is no Message-ID"
    if parsedate_to_datetime(str(message["Date"])).tzinfo is None:
        yield "RFC 5322 §3.3: Date has no zone"
    yield from (f"the mail has a defect: {defect!r}" for part in message.walk() for defect in part.defects)


def _calendar_part(part: Message) -> Iterator[str]:
    data = _payload(part)
    yield from offences(data)
    try:
        method = parse_calendar(data).value("METHOD")
    except Malformed:
        return
    said = part.get_param("method")
    if (said or part.get_content_disposition() != "attachment") and str(said).upper() != (method or "").upper():
        yield f"RFC 6047 §2.4: the mail says {said!r}, its calendar {method!r}"
    if str(part.get_param("charset", "us-ascii")).lower() != "utf-8" and not data.isascii():
        yield "RFC 6047 §2.4: the calendar is UTF-8, and the mail does not say so"
    if str(part.get_param("component", "VEVENT")).upper() != "VEVENT":
        yield "RFC 5545 §8.1: component is not VEVENT"


def _part(message: Message, kind: str) -> Message | None:
    parts = (part for part in message.walk() if part.get_content_type() == kind and part.get_content_disposition() != "attachment")
    return next(parts, None)


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(message: Message, kind: str) -> str:
    part = _part(message, kind)
    return _payload(part).decode(part.get_content_charset() or "ascii") if part else ""
