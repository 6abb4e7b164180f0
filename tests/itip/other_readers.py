"""Two parsers that are not icalendar, vobject and ical.js, asked for what the client of these tests reads as well; many calendars at once."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.domain.calendar_readers import parse_by_vobject
from tests.itip.client import moment_of, zones_of
from tests.itip.content_lines import Line, parse_calendar

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ("uid", "sequence", "summary", "location", "description", "status")
TIMES = ("dtstart", "dtend")
ICAL_JS = """
import ICAL from "ical.js";
import { readFileSync } from "node:fs";
const found = JSON.parse(readFileSync(0, "utf8")).map((text) => {
  const calendar = new ICAL.Component(ICAL.parse(text));
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
  const event = calendar.getFirstSubcomponent("vevent");
  const value = (name) => event.getFirstPropertyValue(name);
  return [
    calendar.getFirstPropertyValue("method"),
    ...["uid", "sequence", "summary", "location", "description", "status"].map((name) => value(name) === null ? "" : String(value(name))),
    ...["dtstart", "dtend"].map((name) => value(name) === null ? null : value(name).toUnixTime()),
  ];
});
console.log(JSON.stringify(found));
"""
Read = list[Any]


def by_client(data: bytes) -> Read:
    """METHOD, the texts and the times of the first entry; "" and None for what is not there."""
    calendar = parse_calendar(data)
    event, zones = calendar.components("VEVENT")[0], zones_of(calendar)
    times: list[Line | None] = [event.one(name.upper()) for name in TIMES]
    texts = [event.text(name.upper()) for name in TEXTS]
    return [calendar.value("METHOD"), *texts, *(moment_of(line, zones) if line else None for line in times)]


def by_vobject(data: bytes) -> Read:
    """The same as vobject reads it."""
    calendar = parse_by_vobject(data)
    event = calendar.vevent
    texts = [getattr(event, name).value if hasattr(event, name) else "" for name in TEXTS]
    times = [getattr(event, name).value.astimezone(UTC) if hasattr(event, name) else None for name in TIMES]
    return [calendar.method.value, *texts, *times]


def all_by_ical_js(calendars: Sequence[bytes]) -> list[Read]:
    """The same of each as ical.js reads it."""
    command = [str(Path(sys.executable).parent / "node"), "--input-type=module", "-e", ICAL_JS]
    given = json.dumps([data.decode() for data in calendars]).encode()
    done = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, check=True, timeout=60)
    found: list[Read] = json.loads(done.stdout)
    return [[*read[:-2], *(at if at is None else datetime.fromtimestamp(at, UTC) for at in read[-2:])] for read in found]
