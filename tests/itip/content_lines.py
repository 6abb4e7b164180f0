"""iCalendar text taken apart: unfolding, content lines, parameters, components (RFC 5545 §3.1, §3.2, §3.6; RFC 6868).

Written from the RFCs alone, so that what the product writes is read by somebody who did not write it. It forgives nothing:
whatever the grammar does not allow raises `Malformed`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# §3.1: CONTROL is all but HTAB; a bare CR or LF can stand in no content line.
CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
NAME = re.compile(r"[A-Za-z0-9-]+")
PARAMTEXT = re.compile(r'[^";:,]*')
QUOTED = re.compile(r'"([^"]*)"')
CARET = {"^n": "\n", "^^": "^", "^'": '"'}


class Malformed(Exception):
    """The text is not what the grammar says."""


@dataclass(frozen=True, slots=True)
class Line:
    """One content line: name and parameter names in capitals, parameter values decoded (RFC 6868), the value as it stands."""

    name: str
    value: str
    parameters: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def parameter(self, name: str) -> str | None:
        """The one value of this parameter; None if it is not there."""
        return next((values[0] for key, values in self.parameters if key == name), None)


@dataclass(slots=True)
class Component:
    """A component: its content lines and the components within, each in the order of the text; `late` are lines after a component within."""

    name: str
    lines: list[Line] = field(default_factory=list)
    parts: list["Component"] = field(default_factory=list)
    late: list[Line] = field(default_factory=list)

    def all(self, name: str) -> list[Line]:
        return [line for line in self.lines if line.name == name]

    def one(self, name: str) -> Line | None:
        """The first line of this name."""
        return next((line for line in self.lines if line.name == name), None)

    def value(self, name: str) -> str | None:
        """The value of the first line of this name, as it stands."""
        line = self.one(name)
        return line.value if line else None

    def text(self, name: str) -> str:
        """The TEXT of the first line of this name; empty if there is none."""
        return unescape(self.value(name) or "")

    def components(self, name: str) -> list["Component"]:
        return [part for part in self.parts if part.name == name]

    def walk(self) -> Iterator["Component"]:
        """This one and everything in it."""
        yield self
        for part in self.parts:
            yield from part.walk()


def unfold(data: bytes) -> list[str]:
    """The content lines; each ends with CR LF, and a line break before one space or tab is none (§3.1)."""
    if not data.endswith(b"\r\n"):
        raise Malformed("the last line is not ended by CR LF")
    try:
        return re.sub(rb"\r\n[ \t]", b"", data).decode("utf-8").split("\r\n")[:-1]
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8: {error}") from error


def parse_line(text: str) -> Line:
    """One unfolded content line: name *(";" param) ":" value."""
    if CONTROL.search(text):
        raise Malformed(f"a control character in {text!r}")
    name, at = _name(text, 0)
    parameters = []
    while text[at : at + 1] == ";":
        key, at = _name(text, at + 1)
        if text[at : at + 1] != "=":
            raise Malformed(f"a parameter without value in {text!r}")
        values, at = _values(text, at + 1)
        parameters.append((key, values))
    if text[at : at + 1] != ":":
        raise Malformed(f"no colon before the value in {text!r}")
    return Line(name, text[at + 1 :], tuple(parameters))


def parse(data: bytes) -> list[Component]:
    """The components of a stream, VCALENDARs as a rule."""
    found: list[Component] = []
    opened: list[Component] = []
    for text in unfold(data):
        line = parse_line(text)
        if line.name == "BEGIN":
            opened.append(Component(line.value.upper()))
        elif line.name == "END":
            if not opened or opened[-1].name != line.value.upper():
                raise Malformed(f"END:{line.value} ends nothing")
            closed = opened.pop()
            (opened[-1].parts if opened else found).append(closed)
        elif opened:
            opened[-1].lines.append(line)
            if opened[-1].parts:
                opened[-1].late.append(line)
        else:
            raise Malformed(f"{text!r} stands in no component")
    if opened:
        raise Malformed(f"{opened[-1].name} has no END")
    return found


def parse_calendar(data: bytes) -> Component:
    """The one VCALENDAR of these bytes."""
    found = parse(data)
    if [one.name for one in found] != ["VCALENDAR"]:
        raise Malformed(f"{[one.name for one in found]} instead of one VCALENDAR")
    return found[0]


def unescape(value: str) -> str:
    """A TEXT value in plain words (§3.3.11); a backslash before anything else stays what it is."""
    return re.sub(r"\\([\\;,nN])", lambda match: "\n" if match[1] in "nN" else match[1], value)


def escape(text: str) -> str:
    """Plain words as a TEXT value (§3.3.11)."""
    return re.sub(r"[\\;,]", r"\\\g<0>", text).replace("\n", "\\n")


def split_texts(value: str) -> list[str]:
    """The values of a list of TEXT, parted by commas that are not escaped."""
    return [unescape(part) for part in re.findall(r"(?:^|,)((?:[^\\,]|\\.)*)", value)]


def fold(text: str) -> bytes:
    """One content line, folded at 75 octets and never within a letter."""
    rows, row = [], b""
    for letter in text:
        octets = letter.encode()
        if len(row) + len(octets) > 75:
            rows.append(row)
            row = b" "
        row += octets
    return b"\r\n".join([*rows, row]) + b"\r\n"


def _name(text: str, at: int) -> tuple[str, int]:
    match = NAME.match(text, at)
    if not match:
        raise Malformed(f"no name at {at} of {text!r}")
    return match[0].upper(), match.end()


def _values(text: str, at: int) -> tuple[tuple[str, ...], int]:
    values = []
    while True:
        quoted = QUOTED.match(text, at)
        match = quoted or PARAMTEXT.match(text, at)
        if match is None:
            raise Malformed(f"a parameter that cannot be read in {text!r}")
        values.append(re.sub(r"\^[n^']", lambda caret: CARET[caret[0]], match[1] if quoted else match[0]))
        at = match.end()
        if text[at : at + 1] != ",":
            return tuple(values), at
        at += 1
