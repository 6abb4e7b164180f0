"""Small iCalendar objects, written by hand, for the tests of the readers themselves."""

from tests.itip.content_lines import fold

BERLIN = """\
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
DTSTART:19810329T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE"""
EVENT = """\
BEGIN:VEVENT
UID:a-1
SEQUENCE:0
DTSTAMP:20240101T000000Z
DTSTART;TZID=Europe/Berlin:20240701T090000
DTEND;TZID=Europe/Berlin:20240701T110000
SUMMARY:Họp\\, bàn\\; không
LOCATION:Phòng 1
ORGANIZER;CN=Host:mailto:host@example.org
ATTENDEE;CN="Dina; A";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:dina@example.org
STATUS:CONFIRMED
TRANSP:OPAQUE
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT1H
DESCRIPTION:Họp
END:VALARM
END:VEVENT"""
ATTENDEE = 'ATTENDEE;CN="Dina; A";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:dina@example.org\n'
ALARM = EVENT[EVENT.index("BEGIN:VALARM") : EVENT.index("END:VEVENT")]


def calendar(method: str = "REQUEST", *, event: str = EVENT, zone: str = BERLIN) -> str:
    """A calendar of one entry as text, one content line a row, unfolded."""
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//tests//EN\nMETHOD:{method}\n{zone}\n{event}\nEND:VCALENDAR\n"


def request(**changes: str) -> bytes:
    """A REQUEST with these properties changed by name; `value` may hold parameters before its colon."""
    return as_octets(calendar(event=changed(EVENT, changes)))


def cancel(**changes: str) -> bytes:
    """The CANCEL of it, its SEQUENCE raised."""
    event = changed(EVENT.replace(ALARM, ""), {"SEQUENCE": "1", "STATUS": "CANCELLED", "DTSTAMP": "20240102T000000Z", **changes})
    return as_octets(calendar("CANCEL", event=event))


def changed(event: str, changes: dict[str, str]) -> str:
    rows = event.split("\n")
    for name, value in changes.items():
        [at] = [number for number, row in enumerate(rows) if row.startswith((f"{name}:", f"{name};"))]
        rows[at] = name + (value if value.startswith(";") else f":{value}")
    return "\n".join(rows)


def as_octets(text: str) -> bytes:
    """Folded, CR LF at the end of each line."""
    return b"".join(fold(row) for row in text.removesuffix("\n").split("\n"))
