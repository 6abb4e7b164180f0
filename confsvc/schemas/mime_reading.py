"""A message of ours read again, for an organiser who opens it: headers in words, the parts, and what its calendar part says."""

import email
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import decode_header, make_header
from email.message import Message
from typing import Any

from icalendar import Calendar

LINE_FOLD = "\r\n "


@dataclass(frozen=True, slots=True)
class CalendarWords:
    """What the calendar part says: RFC 5546 METHOD, the entry's own words, and `source`, the whole of it with its lines unfolded."""

    method: str
    title: str
    place: str
    starts_at: datetime | None
    ends_at: datetime | None
    sequence: int
    source: str


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """Headers in their order, decoded; `calendar` where there is one."""

    headers: Sequence[tuple[str, str]]
    text: str
    html: str
    calendar: CalendarWords | None


def read_message_parts(data: bytes) -> ReadMessage:
    """The parts of a message that `pack_letter` made."""
    message = email.message_from_bytes(data)
    found = {part.get_content_type(): part for part in message.walk() if not part.is_multipart()}
    calendar = found.get("text/calendar")
    return ReadMessage(
        headers=[(name, _decoded(str(value))) for name, value in message.items()],
        text=_content(found.get("text/plain")),
        html=_content(found.get("text/html")),
        calendar=_calendar(_content(calendar)) if calendar is not None else None,
    )


def _decoded(value: str) -> str:
    return str(make_header(decode_header("".join(value.splitlines()))))


def _content(part: "Message[str, str] | None") -> str:
    payload = part.get_payload(decode=True) if part is not None else b""
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _calendar(source: str) -> CalendarWords:
    calendar = Calendar.from_ical(source)
    event: Any = next(iter(calendar.walk("VEVENT")), {})
    starts, ends = event.get("DTSTART"), event.get("DTEND")
    return CalendarWords(
        method=str(calendar.get("METHOD", "")),
        title=str(event.get("SUMMARY", "")),
        place=str(event.get("LOCATION", "")),
        starts_at=starts.dt if starts is not None else None,
        ends_at=ends.dt if ends is not None else None,
        sequence=int(event.get("SEQUENCE", 0)),
        source=source.replace(LINE_FOLD, ""),
    )
