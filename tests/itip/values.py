"""The value types of RFC 5545 §3.3: what each may look like, and what some of them say."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from tests.itip.content_lines import Malformed

DURATION = re.compile(r"([+-]?)P(?:(\d+)W|(?=[0-9T])(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)")
OFFSET = re.compile(r"([+-])(\d{2})([0-5]\d)([0-5]\d)?")
# RFC 3986 §3: a scheme, a colon, and no blank, control, quotation mark, angle bracket, backslash, caret, backtick or brace.
URI = re.compile(r"""[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*""")
TEXT = re.compile(r"(?:[^\\;,]|\\[\\;,nN])*")
TEXTS = re.compile(r"(?:[^\\;]|\\[\\;,nN])*")
RULE_PARTS = {"FREQ", "UNTIL", "COUNT", "INTERVAL", "WKST", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH"}
TIME = r"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d|60)Z?"


def is_date(value: str) -> bool:
    if not re.fullmatch(r"\d{8}", value):
        return False
    try:
        date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return False
    return True


def is_date_time(value: str) -> bool:
    return bool(re.fullmatch(r"\d{8}T" + TIME, value)) and is_date(value[:8])


def is_duration(value: str) -> bool:
    """§3.3.6; hours and seconds are not given without the minutes between them."""
    match = DURATION.fullmatch(value)
    return bool(match) and not (match and match[4] and match[6] and not match[5])


def is_offset(value: str) -> bool:
    """§3.3.14; minus nothing is not allowed."""
    return bool(OFFSET.fullmatch(value)) and value not in ("-0000", "-000000")


def is_recurrence(value: str) -> bool:
    """§3.3.10, as far as the names of the rule's parts; FREQ is required, UNTIL and COUNT exclude each other."""
    parts = dict(part.partition("=")[::2] for part in value.split(";"))
    once = len(parts) == len(value.split(";"))
    return once and "FREQ" in parts and all(parts.values()) and parts.keys() <= RULE_PARTS and not {"UNTIL", "COUNT"} <= parts.keys()


CHECKS: dict[str, Callable[[str], bool]] = {
    "TEXT": lambda value: bool(TEXT.fullmatch(value)),
    "TEXTS": lambda value: bool(TEXTS.fullmatch(value)),
    "DATE": is_date,
    "DATE-TIME": is_date_time,
    "DURATION": is_duration,
    "INTEGER": lambda value: bool(re.fullmatch(r"[+-]?\d{1,10}", value)) and -(2**31) <= int(value) < 2**31,
    "URI": lambda value: bool(URI.fullmatch(value)),
    "CAL-ADDRESS": lambda value: bool(URI.fullmatch(value)),
    "UTC-OFFSET": is_offset,
    "RECUR": is_recurrence,
    "FLOAT;FLOAT": lambda value: bool(re.fullmatch(r"[+-]?\d+(?:\.\d+)?;[+-]?\d+(?:\.\d+)?", value)),
    "BINARY": lambda value: bool(re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", value)) and len(value) % 4 == 0,
}


def is_value(kind: str, value: str) -> bool:
    """Whether this is a value of this type."""
    return CHECKS[kind](value)


def read_date_time(value: str) -> datetime:
    """A DATE-TIME: aware if it is in UTC, naive if it is a local time."""
    if not is_date_time(value):
        raise Malformed(f"{value!r} is no DATE-TIME")
    # A leap second counts as the one before it (§3.3.12).
    moment = datetime.strptime(value[:13] + value[13:15].replace("60", "59"), "%Y%m%dT%H%M%S")  # noqa: DTZ007  # local until it is known to be UTC
    return moment.replace(tzinfo=UTC) if value.endswith("Z") else moment


def read_duration(value: str) -> timedelta:
    """A DURATION."""
    match = DURATION.fullmatch(value)
    if not match:
        raise Malformed(f"{value!r} is no DURATION")
    sign, *numbers = match.groups()
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in numbers)
    duration = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -duration if sign == "-" else duration


def read_offset(value: str) -> timedelta:
    """A UTC-OFFSET: how far local time is ahead of UTC."""
    match = OFFSET.fullmatch(value)
    if not match:
        raise Malformed(f"{value!r} is no UTC-OFFSET")
    duration = timedelta(hours=int(match[2]), minutes=int(match[3]), seconds=int(match[4] or 0))
    return -duration if match[1] == "-" else duration
