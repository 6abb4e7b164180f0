"""What RFC 5545 (with RFC 7986) allows where: properties by component, values and parameters by property, as tables."""

from collections.abc import Mapping, Set
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """A component: properties it must have once, may have once and may have often, and the components it may hold."""

    once: Set[str]
    at_most_once: Set[str]
    often: Set[str]
    holds: Set[str] = frozenset()


# §3.6, §3.4, and RFC 7986 §4.
COMPONENTS: Mapping[str, Shape] = {
    "VCALENDAR": Shape(
        {"PRODID", "VERSION"},
        {"CALSCALE", "METHOD", "LAST-MODIFIED", "UID", "URL", "REFRESH-INTERVAL", "SOURCE", "COLOR"},
        {"NAME", "DESCRIPTION", "CATEGORIES", "IMAGE"},
        {"VEVENT", "VTIMEZONE"},
    ),
    "VEVENT": Shape(
        {"DTSTAMP", "UID"},
        {
            *("DTSTART", "DTEND", "DURATION", "CLASS", "CREATED", "DESCRIPTION", "GEO", "LAST-MODIFIED", "LOCATION", "ORGANIZER", "PRIORITY"),
            *("SEQUENCE", "STATUS", "SUMMARY", "TRANSP", "URL", "RECURRENCE-ID", "RRULE", "COLOR"),
        },
        {
            *("ATTACH", "ATTENDEE", "CATEGORIES", "COMMENT", "CONTACT", "EXDATE", "REQUEST-STATUS", "RELATED-TO", "RESOURCES", "RDATE"),
            *("CONFERENCE", "IMAGE"),
        },
        {"VALARM"},
    ),
    "VALARM": Shape({"ACTION", "TRIGGER"}, {"DURATION", "REPEAT", "DESCRIPTION", "SUMMARY"}, {"ATTACH", "ATTENDEE"}),
    "VTIMEZONE": Shape({"TZID"}, {"LAST-MODIFIED", "TZURL"}, set(), {"STANDARD", "DAYLIGHT"}),
    "STANDARD": Shape({"DTSTART", "TZOFFSETTO", "TZOFFSETFROM"}, {"RRULE"}, {"COMMENT", "RDATE", "TZNAME"}),
    "DAYLIGHT": Shape({"DTSTART", "TZOFFSETTO", "TZOFFSETFROM"}, {"RRULE"}, {"COMMENT", "RDATE", "TZNAME"}),
}

# The value types of each property, the default first (§3.7, §3.8; RFC 7986 §5).
TYPES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("CLASS", "COMMENT", "DESCRIPTION", "LOCATION", "STATUS", "SUMMARY", "TRANSP", "TZID", "TZNAME", "CONTACT", "RELATED-TO"), ("TEXT",)),
    **dict.fromkeys(("UID", "ACTION", "PRODID", "VERSION", "CALSCALE", "METHOD", "NAME", "COLOR"), ("TEXT",)),
    **dict.fromkeys(("CATEGORIES", "RESOURCES"), ("TEXTS",)),
    **dict.fromkeys(("PRIORITY", "SEQUENCE", "REPEAT"), ("INTEGER",)),
    **dict.fromkeys(("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"), ("DATE-TIME", "DATE")),
    **dict.fromkeys(("DTSTAMP", "CREATED", "LAST-MODIFIED"), ("DATE-TIME",)),
    **dict.fromkeys(("TZOFFSETFROM", "TZOFFSETTO"), ("UTC-OFFSET",)),
    **dict.fromkeys(("TZURL", "URL", "SOURCE", "CONFERENCE"), ("URI",)),
    **dict.fromkeys(("ATTENDEE", "ORGANIZER"), ("CAL-ADDRESS",)),
    **dict.fromkeys(("DURATION", "REFRESH-INTERVAL"), ("DURATION",)),
    **dict.fromkeys(("ATTACH", "IMAGE"), ("URI", "BINARY")),
    "TRIGGER": ("DURATION", "DATE-TIME"),
    "GEO": ("FLOAT;FLOAT",),
    "RRULE": ("RECUR",),
}
# RFC 7986: these say their type even where there is only one.
TYPE_REQUIRED = {"REFRESH-INTERVAL", "SOURCE", "CONFERENCE", "IMAGE"}

_WORDS = frozenset({"ALTREP", "LANGUAGE"})
_TIMES = frozenset({"VALUE", "TZID"})
_LANGUAGE = frozenset({"LANGUAGE"})
PARAMETERS: Mapping[str, Set[str]] = {
    **dict.fromkeys(("COMMENT", "DESCRIPTION", "LOCATION", "SUMMARY", "CONTACT", "RESOURCES", "NAME"), _WORDS),
    **dict.fromkeys(("CATEGORIES", "TZNAME"), _LANGUAGE),
    **dict.fromkeys(("DTSTART", "DTEND", "EXDATE", "RDATE"), _TIMES),
    "RECURRENCE-ID": {*_TIMES, "RANGE"},
    "RELATED-TO": {"RELTYPE"},
    "ORGANIZER": {"CN", "DIR", "SENT-BY", "LANGUAGE", "EMAIL"},
    "ATTENDEE": {
        *("CUTYPE", "MEMBER", "ROLE", "PARTSTAT", "RSVP", "DELEGATED-TO", "DELEGATED-FROM"),
        *("SENT-BY", "CN", "DIR", "LANGUAGE", "EMAIL"),
    },
    "TRIGGER": {"VALUE", "RELATED"},
    "REFRESH-INTERVAL": {"VALUE"},
    "SOURCE": {"VALUE"},
    "CONFERENCE": {"VALUE", "FEATURE", "LABEL", "LANGUAGE"},
    "IMAGE": {"VALUE", "FMTTYPE", "ALTREP", "DISPLAY", "ENCODING"},
    "ATTACH": {"VALUE", "FMTTYPE", "ENCODING"},
}
# §3.2: these hold addresses and stand in quotation marks.
QUOTED_PARAMETERS = ("ALTREP", "DIR", "SENT-BY", "MEMBER", "DELEGATED-TO", "DELEGATED-FROM")

# What a property or a parameter may say, where the RFCs list it; x-names aside.
WORDS: Mapping[str, Set[str]] = {
    "VERSION": {"2.0"},
    "CALSCALE": {"GREGORIAN"},
    "METHOD": {"PUBLISH", "REQUEST", "REPLY", "ADD", "CANCEL", "REFRESH", "COUNTER", "DECLINECOUNTER"},
    "STATUS": {"TENTATIVE", "CONFIRMED", "CANCELLED"},
    "CLASS": {"PUBLIC", "PRIVATE", "CONFIDENTIAL"},
    "TRANSP": {"OPAQUE", "TRANSPARENT"},
    "ACTION": {"AUDIO", "DISPLAY", "EMAIL"},
}
PARAMETER_WORDS: Mapping[str, Set[str]] = {
    "CUTYPE": {"INDIVIDUAL", "GROUP", "RESOURCE", "ROOM", "UNKNOWN"},
    "ROLE": {"CHAIR", "REQ-PARTICIPANT", "OPT-PARTICIPANT", "NON-PARTICIPANT"},
    "PARTSTAT": {"NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"},
    "RSVP": {"TRUE", "FALSE"},
    "RELATED": {"START", "END"},
    "RANGE": {"THISANDFUTURE"},
    "FEATURE": {"AUDIO", "CHAT", "FEED", "MODERATOR", "PHONE", "SCREEN", "VIDEO"},
    "DISPLAY": {"BADGE", "GRAPHIC", "FULLSIZE", "THUMBNAIL"},
}

# RFC 5546 §3.2: how often each property stands in the VEVENT of a method; what is not named is judged by RFC 5545 alone.
ONE, NONE, ANY = (1, 1), (0, 0), (1, 10**9)
METHODS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "PUBLISH": {**dict.fromkeys(("DTSTAMP", "DTSTART", "ORGANIZER", "SUMMARY", "UID"), ONE), "ATTENDEE": NONE, "REQUEST-STATUS": NONE},
    "REQUEST": {**dict.fromkeys(("DTSTAMP", "DTSTART", "ORGANIZER", "SUMMARY", "UID"), ONE), "ATTENDEE": ANY, "REQUEST-STATUS": NONE},
    "REPLY": dict.fromkeys(("ATTENDEE", "DTSTAMP", "ORGANIZER", "UID"), ONE),
    "CANCEL": {**dict.fromkeys(("DTSTAMP", "ORGANIZER", "SEQUENCE", "UID"), ONE), "ATTENDEE": ANY, "REQUEST-STATUS": NONE},
    "REFRESH": dict.fromkeys(("ATTENDEE", "DTSTAMP", "ORGANIZER", "UID"), ONE),
    "COUNTER": dict.fromkeys(("DTSTAMP", "DTSTART", "ORGANIZER", "SUMMARY", "UID"), ONE),
    "DECLINECOUNTER": dict.fromkeys(("DTSTAMP", "ORGANIZER", "UID"), ONE),
}
STATUSES: Mapping[str, Set[str]] = {"REQUEST": {"TENTATIVE", "CONFIRMED"}, "CANCEL": {"CANCELLED"}}
WITHOUT_ALARMS = {"REPLY", "CANCEL", "REFRESH", "DECLINECOUNTER"}
ONE_UID = {"REQUEST", "REPLY", "CANCEL", "COUNTER", "DECLINECOUNTER", "REFRESH"}
