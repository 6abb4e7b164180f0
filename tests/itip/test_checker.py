"""The checker finds every planted offence, and nothing in what is right."""

import pytest

from tests.itip.checker import offences
from tests.itip.objects import ALARM, ATTENDEE, BERLIN, EVENT, as_octets, calendar, cancel, request

END_BERLIN = "END:STANDARD\nEND:VTIMEZONE"
PUBLISHED = EVENT.replace(ATTENDEE, "")


def test_nothing_is_found_in_what_is_right() -> None:
    published = calendar("PUBLISH", event=PUBLISHED)
    feed = published.replace("METHOD:PUBLISH\n", "METHOD:PUBLISH\nNAME:Lịch\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\nX-PUBLISHED-TTL:PT1H\n")
    whole_day = EVENT.replace(";TZID=Europe/Berlin:20240701T090000", ";VALUE=DATE:20240701").replace(
        ";TZID=Europe/Berlin:20240701T110000", ";VALUE=DATE:20240702"
    )
    good = [request(), cancel(), *map(as_octets, (published, feed, calendar(event=whole_day)))]
    assert [offences(data) for data in good] == [[]] * len(good)


# What is planted: what stands there → what is put in its place; the rule that must be named.
PLANTED = [
    ("VERSION:2.0\n", "", "§3.6: VCALENDAR has VERSION 0 times"),
    ("PRODID:-//tests//EN\n", "", "§3.6: VCALENDAR has PRODID 0 times"),
    ("VERSION:2.0", "VERSION:1.0", "VERSION is never '1.0'"),
    ("VERSION:2.0", "VERSION:2.0\nCALSCALE:JULIAN", "CALSCALE is never 'JULIAN'"),
    ("METHOD:REQUEST", "METHOD:INVITE", "METHOD is never 'INVITE'"),
    ("METHOD:REQUEST", "METHOD:REQUEST\nMETHOD:REQUEST", "VCALENDAR has METHOD 2 times"),
    ("METHOD:REQUEST", "METHOD:REQUEST\nREFRESH-INTERVAL:PT1H", "RFC 7986 §5: REFRESH-INTERVAL without VALUE"),
    ("METHOD:REQUEST", "METHOD:REQUEST\nREFRESH-INTERVAL;VALUE=DURATION:PT0S", "REFRESH-INTERVAL is not positive"),
    ("METHOD:REQUEST", "METHOD:REQUEST\nREFRESH-INTERVAL;VALUE=DURATION:-PT1H", "REFRESH-INTERVAL is not positive"),
    ("METHOD:REQUEST", "METHOD:REQUEST\nREFRESH-INTERVAL;VALUE=DURATION:1H", "REFRESH-INTERVAL is no DURATION"),
    (f"{BERLIN}\n{EVENT}\n", "", "§3.6: a calendar without component"),
    (EVENT + "\n", "", "RFC 5546 §3.2: REQUEST without VEVENT"),
    ("UID:a-1\n", "", "VEVENT has UID 0 times"),
    ("UID:a-1", "UID:a-1\nUID:a-2", "VEVENT has UID 2 times"),
    ("UID:a-1", "UID:", "an empty UID"),
    ("DTSTAMP:20240101T000000Z\n", "", "VEVENT has DTSTAMP 0 times"),
    ("DTSTAMP:20240101T000000Z", "DTSTAMP:20240101T000000", "DTSTAMP is not in UTC"),
    ("DTSTAMP:20240101T000000Z", "DTSTAMP:20240101", "DTSTAMP is no DATE-TIME"),
    ("DTSTAMP:20240101T000000Z", "DTSTAMP:20240101T000000Z\nCREATED:20240101T000000", "CREATED is not in UTC"),
    ("DTSTAMP:20240101T000000Z", "DTSTAMP:20240231T000000Z", "DTSTAMP is no DATE-TIME"),
    ("DTSTART;TZID=Europe/Berlin:20240701T090000\n", "", "RFC 5546 §3.2: REQUEST has DTSTART 0 times"),
    ("DTSTART;TZID=Europe/Berlin:20240701T090000\n", "", "DTEND without DTSTART"),
    ("20240701T110000", "20240701T090000", "DTEND 20240701T090000 is not later"),
    ("20240701T110000", "20240701T250000", "DTEND is no DATE-TIME"),
    ("DTEND;TZID=Europe/Berlin:20240701T110000", "DTEND:20240701T065959Z", "is not later than DTSTART"),
    ("DTEND;TZID=Europe/Berlin:20240701T110000", "DTEND:20240701T110000", "one of DTSTART and DTEND floats"),
    ("DTEND;TZID=Europe/Berlin:20240701T110000", "DTEND;VALUE=DATE:20240702", "DTEND is of another type"),
    ("DTEND;TZID=Europe/Berlin:20240701T110000", "DTEND;TZID=Europe/Berlin:20240701T110000\nDURATION:PT1H", "DTEND and DURATION"),
    ("DTEND;TZID=Europe/Berlin:20240701T110000", "DURATION:-PT1H", "DURATION is not positive"),
    ("DTEND;TZID=Europe/Berlin:20240701T110000", "DTEND;TZID=Europe/Berlin:20240701T110000Z", "DTEND has a time zone and needs none"),
    ("DTEND;TZID=Europe/Berlin:20240701T110000", "DTEND;TZID=Asia/Ho_Chi_Minh:20240701T110000", "which no VTIMEZONE describes"),
    ("SUMMARY:Họp\\, bàn\\; không\n", "", "RFC 5546 §3.2: REQUEST has SUMMARY 0 times"),
    ("Họp\\, bàn\\; không", "Họp, bàn", "SUMMARY is no TEXT"),
    ("Họp\\, bàn\\; không", "Họp; bàn", "SUMMARY is no TEXT"),
    ("Họp\\, bàn\\; không", "Họp\\x", "SUMMARY is no TEXT"),
    ("Họp\\, bàn\\; không", "Họp\\", "SUMMARY is no TEXT"),
    ("SUMMARY:", "SUMMARY;CN=a:", "CN has no place at SUMMARY"),
    ("SUMMARY:", "SUMMARY;LANGUAGE=vi;LANGUAGE=en:", "SUMMARY has LANGUAGE 2 times"),
    ("SUMMARY:", "SUMMARY;ALTREP=cid:", "§3.2: ALTREP without quotation marks"),
    ("LOCATION:Phòng 1", "LOCATION:Phòng 1\nLOCATION:Phòng 2", "VEVENT has LOCATION 2 times"),
    ("LOCATION:Phòng 1", "LOCATIE:Phòng 1", "LOCATIE has no place in VEVENT"),
    ("LOCATION:Phòng 1", "URL:không phải", "URL is no URI"),
    ("LOCATION:Phòng 1", "URL:https://example.org/ễ", "URL is no URI"),
    ("LOCATION:Phòng 1", "CONFERENCE:https://example.org/", "CONFERENCE without VALUE"),
    ("LOCATION:Phòng 1", "CONFERENCE;VALUE=URI;FEATURE=SMELL:https://example.org/", "FEATURE is never 'SMELL'"),
    ("LOCATION:Phòng 1", "LOCATION;VALUE=URI:Phòng 1", "LOCATION is never of type URI"),
    ("LOCATION:Phòng 1", "PRIORITY:10", "PRIORITY is 10"),
    ("LOCATION:Phòng 1", "CLASS:SECRET", "CLASS is never 'SECRET'"),
    ("LOCATION:Phòng 1", "RRULE:COUNT=2", "RRULE is no RECUR"),
    ("LOCATION:Phòng 1", "LAST-MODIFIED:20240101T000000", "LAST-MODIFIED is not in UTC"),
    ("LOCATION:Phòng 1", "X-A:b;c", "X-A is no TEXT"),
    ("LOCATION:Phòng 1", "CONTACT:a\nCONTACT:b", "CONTACT 2 times"),
    ("SEQUENCE:0", "SEQUENCE:-1", "SEQUENCE is -1"),
    ("SEQUENCE:0", "SEQUENCE:one", "SEQUENCE is no INTEGER"),
    ("SEQUENCE:0", "SEQUENCE:99999999999", "SEQUENCE is no INTEGER"),
    ("ORGANIZER;CN=Host:mailto:host@example.org\n", "", "REQUEST has ORGANIZER 0 times"),
    ("mailto:host@example.org", "host@example.org", "ORGANIZER is no CAL-ADDRESS"),
    ("mailto:host@example.org", "https://example.org", "ORGANIZER is no mail address"),
    ("ORGANIZER;CN=Host", "ORGANIZER;CN=Host;RSVP=TRUE", "RSVP has no place at ORGANIZER"),
    (ATTENDEE, "", "REQUEST has ATTENDEE 0 times"),
    ("PARTSTAT=NEEDS-ACTION", "PARTSTAT=MAYBE", "PARTSTAT is never 'MAYBE'"),
    ("ROLE=REQ-PARTICIPANT", "ROLE=GUEST", "ROLE is never 'GUEST'"),
    ("RSVP=TRUE", "RSVP=YES", "RSVP is never 'YES'"),
    ("RSVP=TRUE", "RSVP=TRUE,FALSE", "RSVP has 2 values"),
    ("STATUS:CONFIRMED", "STATUS:CANCELLED", "RFC 5546 §3.2: REQUEST with STATUS CANCELLED"),
    ("STATUS:CONFIRMED", "STATUS:DONE", "STATUS is never 'DONE'"),
    ("STATUS:CONFIRMED", "STATUS:CONFIRMED\nREQUEST-STATUS:2.0", "REQUEST has REQUEST-STATUS 1 times"),
    ("TRANSP:OPAQUE", "TRANSP:BUSY", "TRANSP is never 'BUSY'"),
    ("ACTION:DISPLAY\n", "", "VALARM has ACTION 0 times"),
    ("TRIGGER:-PT1H\n", "", "VALARM has TRIGGER 0 times"),
    ("TRIGGER:-PT1H", "TRIGGER:-1H", "TRIGGER is no DURATION"),
    ("TRIGGER:-PT1H", "TRIGGER:-PT1H30S", "TRIGGER is no DURATION"),
    ("TRIGGER:-PT1H", "TRIGGER;VALUE=DATE-TIME:20240701T080000", "an absolute TRIGGER is not in UTC"),
    ("TRIGGER:-PT1H", "TRIGGER;RELATED=MIDDLE:-PT1H", "RELATED is never 'MIDDLE'"),
    ("DESCRIPTION:Họp\n", "", "§3.6.6: DISPLAY without DESCRIPTION"),
    ("ACTION:DISPLAY", "ACTION:EMAIL", "EMAIL without SUMMARY"),
    ("ACTION:DISPLAY", "ACTION:DISPLAY\nREPEAT:2", "DURATION and REPEAT come together"),
    (ALARM, f"{ALARM}PRIORITY:1\n", "§3.4: PRIORITY after a component"),
    (ALARM, "BEGIN:VTODO\nUID:1\nEND:VTODO\n", "VTODO within VEVENT"),
    (EVENT, f"{EVENT}\n{EVENT}", "2 entries are 'a-1'"),
    (EVENT, f"{EVENT}\n{EVENT.replace('a-1', 'a-2')}", "the entries of one REQUEST have several UIDs"),
    (BERLIN + "\n", "", "which no VTIMEZONE describes"),
    (BERLIN, f"{BERLIN}\n{BERLIN}", "VTIMEZONE 'Europe/Berlin' stands there 2 times"),
    ("TZID:Europe/Berlin\n", "", "VTIMEZONE has TZID 0 times"),
    (BERLIN[BERLIN.index("BEGIN:DAYLIGHT") : BERLIN.index("END:VTIMEZONE")], "", "a time zone without STANDARD and DAYLIGHT"),
    ("DTSTART:19961027T030000\n", "", "STANDARD has DTSTART 0 times"),
    ("DTSTART:19961027T030000", "DTSTART:19961027T030000Z", "DTSTART of STANDARD is no local time"),
    ("TZOFFSETTO:+0100\n", "", "STANDARD has TZOFFSETTO 0 times"),
    ("TZOFFSETFROM:+0200\n", "", "STANDARD has TZOFFSETFROM 0 times"),
    ("TZOFFSETFROM:+0200", "TZOFFSETFROM:+2", "TZOFFSETFROM is no UTC-OFFSET"),
    ("TZOFFSETFROM:+0200", "TZOFFSETFROM:-0000", "TZOFFSETFROM is no UTC-OFFSET"),
    ("BYMONTH=3;BYDAY=-1SU", "BYMONTH=3;BYDAY=-1SU;UNTIL=20300101T000000", "UNTIL of DAYLIGHT is not in UTC"),
    ("END:VCALENDAR\n", "", "VCALENDAR has no END"),
    ("END:VALARM", "END:VEVENT", "END:VEVENT ends nothing"),
    ("LOCATION:Phòng 1", "LOCATION Phòng 1", "no colon"),
]


@pytest.mark.parametrize(("was", "planted", "rule"), PLANTED)
def test_planted_offence_is_found(was: str, planted: str, rule: str) -> None:
    text = calendar()
    assert was in text
    found = offences(as_octets(text.replace(was, planted, 1)))
    assert any(rule in offence for offence in found), found


@pytest.mark.parametrize(
    ("was", "planted", "rule"),
    [
        (b"LOCATION:Ph\xc3\xb2ng 1", b"LOCATION:" + b"x" * 67, "has 76 octets"),
        (b"\r\n", b"\n", "half a line break"),
        (b"LOCATION:", b"LOCATION:\x07", "a control character"),
        (b"LOCATION:", b"LOCATION:\xff", "is not UTF-8"),
        (b"Ph\xc3\xb2ng 1", b"Ph\xc3\r\n \xb2ng 1", "folded within a letter"),
        (b"STATUS:", b"\r\nSTATUS:", "no name at 0"),
        (b"END:VCALENDAR\r\n", b"END:VCALENDAR", "not ended by CR LF"),
    ],
)
def test_planted_octets_are_found(was: bytes, planted: bytes, rule: str) -> None:
    data = request()
    assert was in data
    found = offences(data.replace(was, planted, 1))
    assert any(rule in offence for offence in found), found


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (calendar("PUBLISH"), "PUBLISH has ATTENDEE 1 times"),
        (calendar("CANCEL"), "CANCEL with VALARM"),
        (calendar("CANCEL"), "CANCEL with STATUS CONFIRMED"),
        (calendar("CANCEL", event=EVENT.replace("SEQUENCE:0\n", "")), "CANCEL has SEQUENCE 0 times"),
        (calendar("CANCEL", event=PUBLISHED), "CANCEL has ATTENDEE 0 times"),
        (calendar("REPLY", event=EVENT.replace(ATTENDEE, ATTENDEE + ATTENDEE.replace("dina", "eva"))), "REPLY has ATTENDEE 2 times"),
        (calendar("REPLY"), "REPLY with VALARM"),
        (calendar("DECLINECOUNTER", event=EVENT.replace("ORGANIZER;CN=Host:mailto:host@example.org\n", "")), "DECLINECOUNTER has ORGANIZER 0 times"),
        (calendar().replace("METHOD:REQUEST\n", "").replace("DTSTART;TZID=Europe/Berlin:20240701T090000\n", ""), "DTEND without DTSTART"),
    ],
)
def test_offence_against_a_method_is_found(text: str, rule: str) -> None:
    found = offences(as_octets(text))
    assert any(rule in offence for offence in found), found
