"""Calendar entries as bytes: RFC 5545 (iCalendar), RFC 5546 (PUBLISH) and RFC 7986 (feeds).

A published entry has no ATTENDEE (RFC 5546 §3.2.1 forbids it); the person stands in the description.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vDuration, vText, vUri

from confsvc.domain.calendar_entries import Content, Entry

PRODID = "-//confsvc//Conference calendar//VI"
STATUS = {"postponed": "TENTATIVE", "cancelled": "CANCELLED"}
ALARMS = (timedelta(days=1), timedelta(minutes=60))
FEED_REFRESH = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Words:
    """The texts around the content, in the reader's language; `states` names postponed and cancelled."""

    invited: str
    chair: str
    site: str
    video_link: str
    personal_link: str
    address_forms: Mapping[str, str]
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the entries come from: the absolute address of the personal page, and the server's host name."""

    personal_link: str
    host: str


def build_calendar(entries: Sequence[Entry], words: Words, origin: Origin) -> Calendar:
    """A calendar to be downloaded: METHOD PUBLISH, the time zones its entries use, the entries."""
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    for tzid in sorted({entry.content.timezone for entry in entries}):
        moments = [moment for entry in entries for moment in (entry.content.starts_at, entry.content.ends_at) if entry.content.timezone == tzid]
        calendar.add_component(build_timezone(tzid, min(moments), max(moments)))
    for number, entry in enumerate(entries):
        # Two entries that begin together ring once.
        rings = entry.content.starts_at not in [earlier.content.starts_at for earlier in entries[:number]]
        calendar.add_component(build_event(entry, words, origin, rings=rings))
    return calendar


def build_feed(entries: Sequence[Entry], words: Words, origin: Origin) -> Calendar:
    """A calendar to subscribe to: it has a name and says how often to look again (RFC 7986 §5.7)."""
    calendar = build_calendar(entries, words, origin)
    for key in ("name", "x-wr-calname"):
        calendar.add(key, vText(entries[0].content.conference))
    calendar.add("refresh-interval", vDuration(FEED_REFRESH, params={"VALUE": "DURATION"}))
    calendar.add("x-published-ttl", vDuration(FEED_REFRESH))
    return calendar


def serialize_calendar(calendar: Calendar) -> bytes:
    """The calendar in UTF-8, lines folded at 75 octets and ended by CR LF."""
    return bytes(calendar.to_ical())


def build_event(entry: Entry, words: Words, origin: Origin, *, rings: bool = True) -> Event:
    """One VEVENT. DTSTAMP is the moment of the last change, so that the same state always gives the same bytes."""
    content, zone = entry.content, ZoneInfo(entry.content.timezone)
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at)
    event.add("created", content.created_at)
    event.add("last-modified", entry.changed_at)
    event.add("dtstart", _local(content.starts_at, zone))
    event.add("dtend", _local(content.ends_at, zone))
    state = words.states.get(content.state)
    event.add("summary", f"[{state}] {content.title}" if state else content.title)
    event.add("status", STATUS.get(content.state, "CONFIRMED"))
    event.add("transp", "TRANSPARENT" if content.declined else "OPAQUE")
    event.add("location", ", ".join(part for part in (content.site, content.address) if part))
    event.add("description", _description(content, words, origin))
    event.add("url", vUri(origin.personal_link))
    if content.video_link:
        event.add("conference", vUri(content.video_link, params={"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": words.video_link}))
    organizer = vCalAddress(f"mailto:noreply@{origin.host}")
    # Readers take a backslash before the colon for an escape, which parameters do not have (RFC 5545 §3.2).
    organizer.params["CN"] = content.host.rstrip("\\ ") or content.conference.rstrip("\\ ")
    event.add("organizer", organizer)
    if rings and content.state not in STATUS and not content.declined:
        for before in ALARMS:
            event.add_component(_alarm(before, content.title))
    return event


def build_timezone(tzid: str, first: datetime, last: datetime) -> Timezone:
    """A VTIMEZONE that is right from a year before `first` until a year after `last`, one observance for each change.

    Timezone.from_tzid of icalendar 7.3 gives the start of summer time in summer time; RFC 5545 §3.6.5 wants the local
    time before the change, and readers would be an hour off on that night.
    """
    zone = ZoneInfo(tzid)
    component = Timezone()
    component.add("tzid", tzid)
    begin = datetime(first.year - 1, 1, 1, tzinfo=UTC)
    component.add_component(_observance(zone, begin, begin))
    for change in _changes(zone, begin, datetime(last.year + 2, 1, 1, tzinfo=UTC)):
        component.add_component(_observance(zone, change - timedelta(seconds=1), change))
    return component


def _observance(zone: ZoneInfo, before: datetime, at: datetime) -> TimezoneStandard | TimezoneDaylight:
    old, new = before.astimezone(zone), at.astimezone(zone)
    observance = TimezoneDaylight() if new.dst() else TimezoneStandard()
    offset = old.utcoffset() or timedelta()
    observance.DTSTART = (at + offset).replace(tzinfo=None)
    observance.TZOFFSETFROM = offset
    observance.TZOFFSETTO = new.utcoffset() or timedelta()
    observance.add("tzname", vText(new.tzname() or zone.key))
    return observance


def _changes(zone: ZoneInfo, begin: datetime, end: datetime) -> list[datetime]:
    """The moments in UTC, to the second, at which the zone's offset changes."""
    changes, day = [], timedelta(days=1)
    while begin < end:
        low, high = begin, begin + day
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                same = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            changes.append(high)
        begin += day
    return changes


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment in `zone`; in UTC in the hour that comes twice, where readers disagree about which of the two is meant."""
    local = moment.astimezone(zone)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return moment.astimezone(UTC) if twice else local


def _description(content: Content, words: Words, origin: Origin) -> str:
    zone = ZoneInfo(content.timezone)
    facts = [
        words.states.get(content.state, ""),
        f"{words.invited} {words.address_forms[content.address_form]} {content.person}",
        content.unit,
        content.conference if content.session_id else "",
        f"{words.chair}: {content.chair}" if content.chair else "",
        _place(content, words),
        f"{words.video_link}: {content.video_link}" if content.video_link else "",
        f"{words.personal_link}: {origin.personal_link}",
    ]
    agenda = [f"{at.astimezone(zone):%H:%M} {title}" for at, title in content.lines]
    return "\n".join([*filter(None, facts), *([""] if agenda else []), *agenda])


def _place(content: Content, words: Words) -> str:
    """Where the delegate is expected; a name that says itself what it is goes without the label."""
    place = ", ".join(part for part in (content.site, content.address) if part)
    return place if place.casefold().startswith(words.site.casefold()) else f"{words.site}: {place}"


def _alarm(before: timedelta, title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -before)
    alarm.add("description", title)
    return alarm
