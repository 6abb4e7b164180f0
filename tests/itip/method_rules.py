"""Rules of RFC 5546: what the VEVENTs of each METHOD must and must not hold."""

from collections.abc import Iterator

from tests.itip.content_lines import Component
from tests.itip.grammar import METHODS, ONE_UID, STATUSES, WITHOUT_ALARMS


def method_offences(calendar: Component) -> Iterator[str]:
    """The rules of its METHOD that a calendar breaks; without METHOD it only has to say when its entries begin."""
    events = calendar.components("VEVENT")
    method = calendar.value("METHOD")
    if method is None:
        yield from ("RFC 5545 §3.6.1: without METHOD, DTSTART is required" for event in events if not event.one("DTSTART"))
        return
    if not events:
        yield f"RFC 5546 §3.2: {method} without VEVENT"
    if method in ONE_UID and len({event.value("UID") for event in events}) > 1:
        yield f"RFC 5546 §3.2: the entries of one {method} have several UIDs"
    for event in events:
        yield from _event(method, event)


def _event(method: str, event: Component) -> Iterator[str]:
    for name, (least, most) in METHODS.get(method, {}).items():
        count = len(event.all(name))
        if not least <= count <= most:
            yield f"RFC 5546 §3.2: {method} has {name} {count} times"
    if len(event.all("CONTACT")) > 1:
        yield f"RFC 5546 §3.2: {method} has CONTACT {len(event.all('CONTACT'))} times"
    status = event.value("STATUS")
    if status and status not in STATUSES.get(method, {status}):
        yield f"RFC 5546 §3.2: {method} with STATUS {status}"
    if method in WITHOUT_ALARMS and event.components("VALARM"):
        yield f"RFC 5546 §3.2: {method} with VALARM"
    if event.one("RRULE") and event.one("RECURRENCE-ID"):
        yield "RFC 5546 §3.2: RRULE beside RECURRENCE-ID"
