"""Calendars read back by two parsers that are not the one that wrote them: vobject (Python) and ical.js (JavaScript)."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import vobject

ROOT = Path(__file__).resolve().parents[2]
ICAL_JS = """
import ICAL from "ical.js";
import { readFileSync } from "node:fs";
const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
const events = calendar.getAllSubcomponents("vevent").map((component) => {
  const event = new ICAL.Event(component);
  return {
    uid: event.uid, sequence: event.sequence, summary: event.summary, location: event.location, description: event.description,
    status: component.getFirstPropertyValue("status"),
    tzid: component.getFirstProperty("dtstart").getParameter("tzid"),
    starts_at: event.startDate.toUnixTime(), ends_at: event.endDate.toUnixTime(),
    organizer: event.organizer, organizer_name: component.getFirstProperty("organizer").getParameter("cn"),
    alarms: component.getAllSubcomponents("valarm").length,
  };
});
console.log(JSON.stringify(events));
"""


def parse_by_vobject(data: bytes) -> Any:
    """The calendar as vobject's objects."""
    # vobject keeps the first zone of a name for good, however another calendar describes it.
    vars(vobject.icalendar)["__tzidMap"].clear()
    return vobject.readOne(data.decode())


def read_by_vobject(data: bytes) -> list[dict[str, Any]]:
    """The events as vobject understands them."""
    return [
        {
            "uid": event.uid.value,
            "sequence": int(event.sequence.value),
            "summary": event.summary.value,
            "location": event.location.value,
            "description": event.description.value,
            "status": event.status.value,
            "tzid": event.dtstart.params.get("X-VOBJ-ORIGINAL-TZID", [None])[0],
            "starts_at": event.dtstart.value.astimezone(UTC),
            "ends_at": event.dtend.value.astimezone(UTC),
            "organizer": event.organizer.value,
            "organizer_name": event.organizer.params["CN"][0],
            "alarms": len(getattr(event, "valarm_list", [])),
        }
        for event in getattr(parse_by_vobject(data), "vevent_list", [])
    ]


def read_by_ical_js(data: bytes) -> list[dict[str, Any]]:
    """The events as ical.js understands them, with the time zones of the file itself."""
    command = [str(Path(sys.executable).parent / "node"), "--input-type=module", "-e", ICAL_JS]
    done = subprocess.run(command, cwd=ROOT, input=data, capture_output=True, check=True, timeout=60)
    events: list[dict[str, Any]] = json.loads(done.stdout)
    for event in events:
        for key in ("starts_at", "ends_at"):
            event[key] = datetime.fromtimestamp(event[key], UTC)
    return events
