"""Calendar bytes: right by RFC 5545, and the same to every reader."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import icalendar
import pytest
import vobject
from hypothesis import example, given, settings
from hypothesis import strategies as st

from confsvc.domain.calendar import Guest, Origin, Words, build_calendar, build_feed, build_message, serialize_calendar
from confsvc.domain.calendar_content import Change, Content, changes_between, content_from_json
from confsvc.domain.calendar_entries import Entry
from confsvc.domain.calendar_zones import build_timezone
from confsvc.domain.text import clean
from tests.domain.calendar_readers import read_by_ical_js, read_by_vobject

WORDS = Words(
    invited="Kính mời:",
    chair="Chủ trì",
    site="Điểm cầu",
    video_link="Đường dẫn họp trực tuyến",
    personal_link="Trang thư mời",
    address_forms={"comrade": "Đồng chí", "delegate": "Đại biểu"},
    states={"postponed": "Tạm hoãn", "cancelled": "Đã hủy"},
)
ORIGIN = Origin("https://hop.example.org/d/abc", "thu-ky@hop.example.org")
CONTENT = Content(
    session_id=None,
    scope="conference",
    title="Hội nghị tổng kết công tác Thông tin và Truyền thông năm 2022, triển khai nhiệm vụ năm 2023",
    conference="Hội nghị tổng kết công tác Thông tin và Truyền thông năm 2022, triển khai nhiệm vụ năm 2023",
    state="",
    starts_at=datetime(2023, 1, 16, 7, tzinfo=UTC),
    ends_at=datetime(2023, 1, 16, 10, tzinfo=UTC),
    timezone="Asia/Ho_Chi_Minh",
    host="Sở Thông tin và Truyền thông; Bình Thuận",
    chair="Nguyễn Minh, Phó Chủ tịch",
    person="Nguyễn Thị Dina, Trưởng phòng",
    unit="Sở Nội vụ",
    address_form="comrade",
    reply="none",
    site="Điểm cầu Phan Thiết",
    address=r"01 Nguyễn Tất Thành; cửa A\B, tầng 2",
    video_link="https://video.example.org/j/1?a=b,c;d",
    link_token="abc",
    created_at=datetime(2023, 1, 2, 1, 2, 3, tzinfo=UTC),
    lines=[(datetime(2023, 1, 16, 7, tzinfo=UTC), "Khai mạc"), (datetime(2023, 1, 16, 7, 20, tzinfo=UTC), "Báo cáo; thảo luận")],
)
ENTRY = Entry(CONTENT, "5b0ac0f5-2f0a-4c7c-9ab8-3e3b1c0f0d11", 3, datetime(2023, 1, 9, 4, 5, 6, tzinfo=UTC))
DESCRIPTION = "\n".join(
    [
        "Kính mời: Đồng chí Nguyễn Thị Dina, Trưởng phòng",
        "Sở Nội vụ",
        "Chủ trì: Nguyễn Minh, Phó Chủ tịch",
        r"Điểm cầu Phan Thiết, 01 Nguyễn Tất Thành; cửa A\B, tầng 2",
        "Đường dẫn họp trực tuyến: https://video.example.org/j/1?a=b,c;d",
        "Trang thư mời: https://hop.example.org/d/abc",
        "",
        "14:00 Khai mạc",
        "14:20 Báo cáo; thảo luận",
    ]
)


def as_bytes(**changes: object) -> bytes:
    return serialize_calendar(build_calendar([replace(ENTRY, content=replace(CONTENT, **changes))], WORDS, ORIGIN))  # type: ignore[arg-type]  # the tests name right fields


def alike(name: str) -> str:
    """A name as every reader reads it where it stands in a parameter."""
    return name.replace("\\", "＼").replace("^", "ˆ").replace('"', "”").strip()


def unfolded(data: bytes) -> list[str]:
    return data.decode().replace("\r\n ", "").split("\r\n")


@pytest.mark.parametrize("read", [read_by_vobject, read_by_ical_js])
def test_entry_says_the_same_to_an_independent_reader(read: object) -> None:
    assert callable(read)
    assert read(as_bytes()) == [
        {
            "uid": ENTRY.uid,
            "sequence": 3,
            "summary": CONTENT.title,
            "location": r"Điểm cầu Phan Thiết, 01 Nguyễn Tất Thành; cửa A\B, tầng 2",
            "description": DESCRIPTION,
            "status": "CONFIRMED",
            "tzid": "Asia/Ho_Chi_Minh",
            "starts_at": CONTENT.starts_at,
            "ends_at": CONTENT.ends_at,
            "organizer": "mailto:thu-ky@hop.example.org",
            "organizer_name": "Sở Thông tin và Truyền thông; Bình Thuận",
            "alarms": 2,
        }
    ]


def test_lines_of_an_entry() -> None:
    lines = unfolded(as_bytes())
    assert lines[:5] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//confsvc//Conference calendar//VI", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    for line in (
        "DTSTART;TZID=Asia/Ho_Chi_Minh:20230116T140000",
        "DTEND;TZID=Asia/Ho_Chi_Minh:20230116T170000",
        "DTSTAMP:20230109T040506Z",
        "LAST-MODIFIED:20230109T040506Z",
        "CREATED:20230102T010203Z",
        "SEQUENCE:3",
        "TRANSP:OPAQUE",
        "URL:https://hop.example.org/d/abc",
        "CONFERENCE;FEATURE=VIDEO;LABEL=Đường dẫn họp trực tuyến;VALUE=URI:https://video.example.org/j/1?a=b,c;d",
        'ORGANIZER;CN="Sở Thông tin và Truyền thông; Bình Thuận":mailto:thu-ky@hop.example.org',
        "TRIGGER:-P1D",
        "TRIGGER:-PT1H",
    ):
        assert lines.count(line) == 1, line
    assert not [line for line in lines if line.startswith("ATTENDEE")]
    assert lines[-2:] == ["END:VCALENDAR", ""]


@pytest.mark.parametrize(
    ("state", "status", "summary", "alarms"),
    [("", "CONFIRMED", "Họp", 2), ("postponed", "TENTATIVE", "[Tạm hoãn] Họp", 0), ("cancelled", "CANCELLED", "[Đã hủy] Họp", 0)],
)
def test_state_of_the_conference_shows(state: str, status: str, summary: str, alarms: int) -> None:
    [event] = read_by_vobject(as_bytes(state=state, title="Họp"))
    assert (event["status"], event["summary"], event["alarms"]) == (status, summary, alarms)


def test_someone_who_declined_is_neither_busy_nor_rung() -> None:
    lines = unfolded(as_bytes(reply="declined"))
    assert (lines.count("TRANSP:TRANSPARENT"), lines.count("BEGIN:VALARM")) == (1, 0)


def test_session_names_its_conference() -> None:
    [event] = read_by_vobject(as_bytes(session_id=7, title="Phiên sáng", conference="Hội nghị"))
    assert event["summary"] == "Phiên sáng"
    assert event["description"].split("\n")[:3] == ["Kính mời: Đồng chí Nguyễn Thị Dina, Trưởng phòng", "Sở Nội vụ", "Hội nghị"]


def test_feed_has_a_name_and_a_time_to_look_again_and_rings_once_for_a_moment() -> None:
    session = replace(ENTRY, uid="another", content=replace(CONTENT, session_id=7, title="Phiên một"))
    later = replace(ENTRY, uid="third", content=replace(CONTENT, session_id=8, starts_at=CONTENT.starts_at + timedelta(hours=1)))
    data = serialize_calendar(build_feed([ENTRY, session, later], WORDS, ORIGIN, CONTENT.title))
    lines = unfolded(data)
    escaped = CONTENT.title.replace(",", "\\,")
    for line in (f"NAME:{escaped}", f"X-WR-CALNAME:{escaped}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"):
        assert lines.count(line) == 1, line
    assert [(event["uid"], event["alarms"]) for event in read_by_ical_js(data)] == [(ENTRY.uid, 2), ("another", 0), ("third", 2)]


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("Europe/Berlin", datetime(2024, 3, 31, 0, 59, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2024, 3, 31, 1, 0, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2024, 7, 1, 12, 0, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2024, 10, 27, 2, 0, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2024, 10, 26, 21, 30, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2024, 12, 31, 23, 30, tzinfo=UTC)),
        ("America/New_York", datetime(2024, 3, 10, 7, 0, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2024, 10, 5, 15, 30, tzinfo=UTC)),
        ("Asia/Ho_Chi_Minh", datetime(2024, 1, 1, 0, 0, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("read", [read_by_vobject, read_by_ical_js])
def test_moment_beside_a_change_of_the_clock_is_the_same_to_an_independent_reader(zone: str, moment: datetime, read: object) -> None:
    assert callable(read)
    [event] = read(as_bytes(timezone=zone, starts_at=moment, ends_at=moment + timedelta(hours=2)))
    assert (event["tzid"], event["starts_at"], event["ends_at"]) == (zone, moment, moment + timedelta(hours=2))


def test_hour_that_comes_twice_is_given_in_universal_time() -> None:
    lines = unfolded(as_bytes(timezone="Europe/Berlin", starts_at=datetime(2024, 10, 27, 0, 30, tzinfo=UTC), ends_at=datetime(2024, 10, 27, 1, 30, tzinfo=UTC)))
    assert ("DTSTART:20241027T003000Z" in lines, "DTEND:20241027T013000Z" in lines) == (True, True)


def test_time_zone_changes_at_the_local_time_before_the_change() -> None:
    moment = datetime(2024, 7, 1, tzinfo=UTC)
    observances = build_timezone("Europe/Berlin", moment, moment).subcomponents
    assert [(part.name, part.DTSTART.isoformat(), part.TZOFFSETFROM, part.TZOFFSETTO) for part in observances[3:5]] == [
        ("DAYLIGHT", "2024-03-31T02:00:00", timedelta(hours=1), timedelta(hours=2)),
        ("STANDARD", "2024-10-27T03:00:00", timedelta(hours=2), timedelta(hours=1)),
    ]
    assert [part.DTSTART.year for part in observances] == [2023, 2023, 2023, 2024, 2024, 2025, 2025]


def test_zone_that_is_universal_time_itself_is_readable() -> None:
    for zone in ("UTC", "Etc/UTC"):
        calendar = icalendar.Calendar.from_ical(as_bytes(timezone=zone))
        assert calendar.walk("VEVENT")[0].decoded("dtstart") == CONTENT.starts_at


awkward = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("\\;,:\"'^\r\n\t\x00\x85\u2028\u202eễộĐ😀ắ")), max_size=300)


@settings(max_examples=150, deadline=None)
@example(title="", site="", person="", host="Sở\\ \\", line="")
@example(title="", site="", person="", host="\\", line="")
@given(title=awkward, site=awkward, person=awkward, host=awkward, line=awkward)
def test_awkward_text_is_folded_by_octets_and_comes_back(title: str, site: str, person: str, host: str, line: str) -> None:
    title, site, person, host, line = map(clean, (title, site, person, host, line))
    data = as_bytes(title=title, site=site, address="", person=person, host=host, conference="Hội nghị", lines=[(CONTENT.starts_at, line)])
    rows = data.split(b"\r\n")
    assert rows.pop() == b""
    for row in rows:
        assert len(row) <= 75
        assert not re.search(rb"[\r\n\x00-\x08\x0b-\x1f]", row)
        row.decode()
    [event] = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert (str(event["summary"]), str(event["location"])) == (title, site)
    assert str(event["description"]).split("\n")[0] == (f"Kính mời: Đồng chí {person}" if person else CONTENT.unit)
    assert str(event["description"]).split("\n")[-1] == f"14:00 {line}"
    assert event["organizer"].params["CN"] == (alike(host) or "Hội nghị")
    assert vobject.readOne(data.decode()).vevent.organizer.params["CN"] == [alike(host) or "Hội nghị"]
    [other] = read_by_vobject(data)
    assert (other["summary"], other["location"]) == (title, site)


def test_awkward_text_is_the_same_to_ical_js() -> None:
    texts = ["a;b,c\\n\\", "\\,", "\\n", "a\\\\b", 'Sở "X"', "^n^'^^", "ễ" * 60, "😀" * 40, "BEGIN:VEVENT", "x" * 74 + "\\", "{x} <script>"]
    entries = [replace(ENTRY, uid=str(n), content=replace(CONTENT, title=text, site=text, address="", host=text)) for n, text in enumerate(texts)]
    events = read_by_ical_js(serialize_calendar(build_calendar(entries, WORDS, ORIGIN)))
    assert [(event["summary"], event["location"], event["organizer_name"]) for event in events] == [(text, text, alike(text)) for text in texts]


@pytest.mark.parametrize(("site", "said"), [("điểm cầu số 2", "điểm cầu số 2"), ("Hội trường lớn", "Điểm cầu: Hội trường lớn")])
def test_the_label_of_the_site_is_not_said_twice(site: str, said: str) -> None:
    event = icalendar.Calendar.from_ical(as_bytes(site=site, address="")).walk("VEVENT")[0]

    assert said in str(event["description"]).split("\n")


STAMP = datetime(2023, 1, 10, 2, 3, 4, tzinfo=UTC)
PERSONAL = 'ATTENDEE;CN="Dina, Nguyễn";CUTYPE=INDIVIDUAL;PARTSTAT={partstat};ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:dina@example.org'


@pytest.mark.parametrize(("reply", "partstat"), [("none", "NEEDS-ACTION"), ("accepted", "ACCEPTED"), ("declined", "DECLINED")])
def test_request_names_organizer_and_the_one_guest_with_their_last_answer(reply: str, partstat: str) -> None:
    entry = replace(ENTRY, content=replace(CONTENT, reply=reply))
    built = build_message(entry, WORDS, ORIGIN, Guest("Dina, Nguyễn", "dina@example.org", reply), "REQUEST", STAMP)
    lines = unfolded(serialize_calendar(built))
    for line in (
        *("METHOD:REQUEST", "SEQUENCE:3", "STATUS:CONFIRMED", f"UID:{ENTRY.uid}"),
        *("DTSTAMP:20230110T020304Z", "LAST-MODIFIED:20230109T040506Z", PERSONAL.format(partstat=partstat)),
        'ORGANIZER;CN="Sở Thông tin và Truyền thông; Bình Thuận":mailto:thu-ky@hop.example.org',
    ):
        assert lines.count(line) == 1, line
    assert lines.count("BEGIN:VALARM") == (0 if reply == "declined" else 2)


def test_cancel_names_whom_it_takes_out_and_rings_no_more() -> None:
    entry = replace(ENTRY, content=replace(CONTENT, state="cancelled"))
    lines = unfolded(serialize_calendar(build_message(entry, WORDS, ORIGIN, Guest("", "dina@example.org"), "CANCEL", STAMP)))
    for line in (
        "METHOD:CANCEL",
        "STATUS:CANCELLED",
        "SEQUENCE:3",
        "ATTENDEE;CN=dina@example.org;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT:mailto:dina@example.org",
    ):
        assert lines.count(line) == 1, line
    assert "BEGIN:VALARM" not in lines


def test_the_own_answer_is_a_later_state_of_the_same_sequence() -> None:
    answered = datetime(2023, 1, 11, 1, tzinfo=UTC)
    lines = unfolded(as_bytes(reply="accepted", answered_at=answered))
    assert [line for line in lines if line.startswith(("DTSTAMP", "LAST-MODIFIED", "SEQUENCE"))] == [
        *("DTSTAMP:20230111T010000Z", "SEQUENCE:3", "LAST-MODIFIED:20230111T010000Z")
    ]
    assert replace(CONTENT, reply="declined", answered_at=answered).fingerprint() == CONTENT.fingerprint()


def test_what_is_kept_of_a_content_comes_back() -> None:
    whole = replace(CONTENT, reply="declined", answered_at=STAMP)
    assert content_from_json(json.loads(json.dumps(whole.as_json()))) == whole


def test_changes_are_named_one_by_one_with_before_and_after() -> None:
    later = CONTENT.ends_at + timedelta(hours=1)
    after = replace(CONTENT, state="postponed", ends_at=later, site="Điểm cầu Hàm Thuận", lines=CONTENT.lines[:1], link_token="new", reply="accepted")
    assert changes_between(CONTENT, after) == (
        Change("state", "", "postponed"),
        Change("period", (CONTENT.starts_at, CONTENT.ends_at), (CONTENT.starts_at, later)),
        Change("place", CONTENT.place, after.place),
        Change("agenda", list(CONTENT.lines), list(CONTENT.lines[:1])),
        Change("personal_link", "abc", "new"),
    )


def test_a_server_that_knows_no_address_of_its_own_gives_none() -> None:
    lines = unfolded(serialize_calendar(build_calendar([ENTRY], WORDS, Origin("", "thu-ky@hop.example.org"))))
    assert not [line for line in lines if line.startswith("URL")]
    assert "Trang thư mời" not in "".join(lines)
