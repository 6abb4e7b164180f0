"""Rules of RFC 5545 that hold between the properties of one component: times, alarms, observances, identities."""

import re
from collections import Counter
from collections.abc import Iterator

from tests.itip.client import moment_of, zones_of
from tests.itip.content_lines import Component, Malformed
from tests.itip.zones import Zone

UTC_ONLY = ("DTSTAMP", "CREATED", "LAST-MODIFIED")


def event_offences(calendar: Component) -> Iterator[str]:
    """The rules that a calendar breaks whose lines are right one by one."""
    for component in calendar.walk():
        for line in component.lines:
            if line.name in UTC_ONLY and not line.value.endswith("Z"):
                yield f"RFC 5545 §3.8.7: {line.name} is not in UTC"
    for zone in calendar.components("VTIMEZONE"):
        yield from _observances(zone)
    try:
        zones = zones_of(calendar)
    except Malformed as error:
        yield f"RFC 5545 §3.6.5: {error}"
        return
    for event in calendar.components("VEVENT"):
        yield from _times(event, zones)
        for alarm in event.components("VALARM"):
            yield from _alarm(alarm, event)
    identities = Counter((event.value("UID"), event.value("RECURRENCE-ID")) for event in calendar.components("VEVENT"))
    yield from (f"RFC 5545 §3.8.4.7: {count} entries are {uid!r}" for (uid, _), count in identities.items() if count > 1)
    yield from ("RFC 5545 §3.8.4.7: an empty UID" for uid, _ in identities if not uid)


def _times(event: Component, zones: dict[str, Zone]) -> Iterator[str]:
    start, end = event.one("DTSTART"), event.one("DTEND")
    if end and event.one("DURATION"):
        yield "RFC 5545 §3.6.1: DTEND and DURATION in one entry"
    if end is None:
        return
    if start is None:
        yield "RFC 5545 §3.8.2.2: DTEND without DTSTART"
        return
    if start.parameter("VALUE") != end.parameter("VALUE"):
        yield "RFC 5545 §3.8.2.2: DTEND is of another type than DTSTART"
        return
    if start.parameter("VALUE") == "DATE":
        ends_later = start.value < end.value
    else:
        floating = [line.parameter("TZID") is None and not line.value.endswith("Z") for line in (start, end)]
        if floating[0] != floating[1]:
            yield "RFC 5545 §3.8.2.2: one of DTSTART and DTEND floats"
            return
        ends_later = start.value < end.value if floating[0] else moment_of(start, zones) < moment_of(end, zones)
    if not ends_later:
        yield f"RFC 5545 §3.8.2.2: DTEND {end.value} is not later than DTSTART {start.value}"


def _alarm(alarm: Component, event: Component) -> Iterator[str]:
    action, trigger = alarm.value("ACTION"), alarm.one("TRIGGER")
    if (alarm.one("DURATION") is None) != (alarm.one("REPEAT") is None):
        yield "RFC 5545 §3.6.6: DURATION and REPEAT come together"
    needed = {"DISPLAY": ("DESCRIPTION",), "EMAIL": ("DESCRIPTION", "SUMMARY", "ATTENDEE")}.get(action or "", ())
    yield from (f"RFC 5545 §3.6.6: {action} without {name}" for name in needed if not alarm.one(name))
    if action == "AUDIO" and len(alarm.all("ATTACH")) > 1:
        yield "RFC 5545 §3.6.6: AUDIO with more than one ATTACH"
    if trigger is None:
        return
    if trigger.parameter("VALUE") == "DATE-TIME":
        if not trigger.value.endswith("Z"):
            yield "RFC 5545 §3.8.6.3: an absolute TRIGGER is not in UTC"
        if trigger.parameter("RELATED"):
            yield "RFC 5545 §3.8.6.3: an absolute TRIGGER is related to something"
        return
    related = trigger.parameter("RELATED") or "START"
    if not event.one("DTSTART") or (related == "END" and not (event.one("DTEND") or event.one("DURATION"))):
        yield f"RFC 5545 §3.8.6.3: TRIGGER counts from the {related}, which the entry does not have"


def _observances(zone: Component) -> Iterator[str]:
    for observance in zone.parts:
        for line in observance.lines:
            if line.name in ("DTSTART", "RDATE") and (line.parameters or line.value.endswith("Z")):
                yield f"RFC 5545 §3.6.5: {line.name} of {observance.name} is no local time"
            if line.name == "RRULE" and re.search("UNTIL=[^;]*[^Z;](?:;|$)", line.value):
                yield f"RFC 5545 §3.3.10: UNTIL of {observance.name} is not in UTC"
