"""What a REPLY or a COUNTER says (RFC 5546 §3.2.3, §3.2.7), as Outlook, Google, Apple and others write them.

Lines are split by icalendar; components are put together here. Its own parser believes every VTIMEZONE it is sent: it would keep a
stranger's zone for all later calendars, and unroll a rule that repeats every second.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from icalendar.parser import Contentline, Contentlines
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from confsvc.domain.inbound_mail import CalendarAnswer, Proposal
from confsvc.domain.text import clean
from confsvc.schemas.mail_headers import mailto_address

CALENDAR_MAX_CHARACTERS = 256 * 1024
LINES_MAX = 5_000
EVENTS_MAX = 20
TEXT_MAX_CHARACTERS = 500
ANSWERING = ("REPLY", "COUNTER")
# Where clients put what the person typed beside their answer, the standard's own place first: others, Google's, Apple's.
COMMENT_PROPERTIES = ("COMMENT", "X-CALENDARSERVER-ATTENDEE-COMMENT")
COMMENT_PARAMETER = "X-RESPONSE-COMMENT"
_MOMENT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?")
_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})(?:\d{2})?")


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    parameters: dict[str, str]
    value: str


@dataclass(slots=True)
class _Component:
    """A BEGIN…END block; the properties of blocks inside it are their own."""

    name: str
    properties: list[_Property] = field(default_factory=list)

    def all(self, name: str) -> list[_Property]:
        return [one for one in self.properties if one.name == name]

    def value(self, name: str) -> str:
        found = self.all(name)
        return found[0].value if found else ""


def read_answers(text: str, method: str = "") -> list[CalendarAnswer]:
    """The answers in the text of one calendar part; `method` is the MIME part's, for calendars that do not say. Never raises."""
    components = list(_components(text[:CALENDAR_MAX_CHARACTERS]))
    said = next((one.value("METHOD") for one in components if one.name == "VCALENDAR" and one.value("METHOD")), method)
    method = clean(said).upper()
    if method not in ANSWERING:
        return []
    zones = {clean(one.value("TZID")): one for one in components if one.name == "VTIMEZONE"}
    offsets = {tzid: _only_offset([part for part in components if part.name in ("STANDARD", "DAYLIGHT")]) for tzid in zones} if len(zones) == 1 else {}
    events = [one for one in components if one.name == "VEVENT"][:EVENTS_MAX]
    return [_answer(method, event, offsets) for event in events]


def _components(text: str) -> Iterator[_Component]:
    """Every component with the properties that stand directly in it, at whatever depth."""
    stack: list[_Component] = []
    lines = Contentlines.from_ical(text.replace("\0", ""))  # type: ignore[no-untyped-call]  # icalendar leaves it untyped
    for line in lines[:LINES_MAX]:
        read = _property(line)
        if read is None:
            continue
        if read.name == "BEGIN":
            stack.append(_Component(clean(read.value).upper()))
            yield stack[-1]
        elif read.name == "END":
            del stack[-1:]
        elif stack:
            stack[-1].properties.append(read)


def _property(line: Contentline) -> _Property | None:
    """One content line, or None if it cannot be read."""
    if not line:
        return None
    try:
        name, parameters, value = line.parts()
        read = {str(key).upper(): ",".join(given) if isinstance(given, list) else str(given) for key, given in parameters.items()}
    except (ValueError, KeyError, IndexError):
        return None
    return _Property(str(name).upper(), read, str(value))


def _answer(method: str, event: _Component, offsets: dict[str, tzinfo | None]) -> CalendarAnswer:
    attendees = event.all("ATTENDEE")
    # An answer speaks for one; one that names several says nothing about whose it is (RFC 5546 §3.2.3).
    attendee = attendees[0] if len(attendees) == 1 else _Property("ATTENDEE", {}, "")
    comments = [*(event.value(name) for name in COMMENT_PROPERTIES), attendee.parameters.get(COMMENT_PARAMETER, "")]
    return CalendarAnswer(
        method=method,
        uid=clean(event.value("UID"))[:TEXT_MAX_CHARACTERS],
        attendee=mailto_address(attendee.value),
        partstat=clean(attendee.parameters.get("PARTSTAT", "")).upper()[:40],
        sequence=_number(event.value("SEQUENCE")),
        stamped_at=_stamp(event),
        comment=next((text for comment in comments if (text := _text(comment))), ""),
        delegated_to=mailto_address(attendee.parameters.get("DELEGATED-TO", "")),
        proposal=_proposal(event, offsets) if method == "COUNTER" else Proposal(),
    )


def _proposal(event: _Component, offsets: dict[str, tzinfo | None]) -> Proposal:
    start, end = (_moment(event.all(name), offsets) for name in ("DTSTART", "DTEND"))
    return Proposal(start, end, _text(event.value("LOCATION")))


def _stamp(event: _Component) -> datetime | None:
    stamp = _moment(event.all("DTSTAMP"), {})
    return stamp.replace(tzinfo=stamp.tzinfo or UTC) if stamp else None


def _text(value: str) -> str:
    return clean(value)[:TEXT_MAX_CHARACTERS].strip()


def _number(value: str) -> int:
    digits = value.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0


def _moment(properties: list[_Property], offsets: dict[str, tzinfo | None]) -> datetime | None:
    """A DATE-TIME or a DATE (its midnight); naive where its zone is not known."""
    read = _MOMENT.fullmatch(properties[0].value.strip()) if properties else None
    if not read:
        return None
    *numbers, utc = read.groups(default="")
    try:
        moment = datetime(*(int(number or 0) for number in numbers), tzinfo=UTC if utc else None)  # type: ignore[misc, arg-type]  # six numbers
        if utc:
            return moment
        aware = moment.replace(tzinfo=_zone(properties[0].parameters.get("TZID", ""), offsets))
        # Some moments of the first and last year have no UTC.
        return aware.astimezone(UTC) if aware.tzinfo else moment
    except (ValueError, OverflowError):
        return None


def _zone(tzid: str, offsets: dict[str, tzinfo | None]) -> tzinfo | None:
    """The zone of this name: of IANA, of Windows, or one that the calendar itself says never changes its clocks."""
    name = clean(tzid)
    try:
        return ZoneInfo(WINDOWS_TO_OLSON.get(name, name))
    except (KeyError, OSError, ValueError):
        return offsets.get(name)


def _only_offset(observances: list[_Component]) -> tzinfo | None:
    """The offset of a VTIMEZONE that has but one; its rules are not followed."""
    found = {one.value("TZOFFSETTO").strip() for one in observances}
    read = _OFFSET.fullmatch(found.pop()) if len(found) == 1 else None
    if not read:
        return None
    hours, minutes = int(read[2]), int(read[3])
    if hours > 14 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(offset if read[1] == "+" else -offset)
