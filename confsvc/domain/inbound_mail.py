"""What one message that came in says, free of its bytes: who sent it, what it answers, what it could not deliver."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a COUNTER would have instead (RFC 5546 §3.2.7); a moment without a zone is on the conference's own clock. None or "": nothing is said."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class CalendarAnswer:
    """One VEVENT of a REPLY or a COUNTER: what `attendee` (an address in lower case) says about the entry `uid`.

    `stamped_at` is DTSTAMP, None where it cannot be read; `delegated_to` an address or empty.
    """

    method: str
    uid: str
    attendee: str
    partstat: str
    sequence: int = 0
    stamped_at: datetime | None = None
    comment: str = ""
    delegated_to: str = ""
    proposal: Proposal = Proposal()


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report that a message, named by any of `message_ids` (without angle brackets), could not be delivered for good."""

    message_ids: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class InboundMail:
    """One message; the same digest is the same message, however it came.

    `sender` is the one address of its one From, in lower case, or empty where that is not beyond doubt. `refers_to` are the
    Message-IDs it answers. `automatic`: a machine wrote it (RFC 3834). `text` is the beginning of what it says.
    """

    digest: str
    sender: str = ""
    written_from: str = ""
    subject: str = ""
    text: str = ""
    automatic: bool = False
    refers_to: tuple[str, ...] = ()
    answers: tuple[CalendarAnswer, ...] = ()
    bounce: Bounce | None = None
