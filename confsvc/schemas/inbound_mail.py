"""The bytes of a message that came in, read into what it says. Whatever the bytes are, this raises nothing and takes no long."""

import hashlib
from email.message import Message
from email.parser import BytesParser

from confsvc.domain.inbound_mail import InboundMail
from confsvc.domain.text import clean_lines
from confsvc.schemas.calendar_answers import read_answers
from confsvc.schemas.mail_bounces import read_bounce
from confsvc.schemas.mail_headers import BoundedHeaders, header_text, header_values, message_ids, only_address
from confsvc.schemas.mail_parts import Part, read_parts

# An answer stands at the beginning of a message: of a longer one, as with pictures attached, the rest is not read.
READ_BYTES = 512 * 1024
LINES_MAX = 20_000
# Each boundary of a multipart is looked for in every line, and each message in a message is a level deeper.
NESTING_MAX = 40
NESTING = (b"boundary", b"message/")
ANSWERS_MAX = 20
TEXT_MAX_CHARACTERS = 1_000
SUBJECT_MAX_CHARACTERS = 500
FROM_MAX_CHARACTERS = 254
NAMED_BY = ("message-id", "date", "from", "subject", "content-type")
# What machines say of themselves: RFC 3834, and what was there before it.
AUTOMATIC_WORDS = {"precedence": ("auto_reply", "bulk", "junk", "list")}
AUTOMATIC_SIGNS = ("x-autoreply", "x-autorespond", "list-id")


def read_mail(data: bytes) -> InboundMail:
    """What the message says; of more than READ_BYTES the beginning."""
    head = _bounded(data)
    mail = BytesParser(policy=BoundedHeaders()).parsebytes(head)
    parts = read_parts(mail)
    answers = [answer for part in parts if part.is_calendar for answer in read_answers(part.text, part.method)]
    written_from = header_values(mail, "from")
    return InboundMail(
        digest=_digest(mail, head),
        sender=only_address(written_from),
        written_from=header_text(mail, "from")[:FROM_MAX_CHARACTERS].strip(),
        subject=header_text(mail, "subject")[:SUBJECT_MAX_CHARACTERS].strip(),
        text=_own_words(parts),
        automatic=_is_automatic(mail),
        refers_to=message_ids([*header_values(mail, "in-reply-to"), *header_values(mail, "references")]),
        # The same answer usually comes twice, as a part to be shown and as a file.
        answers=tuple(dict.fromkeys(answers))[:ANSWERS_MAX],
        bounce=read_bounce(mail, parts),
    )


def _bounded(data: bytes) -> bytes:
    """The beginning, with one kind of line end; a message made to be slow to take apart is left as its headers."""
    lines = data[:READ_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n", LINES_MAX)
    head = b"\n".join(lines[:LINES_MAX])
    nests = any(head.lower().count(word) > NESTING_MAX for word in NESTING)
    return head.partition(b"\n\n")[0] if nests else head


def _digest(mail: Message, head: bytes) -> str:
    """The same for the same message, whichever way it came: servers on the way add headers above it."""
    named = [value for name in NAMED_BY for value in header_values(mail, name)]
    body = head.partition(b"\n\n")[2].rstrip()
    return hashlib.sha256("\x1f".join(named).encode("utf-8", "surrogatepass") + b"\x1e" + body).hexdigest()


def _own_words(parts: list[Part]) -> str:
    text = next((part.text for part in parts if part.kind == "text/plain" and part.text.strip()), "")
    return clean_lines(text[: 4 * TEXT_MAX_CHARACTERS])[:TEXT_MAX_CHARACTERS].strip()


def _is_automatic(mail: Message) -> bool:
    submitted = header_text(mail, "auto-submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no") or any(header_values(mail, name) for name in AUTOMATIC_SIGNS):
        return True
    return any(header_text(mail, name).lower() in words for name, words in AUTOMATIC_WORDS.items())
