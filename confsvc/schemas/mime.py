"""A letter as it travels: RFC 5322 message, RFC 2045-2047 parts and headers, RFC 6047 calendar part.

The older MIME classes are meant: the newer ones lose spaces between encoded words of a long Vietnamese header (CPython issue 92081).
Every text that stands in a header is one cleaned line, so that nobody's name can begin a header of its own.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from email import encoders
from email.header import Header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr
from typing import Any

from confsvc.domain.errors import Invalid
from confsvc.domain.text import clean
from confsvc.schemas.letters import CalendarBytes, Letter

# 75 characters less "=?utf-8?b?" and "?=", as whole groups of base64.
ENCODED_BYTES = 45
LINE_CHARACTERS = 70
CALENDAR_FILE = "invite.ics"
POLICY = compat32.clone(linesep="\r\n", mangle_from_=False)
# What an address may hold between brackets without being quoted (RFC 5322 §3.4.1, dot-atom).
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_LINE_END = re.compile(r"\r\n|\r|\n")


def pack_letter(letter: Letter, *, sender: str, name: str, written_at: datetime) -> bytes:
    """The whole message from the address `sender`, named `name` (Message-ID), in ASCII with lines ended by CRLF.

    With a calendar it holds text, HTML and `text/calendar` as alternatives of one another, and once more as a file for programs
    that only look for files. Raises Invalid `email_invalid` for an address that no mail server can be told.
    """
    message = _body(letter)
    message["From"] = _mailbox("From", letter.from_name, sender)
    message["To"] = _mailbox("To", letter.to_name, letter.to_address)
    message["Subject"] = _unstructured("Subject", letter.subject)
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = name
    message["Content-Language"] = ", ".join(letter.locales)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: absence notices do not answer it
    return message.as_bytes(policy=POLICY)


def envelope_address(address: str) -> str:
    """The address as a mail server is told it, its domain in ASCII (RFC 5890); raises Invalid `email_invalid`."""
    local, _, domain = address.rpartition("@")
    try:
        host = domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise Invalid("email", "email_invalid") from error
    if not _LOCAL.fullmatch(local) or not re.fullmatch(r"[A-Za-z0-9.-]+", host):
        raise Invalid("email", "email_invalid")
    return f"{local}@{host}"


def _body(letter: Letter) -> "Message[Any, Any]":
    words = MIMEMultipart("alternative")
    words.attach(_text(letter.text, "plain"))
    words.attach(_text(letter.html, "html"))
    if letter.calendar is None:
        return words
    words.attach(_calendar(letter.calendar))
    whole = MIMEMultipart("mixed")
    whole.attach(words)
    whole.attach(_file(letter.calendar))
    return whole


def _text(text: str, kind: str) -> MIMEText:
    return MIMEText(_LINE_END.sub("\r\n", text), kind, "utf-8")


def _calendar(calendar: CalendarBytes) -> MIMEText:
    part = MIMEText(calendar.ics.decode(), "calendar", "utf-8")
    part.set_param("method", calendar.method)
    return part


def _file(calendar: CalendarBytes) -> MIMEBase:
    part = MIMEBase("application", "ics", name=CALENDAR_FILE)
    part.set_payload(calendar.ics)
    encoders.encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=CALENDAR_FILE)
    return part


def _mailbox(header: str, name: str, address: str) -> Header:
    shown, place = clean(name), envelope_address(address)
    return Header(f"{encode_words(shown)} <{place}>" if _needs_encoding(shown) else formataddr((shown, place)), "us-ascii", header_name=header)


def _unstructured(header: str, text: str) -> Header:
    shown = clean(text)
    return Header(encode_words(shown) if _needs_encoding(shown) else shown, "us-ascii", header_name=header)


def _needs_encoding(text: str) -> bool:
    """Also what only looks encoded, and what could not be folded."""
    return not text.isascii() or "=?" in text or any(len(word) > LINE_CHARACTERS for word in text.split())


def encode_words(text: str) -> str:
    """One line of text as encoded words (RFC 2047 §2, at most 75 characters each), cut between words wherever that is possible.

    A reader that wrongly puts a space between two encoded words then doubles one at worst, and cuts no name in two.
    """
    chunks = [b""]
    for piece in _pieces(text):
        if len(chunks[-1]) + len(piece) > ENCODED_BYTES:
            chunks.append(b"")
        chunks[-1] += piece
    return " ".join(f"=?utf-8?b?{b64encode(chunk).decode()}?=" for chunk in chunks)


def _pieces(text: str) -> Iterator[bytes]:
    """Words with the space that follows them; longer ones letter by letter."""
    for word in re.findall(r"\S+ ?|\s", text):
        coded = word.encode()
        if len(coded) <= ENCODED_BYTES:
            yield coded
        else:
            yield from (letter.encode() for letter in word)
