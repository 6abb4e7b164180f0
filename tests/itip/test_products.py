"""Every .ics that the product makes breaks no rule, and three readers that did not write it read the same in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings

from confsvc.domain.calendar import Guest
from confsvc.domain.text import clean
from tests.domain.calendar_readers import parse_by_vobject, read_by_ical_js, read_by_vobject
from tests.itip.checker import offences
from tests.itip.client import CalendarClient, Shown, read_feed
from tests.itip.content_lines import parse_calendar
from tests.itip.products import AWKWARD, CONTENT, ENTRY, GUEST, KINDS, awkward, contents, with_texts

CHANGES = [
    {},
    {"state": "postponed"},
    {"reply": "declined", "answered_at": datetime(2024, 1, 9, 9, tzinfo=UTC)},
    {"session_id": 7, "scope": "session:1", "title": "Phiên sáng"},
    {"video_link": "", "address": "", "chair": "", "host": "", "lines": []},
    {"title": "", "site": "", "person": ""},
    {"timezone": "Europe/Berlin", "starts_at": datetime(2024, 3, 31, 0, 30, tzinfo=UTC), "ends_at": datetime(2024, 3, 31, 1, 30, tzinfo=UTC)},
    {"timezone": "America/New_York", "starts_at": datetime(2024, 11, 3, 5, 30, tzinfo=UTC), "ends_at": datetime(2024, 11, 3, 6, 30, tzinfo=UTC)},
    {"timezone": "UTC"},
]
ZONES = ("Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "UTC")


def shown_of(kind: str, data: bytes, viewer: str = "UTC") -> list[Shown]:
    """What a person in this zone sees of the bytes, by the client of these tests."""
    if kind == "feed":
        return read_feed(data, viewer)
    client = CalendarClient(GUEST.address)
    client.receive(data)
    assert client.complaints == []
    return client.shown(viewer)


@pytest.mark.parametrize("kind", ["file", "feed", "request"])
@pytest.mark.parametrize("changes", CHANGES)
def test_all_readers_read_the_same(kind: str, changes: dict[str, object]) -> None:
    entry = replace(ENTRY, content=replace(CONTENT, **changes))  # type: ignore[arg-type]  # the names are those of the content
    data = contents(entry)[kind]
    assert offences(data) == []
    [mine] = shown_of(kind, data)
    assert (mine.starts_at, mine.ends_at, mine.summary.endswith(entry.content.title)) == (entry.content.starts_at, entry.content.ends_at, True)
    expected = {
        "uid": ENTRY.uid,
        "sequence": 3,
        "summary": mine.summary,
        "location": mine.location,
        "description": mine.description,
        "status": mine.status,
        "starts_at": mine.starts_at,
        "ends_at": mine.ends_at,
        "organizer": mine.organizer,
        "alarms": len(mine.alarms),
    }
    for read in (read_by_vobject, read_by_ical_js):
        [theirs] = read(data)
        assert {key: theirs[key] for key in expected} == expected, read.__name__


@pytest.mark.parametrize("changes", CHANGES)
def test_cancel_breaks_no_rule(changes: dict[str, object]) -> None:
    client = CalendarClient(GUEST.address)
    entry = replace(ENTRY, content=replace(CONTENT, **changes))  # type: ignore[arg-type]  # as above
    client.receive(contents(entry)["request"])
    data = contents(replace(entry, sequence=4))["cancel"]
    assert offences(data) == []
    assert (client.receive(data), client.shown(), client.complaints) == (["cancelled"], [], [])


@settings(max_examples=60, deadline=None)
@example(title="", site="", address="", person="", host="", line="")
@example(title="\\", site="\\", address=";", person=",", host="\\", line="\\")
@given(title=awkward, site=awkward, address=awkward, person=awkward, host=awkward, line=awkward)
def test_awkward_texts_break_no_rule_and_come_back(title: str, site: str, address: str, person: str, host: str, line: str) -> None:
    entry = with_texts(title, site, address, person, host, line)
    place = ", ".join(part for part in (site, address) if part)
    for kind, data in contents(entry, Guest(person, GUEST.address)).items():
        assert offences(data) == [], kind
        [event] = parse_calendar(data).components("VEVENT")
        said = (event.text("SUMMARY").removeprefix("[Đã hủy] "), event.text("LOCATION"))
        assert said == (title.removeprefix("[Đã hủy] "), place)
        described = event.text("DESCRIPTION").split("\n")
        assert (described[-1], f"Kính mời: Đồng chí {person}" in described) == (f"14:00 {line}", bool(person))
        others = parse_by_vobject(data).vevent
        assert (others.summary.value, others.location.value) == (event.text("SUMMARY"), place)


@pytest.mark.parametrize("kind", KINDS)
def test_awkward_texts_are_the_same_to_ical_js(kind: str) -> None:
    for start in range(0, len(AWKWARD), 6):
        texts = [*AWKWARD[start : start + 6], *AWKWARD[: max(0, start + 6 - len(AWKWARD))]]
        title, site, address, person, host, line = map(clean, texts)
        data = contents(with_texts(title, site, address, person, host, line), Guest(person, GUEST.address))[kind]
        [event] = read_by_ical_js(data)
        mine = parse_calendar(data).components("VEVENT")[0]
        assert (event["summary"], event["location"], event["description"]) == tuple(map(mine.text, ("SUMMARY", "LOCATION", "DESCRIPTION")))


@settings(max_examples=40, deadline=None)
@given(title=awkward, person=awkward)
def test_names_cannot_add_lines_or_people(title: str, person: str) -> None:
    injected = f"{title}\r\nATTENDEE:mailto:mallory@example.org\r\nX:{person}"
    data = contents(with_texts(clean(injected), "", "", clean(injected), clean(injected), ""), Guest(injected, GUEST.address))["request"]
    [event] = parse_calendar(data).components("VEVENT")
    assert [line.value for line in event.all("ATTENDEE")] == ["mailto:dina@example.org"]


@pytest.mark.parametrize(("zone", "viewer"), list(zip(ZONES, cycle(["America/Los_Angeles", "Asia/Ho_Chi_Minh", "Australia/Lord_Howe"]), strict=False)))
def test_viewer_in_another_zone_sees_the_right_hour_all_year(zone: str, viewer: str) -> None:
    """Every half hour around each change of the clock, and one hour of every fourth week."""
    moments = {datetime(2024, 1, 1, 9, tzinfo=UTC) + timedelta(weeks=week) for week in range(0, 53, 4)} | set(around_changes(zone))
    for moment in sorted(moments):
        entry = replace(ENTRY, content=replace(CONTENT, timezone=zone, starts_at=moment, ends_at=moment + timedelta(hours=2)))
        [seen] = shown_of("request", contents(entry)["request"], viewer)
        expected = (moment.astimezone(ZoneInfo(viewer)).isoformat(), (moment + timedelta(hours=2)).astimezone(ZoneInfo(viewer)).isoformat())
        assert (seen.starts_at.isoformat(), seen.ends_at.isoformat()) == expected
        rings = sorted((moment - timedelta(days=1), moment - timedelta(hours=1)))
        assert [at.astimezone(UTC) for at in seen.alarms] == rings


def around_changes(zone: str) -> list[datetime]:
    """The half hours of the day in which this zone's clock changes in 2024."""
    real, hour = ZoneInfo(zone), timedelta(hours=1)
    hours = [datetime(2024, 1, 1, tzinfo=UTC) + hour * number for number in range(366 * 24)]
    changes = [at for at in hours if at.astimezone(real).utcoffset() != (at + hour).astimezone(real).utcoffset()]
    return [change + timedelta(minutes=30 * step) for change in changes for step in range(-5, 6)]
