"""A letter survives its way: every Vietnamese name and subject comes out as it went in, and no name can begin a header."""

import email
import email.policy
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsvc.domain.errors import Invalid
from confsvc.domain.text import clean
from confsvc.schemas.letters import Letter
from confsvc.schemas.mime import encode_words, envelope_address, pack_letter
from tests.conftest import NOW

HEADERS = ["Content-Type", "MIME-Version", "From", "To", "Subject", "Date", "Message-ID", "Content-Language", "Auto-Submitted"]
SYLLABLES = [
    "Hội",
    "nghị",
    "tổng",
    "kết",
    "năm",
    "2022",
    "Nguyễn",
    "Thị",
    "Đặng",
    "Ủy",
    "ban",
    "nhân",
    "dân",
    "tỉnh",
    "Bình",
    "Thuận",
    "a",
    "ở",
    "(x)",
    "=?",
    "?=",
]
vietnamese = st.lists(st.sampled_from(SYLLABLES), max_size=40).map(" ".join)
anything = st.text(max_size=200) | vietnamese
ICS = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Hội nghị\r\nEND:VCALENDAR\r\n".encode()


@dataclass(frozen=True)
class Part:
    method: str = "REQUEST"
    ics: bytes = ICS


def letter(**changes: Any) -> Letter:
    values: dict[str, Any] = {"purpose": "reminder", "locales": ("vi",), "from_name": "UBND tỉnh Bình Thuận", "to_name": "Nguyễn Thị Dina"}
    values |= {"to_address": "dina@example.org", "subject": "Hội nghị tổng kết năm 2022", "text": "Kính gửi\nđồng chí\n", "html": "<p>Kính gửi</p>"}
    return Letter(**{**values, **changes})


def pack(**changes: Any) -> bytes:
    return pack_letter(letter(**changes), sender="hop@example.org", name="<1@example.org>", written_at=NOW)


def read(data: bytes) -> Any:
    """As a program reads it that unfolds and decodes headers by itself (RFC 2047)."""
    return email.message_from_bytes(data, policy=email.policy.compat32)


def decoded(value: str) -> str:
    return str(make_header(decode_header(value.replace("\r\n", ""))))


def mailbox(value: str) -> tuple[str, str]:
    name, address = parseaddr(value.replace("\r\n", ""))
    return decoded(name), address


def test_a_letter_has_text_and_html() -> None:
    message = email.message_from_bytes(pack(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert list(message) == [*HEADERS]
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    text, html = message.iter_parts()
    assert (text.get_content(), html.get_content()) == ("Kính gửi\r\nđồng chí\r\n", "<p>Kính gửi</p>")
    assert (message["From"], message["To"]) == ("UBND tỉnh Bình Thuận <hop@example.org>", "Nguyễn Thị Dina <dina@example.org>")
    assert (message["Subject"], message["Date"], message["Message-ID"]) == (
        "Hội nghị tổng kết năm 2022",
        "Mon, 16 Jan 2023 06:30:00 +0000",
        "<1@example.org>",
    )
    assert (message["Content-Language"], message["Auto-Submitted"]) == ("vi", "auto-generated")


def test_a_calendar_is_an_alternative_and_a_file() -> None:
    message = read(pack(calendar=Part()))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    *_, calendar, file = message.walk()
    assert dict(calendar.get_params()) == {"text/calendar": "", "charset": "utf-8", "method": "REQUEST"}
    assert calendar.get_payload(decode=True) == file.get_payload(decode=True) == ICS
    assert (file.get_content_disposition(), file.get_filename()) == ("attachment", "invite.ics")


def test_what_travels_is_ascii_in_lines_that_every_server_takes() -> None:
    data = pack(calendar=Part(), subject="Hội nghị " * 50, to_name="Nguyễn " * 28, text="ở" * 5000)
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 78


@given(subject=anything, name=anything, unit=anything)
def test_names_and_subjects_come_out_as_they_went_in(subject: str, name: str, unit: str) -> None:
    message = read(pack(subject=subject, to_name=name, from_name=unit))
    assert message.keys() == HEADERS
    assert decoded(message["Subject"]) == clean(subject)
    assert mailbox(message["To"]) == (clean(name), "dina@example.org")
    assert mailbox(message["From"]) == (clean(unit), "hop@example.org")


@given(text=vietnamese)
def test_a_reader_that_parts_encoded_words_cuts_no_word(text: str) -> None:
    words = encode_words(text).split(" ")
    assert all(len(word) <= 75 for word in words)
    assert " ".join(decoded(word) for word in words).split() == text.split()


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85", "\0"])
def test_no_name_begins_a_header(ending: str) -> None:
    evil = f"Dina{ending}Bcc: all@example.org{ending}{ending}<script>"
    message = read(pack(subject=evil, to_name=evil, from_name=evil))
    assert message.keys() == HEADERS
    assert "Bcc" not in message
    assert decoded(message["Subject"]) == clean(evil)


@pytest.mark.parametrize(
    "address",
    ["dina", "@example.org", "dina@", "a b@example.org", "dina@exa mple.org", "x>\r\nBcc: y@example.org", "đ@example.org", "a@b@c", "a@..", 'a"@b.org'],
)
def test_an_address_that_no_server_can_be_told_is_invalid(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        pack(to_address=address)
    assert (refused.value.field, refused.value.reason) == ("email", "email_invalid")


def test_a_domain_in_letters_of_its_own_is_told_in_ascii() -> None:
    assert envelope_address("dina@đồng.vn") == "dina@xn--ng-pma6851a.vn"
    assert mailbox(read(pack(to_address="dina@đồng.vn"))["To"]) == ("Nguyễn Thị Dina", "dina@xn--ng-pma6851a.vn")
