"""The parts of a message, taken apart without trusting any of them."""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from confsvc.schemas.mail_charsets import decode_text
from confsvc.schemas.mail_headers import header_values

DEPTH_MAX = 8
PARTS_MAX = 60
PART_MAX_BYTES = 384 * 1024
CALENDAR_KINDS = ("text/calendar", "application/ics", "text/x-vcalendar")
# Only of these is a file's name believed.
UNTYPED_KINDS = ("application/octet-stream", "text/plain")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf, decoded; `blocks` are the messages or header blocks in one of type message/*, `method` what a calendar part is said to be."""

    kind: str
    text: str = ""
    method: str = ""
    blocks: tuple[Message, ...] = ()

    @property
    def is_calendar(self) -> bool:
        return self.kind in CALENDAR_KINDS


def read_parts(mail: Message) -> list[Part]:
    """The leaves of the message in order; what is inside attached messages is not among them: it is not the sender's own word."""
    found: list[Part] = []
    for leaf in _leaves(mail):
        found.append(_part(leaf))
        if len(found) == PARTS_MAX:
            break
    return found


def _leaves(message: Message, depth: int = 0) -> Iterator[Message]:
    payload = message.get_payload()
    # A bounded walk: a part can hold parts for ever.
    if message.get_content_maintype() == "multipart" and isinstance(payload, list):
        for inner in payload[: PARTS_MAX if depth < DEPTH_MAX else 0]:
            if isinstance(inner, Message):
                yield from _leaves(inner, depth + 1)
    else:
        yield message


def _part(leaf: Message) -> Part:
    kind, payload = leaf.get_content_type(), leaf.get_payload()
    if isinstance(payload, list):
        return Part(kind, blocks=tuple(block for block in payload[:PARTS_MAX] if isinstance(block, Message)))
    if kind in UNTYPED_KINDS and _file_name(leaf).lower().endswith(".ics"):
        kind = "text/calendar"
    if leaf.get_content_maintype() != "text" and kind not in (*CALENDAR_KINDS, "message/rfc822-headers"):
        return Part(kind)
    return Part(kind, decode_text(_bytes(leaf), _parameter(leaf, "charset")), _parameter(leaf, "method"))


def _bytes(leaf: Message) -> bytes:
    """The content, undone from base64 or quoted-printable as far as it can be."""
    encoding = "".join(header_values(leaf, "content-transfer-encoding")[:1]).strip().lower()
    # Without this header what is asked for are the bytes as they came, to be undone here: leniently, and never as uuencode.
    del leaf["content-transfer-encoding"]
    found = leaf.get_payload(decode=True)
    raw = found[:PART_MAX_BYTES] if isinstance(found, bytes) else b""
    if encoding == "base64":
        letters = _NOT_BASE64.sub(b"", raw)
        whole = letters[: len(letters) - (len(letters) % 4 == 1)]
        return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
    return quopri.decodestring(raw) if encoding == "quoted-printable" else raw


def _file_name(leaf: Message) -> str:
    return _parameter(leaf, "filename", "content-disposition") or _parameter(leaf, "name")


def _parameter(leaf: Message, name: str, header: str = "content-type") -> str:
    """A parameter of a header as text; empty where there is none or it cannot be read (RFC 2231 has many ways to be wrong)."""
    try:
        value = leaf.get_param(name, "", header)
        return str(value[2] if isinstance(value, tuple) else value or "")
    except (LookupError, TypeError, ValueError):
        return ""
