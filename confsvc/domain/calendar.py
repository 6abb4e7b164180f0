"""Calendar entries as bytes: RFC 5545 (iCalendar), RFC 5546 (PUBLISH, REQUEST, CANCEL) and RFC 7986 (feeds).

A published entry has no ATTENDEE (RFC 5546 §3.2.1 forbids it); the person stands in the description.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress, vDuration, vText, vUri

from confsvc.domain.calendar_content import Content
from confsvc.domain.calendar_entries import Entry
from confsvc.domain.calendar_zones import build_timezone

PRODID = "-//confsvc//Conference calendar//VI"
STATUS = {"postponed": "TENTATIVE", "cancelled": "CANCELLED", "withdrawn": "CANCELLED"}
PARTSTAT = {"none": "NEEDS-ACTION", "accepted": "ACCEPTED", "declined": "DECLINED"}
ALARMS = (timedelta(days=1), timedelta(minutes=60))
_LIKES = str.maketrans({"\\": "\N{FULLWIDTH REVERSE SOLIDUS}", "^": "\N{MODIFIER LETTER CIRCUMFLEX ACCENT}", '"': "\N{RIGHT DOUBLE QUOTATION MARK}"})
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
FEED_REFRESH = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Words:
    """The texts around the content, in the reader's language; `states` names postponed and cancelled, not what is withdrawn from one person."""

    invited: str
    chair: str
    site: str
    video_link: str
    personal_link: str
    address_forms: Mapping[str, str]
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the entries come from: the absolute address of the personal page (empty: not known), and the address the server sends mail from."""

    personal_link: str
    mail_from: str


@dataclass(frozen=True, slots=True)
class Guest:
    """Whom a message invites; `reply` is what they answered last, one of models.delegate.REPLIES."""

    name: str
    address: str
    reply: str = "none"


def build_calendar(entries: Sequence[Entry], words: Words, origin: Origin) -> Calendar:
    """A calendar to be downloaded: METHOD PUBLISH, the time zones its entries use, the entries."""
    calendar = _begin("PUBLISH", entries)
    for number, entry in enumerate(entries):
        # Two entries that begin together ring once.
        rings = entry.content.starts_at not in [earlier.content.starts_at for earlier in entries[:number]]
        calendar.add_component(build_event(entry, words, origin, rings=rings))
    return calendar


def build_message(entry: Entry, words: Words, origin: Origin, guest: Guest, method: str, stamp: datetime) -> Calendar:
    """What one person is mailed of one entry: METHOD REQUEST (RFC 5546 §3.2.2) or CANCEL (§3.2.5), written at `stamp`."""
    calendar = _begin(method, [entry])
    event = build_event(entry, words, origin, rings=method == "REQUEST", stamp=stamp)
    attendee = vCalAddress(f"mailto:{guest.address}")
    attendee.params["CN"] = _named(guest.name, guest.address)
    attendee.params["CUTYPE"] = "INDIVIDUAL"
    attendee.params["ROLE"] = "REQ-PARTICIPANT"
    if method == "REQUEST":
        attendee.params["PARTSTAT"] = PARTSTAT[guest.reply]
        attendee.params["RSVP"] = "TRUE"
    event.add("attendee", attendee)
    calendar.add_component(event)
    return calendar


def build_feed(entries: Sequence[Entry], words: Words, origin: Origin, name: str, zone: str = "UTC") -> Calendar:
    """A calendar to subscribe to: it has a name and says how often to look again (RFC 7986 §5.1 and §5.7).

    One without entries holds `zone`, as a calendar must hold something (RFC 5545 §3.6), and has no METHOD, which would publish
    at least one (RFC 5546 §3.2.1).
    """
    calendar = build_calendar(entries, words, origin)
    if not entries:
        del calendar["method"]
        calendar.add_component(build_timezone(zone, EPOCH, EPOCH))
    for key in ("name", "x-wr-calname"):
        calendar.add(key, vText(name))
    calendar.add("refresh-interval", vDuration(FEED_REFRESH, params={"VALUE": "DURATION"}))
    calendar.add("x-published-ttl", vDuration(FEED_REFRESH))
    return calendar


def serialize_calendar(calendar: Calendar) -> bytes:
    """The calendar in UTF-8, lines folded at 75 octets and ended by CR LF."""
    return bytes(calendar.to_ical())


def build_event(entry: Entry, words: Words, origin: Origin, *, rings: bool = True, stamp: datetime | None = None) -> Event:
    """One VEVENT. DTSTAMP is `stamp`, else the moment of the last change, so that the same state always gives the same bytes."""
    content, zone = entry.content, ZoneInfo(entry.content.timezone)
    changed_at = max(entry.changed_at, content.answered_at or entry.changed_at)
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", stamp or changed_at)
    event.add("created", content.created_at)
    event.add("last-modified", changed_at)
    event.add("dtstart", _local(content.starts_at, zone))
    event.add("dtend", _local(content.ends_at, zone))
    state = words.states.get(content.state)
    event.add("summary", f"[{state}] {content.title}" if state else content.title)
    event.add("status", STATUS.get(content.state, "CONFIRMED"))
    event.add("transp", "TRANSPARENT" if content.declined else "OPAQUE")
    event.add("location", content.place)
    event.add("description", _description(content, words, origin))
    if origin.personal_link:
        event.add("url", vUri(origin.personal_link))
    if content.video_link:
        event.add("conference", vUri(content.video_link, params={"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": words.video_link}))
    organizer = vCalAddress(f"mailto:{origin.mail_from}")
    organizer.params["CN"] = _named(content.host, content.conference)
    event.add("organizer", organizer)
    if rings and content.state not in STATUS and not content.declined:
        for before in ALARMS:
            event.add_component(_alarm(before, content.title))
    return event


def _begin(method: str, entries: Sequence[Entry]) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    for tzid in sorted({entry.content.timezone for entry in entries}):
        moments = [moment for entry in entries for moment in (entry.content.starts_at, entry.content.ends_at) if entry.content.timezone == tzid]
        calendar.add_component(build_timezone(tzid, min(moments), max(moments)))
    return calendar


def _named(*names: str) -> str:
    """The first of these that says anything, as a CN that every reader reads alike.

    In a parameter some take a backslash for an escape (RFC 5545 §3.2 knows none there), and some do not know the ^ of RFC 6868:
    these characters are put by their likes.
    """
    return next(filter(None, (name.translate(_LIKES).strip() for name in names)), "")


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment in `zone`; in UTC in the hour that comes twice, where readers disagree about which of the two is meant."""
    local = moment.astimezone(zone)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return moment.astimezone(UTC) if twice else local


def _description(content: Content, words: Words, origin: Origin) -> str:
    zone = ZoneInfo(content.timezone)
    facts = [
        words.states.get(content.state, ""),
        f"{words.invited} {words.address_forms[content.address_form]} {content.person}" if content.person else "",
        content.unit,
        content.conference if content.session_id else "",
        f"{words.chair}: {content.chair}" if content.chair else "",
        _place(content, words) if content.place else "",
        f"{words.video_link}: {content.video_link}" if content.video_link else "",
        f"{words.personal_link}: {origin.personal_link}" if origin.personal_link else "",
    ]
    agenda = [f"{at.astimezone(zone):%H:%M} {title}" for at, title in content.lines]
    return "\n".join([*filter(None, facts), *([""] if agenda else []), *agenda])


def _place(content: Content, words: Words) -> str:
    """Where the delegate is expected; a name that says itself what it is goes without the label."""
    place = content.place
    return place if place.casefold().startswith(words.site.casefold()) else f"{words.site}: {place}"


def _alarm(before: timedelta, title: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -before)
    alarm.add("description", title)
    return alarm
