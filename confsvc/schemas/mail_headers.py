"""Header fields of mail from strangers: text that may be in any charset, addresses that may lie."""

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from urllib.parse import unquote

from confsvc.domain.text import clean
from confsvc.schemas.mail_charsets import decode_text

HEADER_MAX_CHARACTERS = 4_000
IDS_MAX = 20
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT = re.compile(r"\([^()]*\)")
_ANGLED = re.compile(r"<\s*([^<>\s]*)\s*>")
_WORD = r"[^\s\x00-\x20\x7f@<>(),;:\"\\\[\]]"
_ADDRESS = re.compile(rf"{_WORD}{{1,64}}@{_WORD}{{1,189}}")
_MESSAGE_ID = re.compile(r"<([!-;=?-~]{3,190})>")


class BoundedHeaders(Compat32):
    """Parse as `compat32`, which never raises on a header, but cut what no honest header is as long as: some are read in quadratic time."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name[:200], value[:HEADER_MAX_CHARACTERS]


def header_values(message: Message, name: str) -> list[str]:
    """Every value of this header as it stands in the message, its bytes read as UTF-8 or, failing that, Latin-1."""
    found = (str(value) for key, value in message.raw_items() if key.lower() == name)
    return [decode_text(value.encode("utf-8", "surrogateescape"), "") for value in found]


def header_text(message: Message, name: str) -> str:
    """The first such header as one line of text, encoded words (RFC 2047) decoded; empty if there is none."""
    raw = (header_values(message, name) or [""])[0]
    try:
        parts = decode_header(raw)
    except (HeaderParseError, ValueError):
        return clean(raw)
    return clean("".join(part if isinstance(part, str) else decode_text(part, charset or "") for part, charset in parts))


def only_address(values: list[str]) -> str:
    """The address of a header that names exactly one mailbox, in lower case; empty where a reader could take another one for it.

    A display name may hold the very same address once more, and none else.
    """
    if len(values) != 1:
        return ""
    bare = _without_comments(_QUOTED.sub(" ", values[0]))
    angled = _ANGLED.findall(bare)
    named = [match.lower() for match in _ADDRESS.findall(bare)]
    whole = angled[0] if len(angled) == 1 else bare.strip()
    if len(angled) > 1 or set(named) != {whole.lower()} or "," in bare or ";" in bare:
        return ""
    return _as_address(whole)


def message_ids(values: list[str]) -> tuple[str, ...]:
    """The Message-IDs in these headers, without their angle brackets."""
    found: Iterator[str] = (name for value in values for name in _MESSAGE_ID.findall(value))
    return tuple(dict.fromkeys(found))[:IDS_MAX]


def mailto_address(value: str) -> str:
    """The address of a CAL-ADDRESS (RFC 5545 §3.3.3) in lower case; empty if it is none."""
    scheme, _, rest = value.strip().strip('"').partition(":")
    address = unquote((rest if scheme.lower() == "mailto" else "").partition("?")[0]).strip()
    return _as_address(address)


def _as_address(text: str) -> str:
    """In lower case, if it is one that can be seen as it is: without control characters and marks of direction."""
    return text.lower() if _ADDRESS.fullmatch(text) and text.isprintable() else ""


def _without_comments(value: str) -> str:
    """The value without its comments, which nest (RFC 5322 §3.2.2)."""
    for _depth in range(10):
        shorter = _COMMENT.sub(" ", value)
        if shorter == value:
            return value
        value = shorter
    return ""
