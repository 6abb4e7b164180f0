"""The recipient's calendar keeps the newest word (RFC 5546 §2.1.5) and complains of what an organizer must not do."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from tests.itip.answers import answer, propose
from tests.itip.checker import offences
from tests.itip.client import CalendarClient, Shown, read_feed
from tests.itip.content_lines import Malformed, parse_calendar
from tests.itip.objects import ATTENDEE, BERLIN, EVENT, as_octets, calendar, cancel, request

DINA = "dina@example.org"
BERLIN_TIME = ZoneInfo("Europe/Berlin")
SHOWN = Shown(
    uid="a-1",
    sequence=0,
    summary="Họp, bàn; không",
    location="Phòng 1",
    description="",
    status="CONFIRMED",
    starts_at=datetime(2024, 7, 1, 9, tzinfo=BERLIN_TIME),
    ends_at=datetime(2024, 7, 1, 11, tzinfo=BERLIN_TIME),
    partstat="NEEDS-ACTION",
    organizer="mailto:host@example.org",
    alarms=(datetime(2024, 7, 1, 8, tzinfo=BERLIN_TIME),),
)
LATER = {"SEQUENCE": "1", "DTSTAMP": "20240102T000000Z", "LOCATION": "Phòng 2"}


def fed(*messages: bytes) -> CalendarClient:
    client = CalendarClient(DINA)
    for message in messages:
        client.receive(message)
    return client


def test_request_is_shown_to_viewers_in_their_own_zones() -> None:
    client = fed(request())
    assert client.shown("Europe/Berlin") == [SHOWN]
    [there] = client.shown("Asia/Ho_Chi_Minh")
    assert (f"{there.starts_at:%H:%M}", f"{there.ends_at:%H:%M}", f"{there.alarms[0]:%H:%M}") == ("14:00", "16:00", "13:00")
    [far] = client.shown("Pacific/Auckland")
    assert (f"{far.starts_at:%d %H:%M}", far.starts_at) == ("01 19:00", SHOWN.starts_at)
    assert client.complaints == []


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_newest_word_stands_in_whatever_order_they_come(order: tuple[int, ...]) -> None:
    renewed = request(**{**LATER, "DTSTAMP": "20240103T000000Z", "LOCATION": "Phòng 3"})
    messages = [request(), request(**LATER), renewed]
    client = fed(*(messages[number] for number in order))
    assert client.shown("Europe/Berlin") == [replace(SHOWN, sequence=1, location="Phòng 3")]


def test_what_became_of_each_message() -> None:
    client = CalendarClient(DINA)
    renewed = request(**{**LATER, "DTSTAMP": "20240104T000000Z"})
    messages = [request(**LATER), request(**LATER), request(), renewed, cancel(SEQUENCE="0"), cancel(SEQUENCE="2"), request(SEQUENCE="3")]
    assert [client.receive(message) for message in messages] == [["added"], ["seen"], ["outdated"], ["renewed"], ["outdated"], ["cancelled"], ["updated"]]
    assert [one.sequence for one in client.shown()] == [3]


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_cancelled_entry_is_gone_also_when_an_old_request_comes_after(order: tuple[int, ...]) -> None:
    client = fed(request(), *([cancel(), request()][number] for number in order))
    assert (client.shown(), client.complaints) == ([], [])


@pytest.mark.parametrize(
    ("messages", "complaint"),
    [
        ([request(ATTENDEE="mailto:eva@example.org")], "a REQUEST to dina@example.org names ['mailto:eva@example.org']"),
        ([cancel()], "CANCEL of a-1, which dina@example.org never held"),
        ([request(), cancel(SEQUENCE="0")], "CANCEL of a-1 does not raise SEQUENCE 0"),
        ([request(), cancel(), cancel(SEQUENCE="2")], "CANCEL of a-1, which is cancelled already"),
        ([request(), request(DTSTAMP="20240102T000000Z", STATUS="TENTATIVE")], "a-1: ['STATUS'] changed, SEQUENCE stayed 0"),
        ([request(), request(SEQUENCE="1", DTSTAMP="20240102T000000Z")], "a-1: SEQUENCE rose to 1, and nothing changed"),
        ([request(), request(**LATER, ORGANIZER="mailto:x@example.org")], "a-1: another ORGANIZER speaks"),
        ([as_octets(calendar("REPLY"))], "METHOD 'REPLY' is not sent to an attendee"),
    ],
)
def test_complaint(messages: list[bytes], complaint: str) -> None:
    assert fed(*messages).complaints == [complaint]


def test_the_answer_of_the_attendee_alone_is_no_change() -> None:
    answered = request(DTSTAMP="20240102T000000Z", ATTENDEE=f";PARTSTAT=ACCEPTED:mailto:{DINA}")
    client = fed(request(), answered)
    assert ([one.partstat for one in client.shown()], client.complaints) == (["ACCEPTED"], [])


def test_instances_are_kept_apart_and_go_with_the_whole() -> None:
    instance = request(SEQUENCE="0", DTSTART=";TZID=Europe/Berlin:20240702T090000", DTEND=";TZID=Europe/Berlin:20240702T110000")
    instance = instance.replace(b"SEQUENCE:0\r\n", b"SEQUENCE:0\r\nRECURRENCE-ID;TZID=Europe/Berlin:20240702T080000\r\n")
    client = fed(request(), instance)
    assert [f"{one.starts_at:%d %H}" for one in client.shown("Europe/Berlin")] == ["01 09", "02 09"]
    client.receive(cancel())
    assert client.shown() == []


def test_published_entries_have_no_attendee_and_are_read_from_a_feed() -> None:
    published = as_octets(calendar("PUBLISH", event=EVENT.replace(ATTENDEE, "")))
    assert fed(published).shown("Europe/Berlin") == read_feed(published, "Europe/Berlin") == [replace(SHOWN, partstat="")]


def test_times_without_a_zone_that_the_object_describes_are_not_guessed() -> None:
    with pytest.raises(Malformed):
        fed(as_octets(calendar(zone=BERLIN.replace("Europe/Berlin", "Other")))).shown()
    with pytest.raises(Malformed):
        fed(request(DTSTART="20240701T090000")).shown()


def test_answers_of_the_client_are_right_by_the_rules() -> None:
    client = fed(request(**LATER))
    now = datetime(2024, 1, 5, tzinfo=UTC)
    reply = answer(client, "a-1", "DECLINED", now, comment="Bận; xin phép, \\")
    counter = propose(client, "a-1", datetime(2024, 7, 2, 7, tzinfo=UTC), datetime(2024, 7, 2, 9, tzinfo=UTC), now, comment="Chiều")
    assert (offences(reply), offences(counter)) == ([], [])
    [event] = parse_calendar(reply).components("VEVENT")
    assert (event.value("UID"), event.value("SEQUENCE"), event.text("COMMENT")) == ("a-1", "1", "Bận; xin phép, \\")
