"""Every message as a letter: what the outbox freezes into bytes when its turn comes."""

from dataclasses import dataclass
from typing import Protocol

from confsvc.domain.work import Work
from confsvc.models import Conference
from confsvc.models.mail import Message


class CalendarBytes(Protocol):
    """What a letter carries for calendars: RFC 5546 METHOD and a whole VCALENDAR (RFC 5545) in UTF-8."""

    @property
    def method(self) -> str: ...

    @property
    def ics(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Sender:
    """Who this server is in mail: `address` stands in From and as ORGANIZER, links lead to `web_address` (of the settings; empty: the conference's own)."""

    address: str
    web_address: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message in words, for one recipient: plain texts throughout, `html` a whole document.

    `locales` are the languages it is written in, in order; `from_name` is the unit that writes. `calendar` is what calendars read.
    """

    purpose: str
    locales: tuple[str, ...]
    from_name: str
    to_name: str
    to_address: str
    subject: str
    text: str
    html: str
    calendar: CalendarBytes | None = None


def write_letter(work: Work, message: Message, sender: Sender) -> Letter | None:
    """What `message` says by what is true now; None where there is nothing to say any more.

    It runs in the transaction that freezes the message: what a calendar is told is noted in it.
    """
    conference = work.session.get_one(Conference, message.conference_id)
    text = conference.title
    html = "<!doctype html><title></title>"
    return Letter(message.purpose, ("vi",), conference.host_name, message.to_name, message.to_address, conference.title, text, html)
