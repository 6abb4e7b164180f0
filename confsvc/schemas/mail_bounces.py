"""Reports that a message could not be delivered: RFC 3464, and what older servers write instead."""

import re
from collections.abc import Sequence
from email.message import Message

from confsvc.domain.inbound_mail import Bounce
from confsvc.domain.text import clean
from confsvc.schemas.mail_headers import header_text, header_values, message_ids
from confsvc.schemas.mail_parts import Part

WHY_MAX_CHARACTERS = 300
LINES_SEARCHED = 2_000
_RETURNED_ID = re.compile(r"^[\s>|]*message-id:\s*(<[^<>\s]{3,200}>)", re.IGNORECASE | re.MULTILINE)
_DAEMONS = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon|mdaemon)@", re.IGNORECASE)
_CODE = re.compile(r"(?<![\d.])5(?:\d\d[ -]|\.\d{1,3}\.\d{1,3})")
_TRIES_ON = re.compile(r"delayed|\bdelay\b|not yet been delivered|will be retried|still being retried|warning", re.IGNORECASE)


def read_bounce(mail: Message, parts: Sequence[Part]) -> Bounce | None:
    """What could not be delivered for good, or None: no such report, or one that it was delivered, is delayed, or was read."""
    statuses = [part for part in parts if part.kind == "message/delivery-status"]
    returned = _returned_ids(parts)
    if statuses:
        failures = [block for part in statuses for block in _failures(part.blocks)]
        # Some name the message in the report itself, in a field of their own.
        named = message_ids([value for part in statuses for block in part.blocks for value in header_values(block, "x-original-message-id")])
        return Bounce(named or returned, _why(failures[0])) if failures and (named or returned) else None
    if not returned or not _is_from_a_daemon(mail):
        return None
    text = next((part.text for part in parts if part.kind == "text/plain"), "")
    if _TRIES_ON.search(header_text(mail, "subject")) and not _CODE.search(text):
        return None
    return Bounce(returned, _sentence(text))


def _failures(blocks: Sequence[Message]) -> list[Message]:
    """The recipients (RFC 3464 §2.3) to whom nobody tries to deliver any more."""
    found = []
    for block in blocks:
        action, status = header_text(block, "action").lower(), header_text(block, "status")
        if action == "failed" or (not action and status.startswith("5")):
            found.append(block)
    return found


def _why(block: Message) -> str:
    """The other server's own words, else the status code."""
    said = header_text(block, "diagnostic-code")
    kind, separator, rest = said.partition(";")
    return (rest.strip() if separator and len(kind) < 20 else said or header_text(block, "status"))[:WHY_MAX_CHARACTERS]


def _returned_ids(parts: Sequence[Part]) -> tuple[str, ...]:
    """Message-IDs of what was sent back: of attached messages and headers, else of lines that quote them."""
    attached = [value for part in parts if part.kind == "message/rfc822" for block in part.blocks for value in header_values(block, "message-id")]
    texts = [part.text for part in parts if part.kind in ("text/rfc822-headers", "text/plain", "message/rfc822-headers")]
    quoted = [name for text in texts for name in _RETURNED_ID.findall("\n".join(text.splitlines()[:LINES_SEARCHED]))]
    return message_ids([*attached, *quoted])


def _is_from_a_daemon(mail: Message) -> bool:
    """Whether a mail server wrote it, and not a person's own automatic answer."""
    senders = [*header_values(mail, "from"), *header_values(mail, "return-path")]
    return bool(header_values(mail, "x-failed-recipients")) or any(_DAEMONS.search(sender) for sender in senders)


def _sentence(text: str) -> str:
    """The line that names a status code, else the first one that says anything."""
    lines = [line for line in map(clean, text.splitlines()[:LINES_SEARCHED]) if line]
    return next((line for line in lines if _CODE.search(line)), lines[0] if lines else "")[:WHY_MAX_CHARACTERS]
