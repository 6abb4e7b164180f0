"""A recipient's calendar that knows nothing but the messages it was sent (RFC 5546), written from the RFC alone.

`CalendarClient` takes what arrives in any order, keeps what the newest message says (§2.1.5), and shows its entries to a viewer in any
time zone. What an organizer must not do, but a lenient program would swallow, is kept in `complaints`.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tests.itip.content_lines import Component, Line, Malformed, parse_calendar, unescape
from tests.itip.values import read_date_time, read_duration
from tests.itip.zones import Zone

# §2.1.4: with these the organizer raises the SEQUENCE.
WEIGHTY = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "STATUS")
# What may differ between two messages without anything having changed that a calendar shows.
ADMINISTRATIVE = ("DTSTAMP", "SEQUENCE", "LAST-MODIFIED", "CREATED", "ATTENDEE", "REQUEST-STATUS")
Key = tuple[str, datetime | None]


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry as its reader sees it: times in the viewer's zone, alarms as the moments at which they ring."""

    uid: str
    sequence: int
    summary: str
    location: str
    description: str
    status: str
    starts_at: datetime
    ends_at: datetime
    url: str = ""
    partstat: str = ""
    busy: bool = True
    organizer: str = ""
    alarms: tuple[datetime, ...] = ()


@dataclass(slots=True)
class Held:
    """The newest word on one entry."""

    event: Component
    zones: dict[str, Zone]
    order: tuple[int, datetime]
    cancelled: bool = False


@dataclass(slots=True)
class CalendarClient:
    """The calendar of one address."""

    address: str
    held: dict[Key, Held] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def receive(self, data: bytes) -> list[str]:
        """Take one iTIP message; what became of each of its entries: added, updated, renewed, cancelled, seen, outdated, refused."""
        calendar = parse_calendar(data)
        method = (calendar.value("METHOD") or "").upper()
        take = {"PUBLISH": self._put, "REQUEST": self._put_invited, "CANCEL": self._cancel, "DECLINECOUNTER": self._note}.get(method)
        if take is None:
            return [self._complain(f"METHOD {method!r} is not sent to an attendee")]
        zones = zones_of(calendar)
        return [take(Held(event, zones, _order(event))) for event in calendar.components("VEVENT")]

    def shown(self, viewer: str = "UTC") -> list[Shown]:
        """The entries that are not cancelled, by their beginning, to a viewer in this zone."""
        zone = ZoneInfo(viewer)
        return sorted((show(one, zone, self.address) for one in self.held.values() if not one.cancelled), key=lambda one: (one.starts_at, one.uid))

    def _put_invited(self, new: Held) -> str:
        attendees = [line.value.casefold() for line in new.event.all("ATTENDEE")]
        if f"mailto:{self.address}".casefold() not in attendees:
            return self._complain(f"a REQUEST to {self.address} names {attendees}")
        return self._put(new)

    def _put(self, new: Held) -> str:
        key = _key(new)
        old = self.held.get(key)
        if old is None:
            self.held[key] = new
            return "added"
        if new.order <= old.order:
            return "seen" if new.order == old.order else "outdated"
        self._compare(old, new)
        self.held[key] = new
        if key[1] is None:
            self._forget_instances(key[0], new.order[0])
        return "updated" if new.order[0] > old.order[0] else "renewed"

    def _cancel(self, new: Held) -> str:
        uid, instance = _key(new)
        known = [key for key in self.held if key[0] == uid and instance in (None, key[1])]
        if not known:
            return self._complain(f"CANCEL of {uid}, which {self.address} never held")
        if all(self.held[key].order >= new.order for key in known):
            return "seen" if any(self.held[key].order == new.order for key in known) else "outdated"
        for key in known:
            old = self.held[key]
            if new.order[0] <= old.order[0]:
                self._complain(f"CANCEL of {uid} does not raise SEQUENCE {old.order[0]}")
            if old.cancelled:
                self._complain(f"CANCEL of {uid}, which is cancelled already")
            self._check_organizer(old, new)
            self.held[key] = Held(old.event, old.zones, new.order, cancelled=True)
        return "cancelled"

    def _note(self, new: Held) -> str:
        if _key(new) not in self.held:
            return self._complain(f"DECLINECOUNTER about {_key(new)[0]}, which {self.address} never held")
        return "counter declined"

    def _compare(self, old: Held, new: Held) -> None:
        uid = _key(new)[0]
        raised, revived = new.order[0] > old.order[0], old.cancelled
        self._check_organizer(old, new)
        changed = [name for name in WEIGHTY if old.event.all(name) != new.event.all(name)]
        if changed and not raised:
            self._complain(f"{uid}: {changed} changed, SEQUENCE stayed {new.order[0]}")
        if raised and not revived and _everything(old.event) == _everything(new.event):
            self._complain(f"{uid}: SEQUENCE rose to {new.order[0]}, and nothing changed")

    def _check_organizer(self, old: Held, new: Held) -> None:
        if old.event.value("ORGANIZER") != new.event.value("ORGANIZER"):
            self._complain(f"{_key(new)[0]}: another ORGANIZER speaks")

    def _forget_instances(self, uid: str, sequence: int) -> None:
        for key in [key for key, one in self.held.items() if key[0] == uid and key[1] is not None and one.order[0] < sequence]:
            del self.held[key]

    def _complain(self, complaint: str) -> str:
        self.complaints.append(complaint)
        return "refused"


def zones_of(calendar: Component) -> dict[str, Zone]:
    """TZID → the clock that this very object describes."""
    return {zone.tzid: zone for zone in map(Zone, calendar.components("VTIMEZONE"))}


def moment_of(line: Line, zones: dict[str, Zone]) -> datetime:
    """The moment a DATE-TIME property names; a floating time names none."""
    moment, tzid = read_date_time(line.value), line.parameter("TZID")
    if moment.tzinfo is not None:
        return moment
    if tzid not in zones:
        raise Malformed(f"{line.name} has no time zone that the object describes")
    return zones[tzid].in_utc(moment)


def read_feed(data: bytes, viewer: str = "UTC") -> list[Shown]:
    """What a subscriber in this zone sees: a feed is whole each time it is fetched."""
    calendar = parse_calendar(data)
    zones, zone = zones_of(calendar), ZoneInfo(viewer)
    events = [show(Held(event, zones, _order(event)), zone, "") for event in calendar.components("VEVENT")]
    return sorted(events, key=lambda one: (one.starts_at, one.uid))


def show(held: Held, zone: ZoneInfo, address: str) -> Shown:
    """One entry to a viewer in this zone; PARTSTAT as the ATTENDEE of this address has it, NEEDS-ACTION if nothing is said."""
    event = held.event
    start, end = (event.one(name) for name in ("DTSTART", "DTEND"))
    if start is None:
        raise Malformed(f"{event.value('UID')} has no beginning")
    starts_at = moment_of(start, held.zones)
    ends_at = moment_of(end, held.zones) if end else starts_at + read_duration(event.value("DURATION") or "PT0S")
    mine = [line for line in event.all("ATTENDEE") if line.value.casefold() == f"mailto:{address}".casefold()]
    alarms = (_rings_at(alarm, starts_at, ends_at) for alarm in event.components("VALARM"))
    return Shown(
        uid=event.value("UID") or "",
        sequence=held.order[0],
        summary=event.text("SUMMARY"),
        location=event.text("LOCATION"),
        description=event.text("DESCRIPTION"),
        status=event.value("STATUS") or "",
        starts_at=starts_at.astimezone(zone),
        ends_at=ends_at.astimezone(zone),
        url=event.value("URL") or "",
        partstat=(mine[0].parameter("PARTSTAT") or "NEEDS-ACTION") if mine else "",
        busy=event.value("TRANSP") != "TRANSPARENT",
        organizer=event.value("ORGANIZER") or "",
        alarms=tuple(sorted(at.astimezone(zone) for at in alarms)),
    )


def _rings_at(alarm: Component, starts_at: datetime, ends_at: datetime) -> datetime:
    trigger = alarm.one("TRIGGER")
    if trigger is None:
        raise Malformed("a VALARM without TRIGGER")
    if trigger.parameter("VALUE") == "DATE-TIME":
        return read_date_time(trigger.value)
    before: timedelta = read_duration(trigger.value)
    return (ends_at if trigger.parameter("RELATED") == "END" else starts_at) + before


def _order(event: Component) -> tuple[int, datetime]:
    """§2.1.5: the higher SEQUENCE is newer, and of one SEQUENCE the later DTSTAMP; no SEQUENCE is 0."""
    stamp = read_date_time(event.value("DTSTAMP") or "")
    if stamp.tzinfo is not UTC:
        raise Malformed("DTSTAMP is not in UTC")
    return int(event.value("SEQUENCE") or 0), stamp


def _key(held: Held) -> Key:
    instance = held.event.one("RECURRENCE-ID")
    return held.event.value("UID") or "", moment_of(instance, held.zones) if instance else None


def _everything(event: Component) -> tuple[list[Line], list[list[Line]]]:
    """All that a reader could notice."""
    lines = [Line(line.name, unescape(line.value), line.parameters) for line in event.lines if line.name not in ADMINISTRATIVE]
    return sorted(lines, key=repr), [part.lines for part in event.parts]
