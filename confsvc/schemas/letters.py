"""Every message as a letter: what the outbox freezes into bytes when its turn comes."""

from dataclasses import dataclass, replace
from typing import Protocol

from confsvc.domain.calendar_parts import Voice, calendar_part, note_told
from confsvc.domain.declined_counters import declined_counter_part
from confsvc.domain.letter_samples import read_sample
from confsvc.domain.letter_texts import own_text
from confsvc.domain.letters import DELEGATE_PATH, Matter, about_person, read_calendar_matter, read_matter
from confsvc.domain.work import Work
from confsvc.models import CalendarEntry, Conference
from confsvc.models.mail import LOCALES, Message
from confsvc.schemas import letter_parts
from confsvc.schemas.calendar_words import calendar_words
from confsvc.schemas.letter_rendering import Section, as_html, as_text
from confsvc.schemas.letter_texts import Wording, fill, standard_wording
from confsvc.schemas.letter_words import Words, words_in


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

    def link(self, conference: Conference, path: str) -> str:
        """The absolute address of a page; empty where none is known."""
        root = self.web_address or conference.web_address
        return root.rstrip("/") + path if root and path else ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message in words, for one recipient: plain texts throughout, `html` a whole document; `purpose` is one of LETTER_KINDS.

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
    if message.is_test:  # a test is written when it is asked for, and tells nobody anything
        return None
    if message.purpose == "calendar":
        return _write_calendar_letter(work, message, sender)
    if message.purpose == "counter_declined":
        return _write_declined_counter(work, message, sender)
    matter = read_matter(work, message)
    return compose(work, matter, sender, to_address=message.to_address) if matter else None


def _write_calendar_letter(work: Work, message: Message, sender: Sender) -> Letter | None:
    entry = work.session.get(CalendarEntry, message.entry_id) if message.entry_id is not None else None
    if entry is None:
        return None
    conference = work.session.get_one(Conference, message.conference_id)
    part = calendar_part(work, entry, _voice(conference, sender))
    if part is None:
        return None
    matter = read_calendar_matter(work, conference, part, delegate_id=message.delegate_id)
    letter = compose(work, matter, sender, to_address=part.to_address)
    note_told(work, entry, part)
    return replace(letter, calendar=part)


def _write_declined_counter(work: Work, message: Message, sender: Sender) -> Letter | None:
    conference = work.session.get_one(Conference, message.conference_id)
    part = declined_counter_part(work, message, _voice(conference, sender))
    if part is None:
        return None
    matter = about_person(conference, part.content, part.to_name, kind=message.purpose)
    return replace(compose(work, matter, sender, to_address=part.to_address), calendar=part)


def _voice(conference: Conference, sender: Sender) -> Voice:
    words = words_in(languages(conference)[0])
    return Voice(calendar_words(words), sender.address, lambda token: sender.link(conference, DELEGATE_PATH.format(token=token)))


def compose(work: Work, matter: Matter, sender: Sender, *, to_address: str) -> Letter:
    """The letter about this matter, in the conference's languages and its own words where it has any; one query.

    Its own words for a cancellation are about the conference, not about one person's entry.
    """
    own = own_text(work, matter.conference.id, matter.kind) if matter.reason in ("", "conference_cancelled") else {}
    wordings = {locale: Wording(text.subject, text.body) for locale, text in own.items()}
    link = sender.link(matter.conference, matter.path)
    locales = languages(matter.conference)
    written = [_write(matter, words_in(locale), wordings.get(locale), link) for locale in locales]
    subject = " / ".join(subject for subject, _section in written)
    sections = [section for _subject, section in written]
    return Letter(
        purpose=matter.kind,
        locales=locales,
        from_name=letter_parts.host_name(matter, words_in(locales[0])),
        to_name=matter.name,
        to_address=to_address,
        subject=subject,
        text=as_text(sections),
        html=as_html(sections, subject),
    )


def write_sample(work: Work, conference: Conference, kind: str, recipient_id: int, sender: Sender) -> Letter | None:
    """What a letter of this kind would say to this recipient, without the part for calendars; None for somebody whom it would not go to."""
    matter = read_sample(work, conference, kind, recipient_id)
    return compose(work, matter, sender, to_address="") if matter else None


def as_test(letter: Letter, *, to_name: str, to_address: str) -> Letter:
    """The same letter to somebody else, marked as a test."""
    mark = words_in(letter.locales[0]).gettext("TEST")
    return replace(letter, to_name=to_name, to_address=to_address, subject=f"[{mark}] {letter.subject}")


def languages(conference: Conference) -> tuple[str, ...]:
    """In which languages this conference writes, in order."""
    return LOCALES if conference.mail_languages == "both" else (conference.mail_languages,)


def _write(matter: Matter, words: Words, wording: Wording | None, link: str) -> tuple[str, Section]:
    wording = wording or standard_wording(matter.kind, words, matter.reason)
    values = letter_parts.placeholder_values(matter, words, link)
    section = Section(
        locale=words.locale,
        body=wording.body,
        values=values,
        details=letter_parts.details(matter, words, link),
        changes=letter_parts.changed(matter, words),
        answer=letter_parts.how_to_answer(words),
        foot=letter_parts.foot(matter, words, link),
    )
    return fill(wording.subject, values), section
