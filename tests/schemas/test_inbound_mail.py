"""Mail that comes in, as clients and servers really send it, and as nobody should."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confsvc.domain.inbound_mail import Bounce, CalendarAnswer, InboundMail, Proposal
from confsvc.schemas.inbound_mail import READ_BYTES, read_mail
from tests.answering import ADDRESS, STAMP, answer_mail, answer_text, delivery_report, letter, plain_bounce

UID = "00000000-0000-4000-8000-000000000001"
ACCEPTED = CalendarAnswer("REPLY", UID, ADDRESS, "ACCEPTED", 0, STAMP)


def one(data: bytes) -> CalendarAnswer:
    [answer] = read_mail(data).answers
    return answer


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize(
    "kind", ["text/calendar", "application/ics", "Text/Calendar", 'application/octet-stream; name="invite.ICS"', 'text/plain; name="a.ics"']
)
def test_answer_is_found_in_every_encoding_and_kind_of_part(encoding: str, kind: str) -> None:
    mail = read_mail(answer_mail(answer_text(UID, sequence=3), encoding=encoding, kind=kind))
    assert (mail.sender, mail.subject, mail.answers) == (ADDRESS, "Accepted: Hội nghị", (replace(ACCEPTED, sequence=3),))


def test_the_same_answer_as_part_and_as_file_is_one() -> None:
    calendar = answer_text(UID)
    other = answer_mail(calendar, kind="application/ics").partition(b"--part\r\n")[2].partition(b"--part\r\n")[2]
    both = answer_mail(calendar).replace(b"--part--\r\n", b"--part\r\n" + other)
    assert one(both) == ACCEPTED


@pytest.mark.parametrize(
    ("changes", "comment"),
    [
        ({"lines": ["COMMENT;LANGUAGE=vi:Đi công tác\\, xin lỗi"]}, "Đi công tác, xin lỗi"),
        ({"parameters": ';X-NUM-GUESTS=0;X-RESPONSE-COMMENT="Bận họp, xin lỗi"'}, "Bận họp, xin lỗi"),
        ({"lines": ["X-CALENDARSERVER-ATTENDEE-COMMENT:Ốm"]}, "Ốm"),
        ({"lines": ["COMMENT:", "COMMENT:muộn"]}, ""),
        ({"lines": ["COMMENT:" + "x" * 2_000]}, "x" * 500),
        ({"lines": ["COMMENT:a\\nb\u202ec\x00"]}, "a bc"),
    ],
)
def test_comment_is_read_where_clients_put_it(changes: dict[str, Any], comment: str) -> None:
    assert one(answer_mail(answer_text(UID, "DECLINED", **changes))) == replace(ACCEPTED, partstat="DECLINED", comment=comment)


def test_folded_lines_and_small_letters_are_read() -> None:
    text = answer_text(UID).replace("ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED:mailto:", 'attendee;partstat=accepted;cn="Dina"\r\n :MAILTO:')
    assert one(answer_mail(text)) == ACCEPTED


def test_delegation_names_the_deputy() -> None:
    assert one(answer_mail(answer_text(UID, "DELEGATED", parameters=';DELEGATED-TO="mailto:Phó@example.org"'))).delegated_to == "phó@example.org"


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ("DTSTART:20230116T080000Z", datetime(2023, 1, 16, 8, tzinfo=UTC)),
        ("DTSTART;TZID=Asia/Ho_Chi_Minh:20230116T150000", datetime(2023, 1, 16, 8, tzinfo=UTC)),
        ("DTSTART;TZID=SE Asia Standard Time:20230116T150000", datetime(2023, 1, 16, 8, tzinfo=UTC)),
        ("DTSTART;TZID=Nowhere:20230116T150000", datetime(2023, 1, 16, 15)),  # noqa: DTZ001 - a wall clock without a zone is meant
        ("DTSTART:20230116T150000", datetime(2023, 1, 16, 15)),  # noqa: DTZ001
        ("DTSTART;VALUE=DATE:20230116", datetime(2023, 1, 16)),  # noqa: DTZ001
        ("DTSTART:20231316T080000Z", None),
        ("DTSTART:00010101T000000Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("DTSTART;TZID=Asia/Ho_Chi_Minh:00010101T000000", None),
        ("DTSTART:soon", None),
    ],
)
def test_counter_says_what_is_wanted_instead(line: str, start: datetime | None) -> None:
    proposed = one(answer_mail(answer_text(UID, "TENTATIVE", method="COUNTER", lines=[line, "LOCATION:Hội trường B"])))
    assert (proposed.method, proposed.proposal) == ("COUNTER", Proposal(start, None, "Hội trường B"))


def test_zone_of_its_own_is_believed_only_where_it_never_changes() -> None:
    observance = "BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0700\r\nTZOFFSETTO:+0700\r\nEND:STANDARD"
    zone = f"BEGIN:VTIMEZONE\r\nTZID:Customized Time Zone\r\n{observance}\r\nEND:VTIMEZONE\r\n"
    calendar = answer_text(UID, method="COUNTER", lines=["DTSTART;TZID=Customized Time Zone:20230116T150000"]).replace("BEGIN:VEVENT", zone + "BEGIN:VEVENT")
    assert one(answer_mail(calendar)).proposal.starts_at == datetime(2023, 1, 16, 8, tzinfo=UTC)
    daylight = zone.replace("END:VTIMEZONE", "BEGIN:DAYLIGHT\r\nRRULE:FREQ=SECONDLY\r\nTZOFFSETTO:+0800\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE")
    assert one(answer_mail(calendar.replace(zone, daylight))).proposal.starts_at == datetime(2023, 1, 16, 15)  # noqa: DTZ001


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "PUBLISH", "ADD", "REFRESH", "DECLINECOUNTER", ""])
def test_what_answers_nothing_is_no_answer(method: str) -> None:
    assert read_mail(answer_mail(answer_text(UID, method=method).replace("METHOD:\r\n", "METHOD:PUBLISH\r\n"))).answers == ()


def test_method_of_the_part_serves_a_calendar_without_one() -> None:
    bare = answer_text(UID).replace("METHOD:REPLY\r\n", "")
    assert one(answer_mail(bare)) == ACCEPTED


def test_answer_in_an_attached_message_is_not_the_senders() -> None:
    inner = answer_mail(answer_text(UID))
    head = b"From: mallory@example.org\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\nContent-Type: message/rfc822\r\n\r\n"
    assert read_mail(head + inner + b"\r\n--outer--\r\n").answers == ()


def test_answer_that_speaks_for_several_speaks_for_nobody() -> None:
    assert one(answer_mail(answer_text(UID, lines=["ATTENDEE;PARTSTAT=DECLINED:mailto:olga@example.org"]))).attendee == ""


def test_several_answers_are_all_read() -> None:
    two = answer_text(UID).replace("END:VCALENDAR\r\n", "") + answer_text("other", "DECLINED").partition("METHOD:REPLY\r\n")[2]
    assert [(answer.uid, answer.partstat) for answer in read_mail(answer_mail(two)).answers] == [(UID, "ACCEPTED"), ("other", "DECLINED")]


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        (ADDRESS, ADDRESS),
        (f"<{ADDRESS}>", ADDRESS),
        (f"Dina <{ADDRESS.upper()}>", ADDRESS),
        (f'"Dina, Sở Nội vụ" <{ADDRESS}>', ADDRESS),
        (f"=?utf-8?B?RGluYQ==?= <{ADDRESS}>", ADDRESS),
        (f"{ADDRESS} <{ADDRESS}>", ADDRESS),
        (f"{ADDRESS} (Dina (Sở Nội vụ))", ADDRESS),
        (f'"{ADDRESS}" <mallory@example.org>', "mallory@example.org"),
        (f"{ADDRESS} <mallory@example.org>", ""),
        (f"{ADDRESS}, mallory@example.org", ""),
        (f"mallory@example.org, {ADDRESS}", ""),
        (f"<{ADDRESS}> <mallory@example.org>", ""),
        (f"Group: {ADDRESS};", ""),
        (f"({ADDRESS}) <mallory@example.org>", "mallory@example.org"),
        (f'"Dina" <"{ADDRESS}"@example.org>', ""),
        ("Dina", ""),
        ("", ""),
    ],
)
def test_from_is_believed_only_where_nobody_can_read_it_otherwise(sender: str, address: str) -> None:
    assert read_mail(letter(sender=sender)).sender == address


def test_two_from_headers_name_nobody() -> None:
    assert read_mail(b"From: mallory@example.org\r\n" + letter()).sender == ""


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("utf-8", "Tôi đến".encode(), "Tôi đến"),
        ("windows-1252", "café".encode("cp1252"), "café"),
        ("utf-16", "Tôi".encode("utf-16"), "Tôi"),
        ("no-such-thing", "Tôi".encode(), "Tôi"),
        ("idna", b"xn--", "xn--"),
        ("utf-8", b"caf\xe9", "café"),
        ("", b"\xef\xbb\xbfabc", "abc"),
    ],
)
def test_charsets_that_are_wrong_lose_nothing(charset: str, raw: bytes, text: str) -> None:
    head = f"From: {ADDRESS}\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"
    assert read_mail(head.encode() + raw).text == text


def test_same_message_is_known_however_it_came() -> None:
    data = answer_mail(answer_text(UID))
    relayed = b"Received: from a by b\r\nDelivered-To: confsvc\r\n" + data.replace(b"\r\n", b"\n") + b"\n\n"
    assert read_mail(relayed).digest == read_mail(data).digest
    assert read_mail(answer_mail(answer_text(UID, "DECLINED"))).digest != read_mail(data).digest


@pytest.mark.parametrize(
    ("headers", "automatic"),
    [
        ({}, False),
        ({"Auto_Submitted": "no"}, False),
        ({"Auto_Submitted": "auto-replied; owner-email=x"}, True),
        ({"X_Autoreply": "yes"}, True),
        ({"Precedence": "Bulk"}, True),
        ({"List_Id": "<a.b>"}, True),
    ],
)
def test_machines_are_known_by_what_they_say_of_themselves(headers: dict[str, str], automatic: bool) -> None:
    assert read_mail(letter(**headers)).automatic is automatic


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers"])
def test_report_names_the_message_and_why(returned: str) -> None:
    assert read_mail(delivery_report("<m1@example.gov.vn>", returned=returned)).bounce == Bounce(("m1@example.gov.vn",), "550 no such user")


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("delivered", "2.0.0"), ("relayed", "2.0.0"), ("expanded", "2.0.0")])
def test_report_of_anything_but_failure_is_none(action: str, status: str) -> None:
    assert read_mail(delivery_report("<m1@example.gov.vn>", action=action, status=status)).bounce is None


def test_report_in_words_is_known_by_the_quoted_message() -> None:
    assert read_mail(plain_bounce("<m1@example.gov.vn>")).bounce == Bounce(("m1@example.gov.vn",), "550 5.1.1 no such user")
    exim = plain_bounce("<m1@example.gov.vn>", sender="Mail <support@example.org>", X_Failed_Recipients=ADDRESS)
    assert read_mail(exim).bounce == Bounce(("m1@example.gov.vn",), "550 5.1.1 no such user")


def test_people_who_quote_a_message_bounce_nothing() -> None:
    away = plain_bounce("<m1@example.gov.vn>", sender=ADDRESS, In_Reply_To="<m1@example.gov.vn>", Auto_Submitted="auto-replied")
    mail = read_mail(away)
    assert (mail.bounce, mail.automatic, mail.refers_to) == (None, True, ("m1@example.gov.vn",))


def test_warning_that_it_takes_longer_is_no_bounce() -> None:
    assert read_mail(plain_bounce("<m1@example.gov.vn>", Subject="Warning: message delayed 24 hours", why="Connection timed out")).bounce is None


HOSTILE = [
    b"",
    b"\n",
    b"\x00" * 1_000,
    b"From: " + b"a" * 600_000,
    b"Content-Type: multipart/mixed" + b";" * 500_000 + b"; boundary=x\n\n--x\n",
    b'Content-Type: multipart/mixed; boundary*0=x; boundary*1="y\n\n--xy\n\n--xy--',
    b'Content-Type: text/calendar; method="' + b'\\"' * 200_000 + b"\n\nBEGIN:VCALENDAR",
    b"Subject: " + b"=?utf-8?q?" * 50_000,
    b"Subject: =?idna?b?" + b"YWFh" * 900 + b"?=",
    b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2_000)),
    b"Content-Type: message/rfc822\n\n" * 3_000,
    b"Content-Type: multipart/digest; boundary=x\n\n" + b"--x\n\n" * 20_000,
    b"Content-Type: multipart/mixed; boundary=x\n\n"
    + b"--x\nContent-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\n" * 4_000,
    b"Content-Type: text/calendar\n\nMETHOD:REPLY\n" + b"BEGIN:VEVENT\n" * 100_000,
    b"Content-Type: text/calendar\nContent-Transfer-Encoding: base64\n\n" + b"=" * 400_000,
    b"Content-Type: text/calendar\nContent-Transfer-Encoding: x-uuencode\n\nbegin 666 a\nM\n",
    b"Content-Type: text/calendar; charset=\xff\xfe\n\n\xff\xfe",
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n\xff: \xff\n\n"
    + b"A: b\n\n" * 30_000,
    b"MIME-Version: 1.0\nContent-Type: multipart/\x00; boundary=\x00\n\n--\x00\n",
    b"From: " + b"(" * 300_000 + b"a@b",
    b"References: " + b"<a@b> " * 100_000,
]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_bytes_made_to_hurt_are_read_at_once(data: bytes) -> None:
    began = time.process_time()
    for inbound in (data, data.replace(b"\n", b"\r\n")):
        mail = read_mail(inbound)
        assert isinstance(mail, InboundMail)
        assert len(mail.digest) == 64
    assert time.process_time() - began < 2


def test_long_message_is_read_up_to_its_bound() -> None:
    data = answer_mail(answer_text(UID)) + b"x" * (3 * READ_BYTES)
    assert one(data) == ACCEPTED


SEEDS = [answer_mail(answer_text(UID)), answer_mail(answer_text(UID, method="COUNTER"), encoding="8bit"), delivery_report("<m@e>"), plain_bounce("<m@e>")]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    assert read_mail(data).answers == ()


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 1_500), st.integers(0, 40), st.binary(max_size=40)), max_size=8))
def test_true_mail_with_wounds_is_read(seed: bytes, wounds: list[tuple[int, int, bytes]]) -> None:
    for at, removed, added in wounds:
        seed = seed[:at] + added + seed[at + removed :]
    mail = read_mail(seed)
    texts = [mail.sender, mail.written_from, mail.subject, mail.text, *mail.refers_to, *(mail.bounce.message_ids if mail.bounce else ())]
    texts += [text for answer in mail.answers for text in (answer.uid, answer.attendee, answer.partstat, answer.comment, answer.proposal.place)]
    # What a database and a page can hold.
    assert [text for text in texts if not text.replace("\n", "").isprintable()] == []
