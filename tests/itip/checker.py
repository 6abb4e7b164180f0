"""A checker of the rules that RFC 5545, 5546 and 7986 set with MUST; it reads the octets by themselves, with no iCalendar library.

`offences(data)` names every rule that these bytes break, each as "<RFC and section>: <what is wrong>".
"""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from tests.itip.content_lines import CONTROL, Component, Line, Malformed, parse_calendar, unfold
from tests.itip.event_rules import event_offences
from tests.itip.grammar import COMPONENTS, PARAMETER_WORDS, PARAMETERS, QUOTED_PARAMETERS, TYPE_REQUIRED, TYPES, WORDS
from tests.itip.method_rules import method_offences
from tests.itip.values import is_value, read_duration

BOUNDS = {"SEQUENCE": (0, 2**31 - 1), "REPEAT": (0, 2**31 - 1), "PRIORITY": (0, 9)}


def offences(data: bytes) -> list[str]:
    """Every rule that one iCalendar object breaks; what cannot be read at all ends the search."""
    found = list(_octets(data))
    try:
        calendar = parse_calendar(data)
        texts = unfold(data)
    except Malformed as error:
        return [*found, f"RFC 5545 §3.1: {error}"]
    found += [offence for text in texts for offence in _quotation_marks(text)]
    zones = [zone.value("TZID") for zone in calendar.components("VTIMEZONE")]
    for component in calendar.walk():
        found += _shape(component)
        for line in component.lines:
            found += _line(line)
            found += _time_zone(line, zones)
    found += [f"RFC 5545 §3.6.5: VTIMEZONE {tzid!r} stands there {count} times" for tzid, count in Counter(zones).items() if count > 1]
    if found:
        # What follows reads values; the ones that are wrong are told already.
        return found
    return [*event_offences(calendar), *method_offences(calendar)]


def _octets(data: bytes) -> Iterator[str]:
    for number, row in enumerate(data.split(b"\r\n"), start=1):
        if len(row) > 75:
            yield f"RFC 5545 §3.1: line {number} has {len(row)} octets"
        if CONTROL.search(row.decode("latin-1")):
            yield f"RFC 5545 §3.1: line {number} holds a control character or half a line break"
        try:
            row.decode()
        except UnicodeDecodeError:
            yield f"RFC 5545 §3.1: line {number} is folded within a letter or is not UTF-8"


def _quotation_marks(text: str) -> Iterator[str]:
    head = re.match(r'(?:[^":]|"[^"]*")*', text)
    for name in re.findall(rf'[;]({"|".join(QUOTED_PARAMETERS)})=(?!")', head[0] if head else ""):
        yield f"RFC 5545 §3.2: {name} without quotation marks"


def _shape(component: Component) -> Iterator[str]:
    shape = COMPONENTS.get(component.name)
    if shape is None:
        yield f"RFC 5545 §3.6: {component.name} is not known"
        return
    counts = Counter(line.name for line in component.lines)
    for name in sorted(shape.once):
        if counts[name] != 1:
            yield f"RFC 5545 §3.6: {component.name} has {name} {counts[name]} times instead of once"
    for name in sorted(shape.at_most_once):
        if counts[name] > 1:
            yield f"RFC 5545 §3.6: {component.name} has {name} {counts[name]} times"
    known = shape.once | shape.at_most_once | shape.often
    yield from (f"RFC 5545 §3.6: {name} has no place in {component.name}" for name in counts if name not in known and not name.startswith("X-"))
    yield from (f"RFC 5545 §3.6: {part.name} within {component.name}" for part in component.parts if part.name not in shape.holds)
    if component.name != "VTIMEZONE":
        yield from (f"RFC 5545 §3.4: {line.name} after a component within {component.name}" for line in component.late)
    if component.name == "VCALENDAR" and not component.parts:
        yield "RFC 5545 §3.6: a calendar without component"
    if component.name == "VTIMEZONE" and not component.parts:
        yield "RFC 5545 §3.6.5: a time zone without STANDARD and DAYLIGHT"


def _line(line: Line) -> Iterator[str]:
    extra = line.name.startswith("X-")
    if not extra and line.name not in TYPES:
        return
    kinds = ("TEXT",) if extra else TYPES[line.name]
    said = line.parameter("VALUE")
    if said is None and line.name in TYPE_REQUIRED:
        yield f"RFC 7986 §5: {line.name} without VALUE"
    if not extra and (said or kinds[0]) not in kinds:
        yield f"RFC 5545 §3.2.20: {line.name} is never of type {said}"
        return
    kind = said or kinds[0]
    values = line.value.split(",") if line.name in ("RDATE", "EXDATE") else [line.value]
    yield from (f"RFC 5545 §3.3: {line.name} is no {kind}: {value!r}" for value in values if not is_value(kind, value))
    if line.name in WORDS and line.value not in WORDS[line.name]:
        yield f"RFC 5545 §3.7, §3.8: {line.name} is never {line.value!r}"
    if line.name in ("ATTENDEE", "ORGANIZER") and not re.fullmatch(r"(?i:mailto):[^@\s]+@[^@\s]+", line.value):
        yield f"RFC 5545 §3.3.3: {line.name} is no mail address: {line.value!r}"
    yield from _numbers(line)
    yield from _parameters(line)


def _numbers(line: Line) -> Iterator[str]:
    if line.name in BOUNDS and is_value("INTEGER", line.value) and not BOUNDS[line.name][0] <= int(line.value) <= BOUNDS[line.name][1]:
        yield f"RFC 5545 §3.8: {line.name} is {line.value}"
    if line.name in ("DURATION", "REFRESH-INTERVAL") and is_value("DURATION", line.value) and read_duration(line.value) <= timedelta():
        yield f"RFC 5545 §3.8.2.5, RFC 7986 §5.7: {line.name} is not positive"


def _parameters(line: Line) -> Iterator[str]:
    counts = Counter(name for name, _ in line.parameters)
    yield from (f"RFC 5545 §3.2: {line.name} has {name} {count} times" for name, count in counts.items() if count > 1)
    allowed = PARAMETERS.get(line.name, frozenset())
    for name, values in line.parameters:
        if name.startswith("X-") or line.name.startswith("X-"):
            continue
        if name not in allowed:
            yield f"RFC 5545 §3.2: {name} has no place at {line.name}"
        for value in values:
            if name in PARAMETER_WORDS and value not in PARAMETER_WORDS[name] and not value.startswith("X-"):
                yield f"RFC 5545 §3.2: {name} is never {value!r}"
        if len(values) > 1 and name not in ("MEMBER", "DELEGATED-TO", "DELEGATED-FROM", "FEATURE", "DISPLAY"):
            yield f"RFC 5545 §3.2: {name} has {len(values)} values"


def _time_zone(line: Line, zones: list[str | None]) -> Iterator[str]:
    tzid = line.parameter("TZID")
    if tzid is None:
        return
    if tzid not in zones and not tzid.startswith("/"):
        yield f"RFC 5545 §3.2.19: {line.name} is in {tzid!r}, which no VTIMEZONE describes"
    if line.value.endswith("Z") or line.parameter("VALUE") == "DATE":
        yield f"RFC 5545 §3.2.19: {line.name} has a time zone and needs none"
