"""Values of a message, read strictly: each reader takes the object and the name of the field and raises Malformed with that name."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from confsvc.domain.errors import Malformed
from confsvc.domain.text import clean

MOMENT_MAX_CHARACTERS = 40
YEARS = range(2000, 2101)
# The largest value of an integer column.
INTEGER_MAX = 2**31 - 1

Payload = dict[str, Any]


def load_json(text: str | bytes) -> Any:
    """JSON as it should be; raises ValueError also for what is nested too deep and for numbers that are none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # Half of a surrogate pair, which a browser may send, is none to it; and the other one says what is wrong with the rest.
        return _load_slowly(text)


def _load_slowly(text: str | bytes) -> Any:
    try:
        return _DECODER.decode(text if isinstance(text, str) else text.decode())
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def read_object(text: str | bytes) -> Payload:
    """One JSON object; Malformed names the field `payload`."""
    try:
        found = load_json(text)
    except ValueError as error:
        raise Malformed(field="payload") from error
    if not isinstance(found, dict):
        raise Malformed(field="payload")
    return found


def read_text(data: Mapping[str, Any], field: str, longest: int) -> str:
    """A text of 1 to `longest` characters, as it is."""
    value = data.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise Malformed(field=field)
    return value


def read_line(data: Mapping[str, Any], field: str, longest: int, *, may_be_empty: bool = False) -> str:
    """A text that somebody typed, cleaned, of at most `longest` characters."""
    value = data.get(field)
    if not isinstance(value, str):
        raise Malformed(field=field)
    line = clean(value)
    if len(line) > longest or not (line or may_be_empty):
        raise Malformed(field=field)
    return line


def read_choice(data: Mapping[str, Any], field: str, choices: Iterable[str]) -> str:
    """One of these words."""
    value = data.get(field)
    if not isinstance(value, str) or value not in choices:
        raise Malformed(field=field)
    return value


def read_integer(data: Mapping[str, Any], field: str, least: int, most: int = INTEGER_MAX) -> int:
    """A whole number from `least` to `most`; true and 1.0 are none."""
    value = data.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Malformed(field=field)
    return value


def read_id(data: Mapping[str, Any], field: str) -> int:
    return read_integer(data, field, 1)


def read_uuid(data: Mapping[str, Any], field: str) -> str:
    """A UUID in its usual form, in small letters."""
    text = read_text(data, field, 36)
    if _UUID.fullmatch(text):
        return text
    try:
        return str(UUID(text))
    except ValueError as error:
        raise Malformed(field=field) from error


def read_moment(data: Mapping[str, Any], field: str) -> datetime:
    """A moment of ISO 8601 with its zone, in the years a clock may show."""
    try:
        moment = datetime.fromisoformat(read_text(data, field, MOMENT_MAX_CHARACTERS))
    except ValueError as error:
        raise Malformed(field=field) from error
    if moment.tzinfo is None or moment.year not in YEARS:
        raise Malformed(field=field)
    return moment.astimezone(UTC)


def present_moment(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, e.g. 2023-01-16T07:00:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DECODER = json.JSONDecoder(parse_constant=_no_number)
