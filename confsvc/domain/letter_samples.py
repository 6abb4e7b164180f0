"""Letters to look at before they are sent: about a real recipient of the conference, by what is true now, without telling any calendar."""

import zlib
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import select

from confsvc.domain.access import real_conference, signed_in_account
from confsvc.domain.calendar_content import Change
from confsvc.domain.errors import NotFound
from confsvc.domain.facts import MailPut
from confsvc.domain.letters import REGISTRATION_PATH, Matter, read_delegate, read_registration, read_site
from confsvc.domain.outbox import TEST_AHEAD, Written
from confsvc.domain.text import clean, fold, like_pattern
from confsvc.domain.work import Work
from confsvc.models import Conference, Delegate, Mandate, Message, Site
from confsvc.models.mail import LETTER_KINDS, PURPOSES

MOST_CHOICES = 50
UNIT_KINDS = ("registration", "registration_reminder")
UNMADE = "…"
# What an update shows as its example: a beginning that was half an hour later.
EXAMPLE_SHIFT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody a letter of this kind could go to; `of` is their unit or site."""

    id: int
    name: str
    of: str


def find_recipients(work: Work, conference: Conference, kind: str, query: str) -> list[Recipient]:
    """The first of those whose name fits, in the order of the lists; asks no permission, one query."""
    pattern = like_pattern(query)
    if kind == "operator_reminder":
        sites = select(Site.id, Site.name, Site.contact_name).where(
            Site.conference_id == conference.id, Site.attends, Site.name_fold.like(pattern, escape="\\")
        )
        return _recipients(work, sites.order_by(Site.sort_order, Site.id))
    if kind in UNIT_KINDS:
        units = select(Mandate.id, Mandate.unit_name, Mandate.liaison_name).where(Mandate.conference_id == conference.id, Mandate.unit_id.is_not(None))
        return _recipients(work, units.where(Mandate.unit_name_fold.like(pattern, escape="\\")).order_by(Mandate.sort_order, Mandate.id))
    people = select(Delegate.id, Delegate.full_name, Mandate.unit_name).join(Mandate, Mandate.id == Delegate.mandate_id)
    people = people.where(Delegate.conference_id == conference.id, Delegate.name_fold.like(pattern, escape="\\"))
    return _recipients(work, people.order_by(Delegate.protocol_order, Delegate.name_sort, Delegate.id))


def read_sample(work: Work, conference: Conference, kind: str, recipient_id: int) -> Matter | None:
    """What a letter of this kind would say to this recipient; None for somebody whom it would not go to. Asks no permission."""
    if kind == "operator_reminder":
        return read_site(work, conference, recipient_id)
    if kind in UNIT_KINDS:
        asked = read_registration(work, conference, recipient_id, kind=kind)
        # A link is made when it is sent.
        return replace(asked, path=asked.path or REGISTRATION_PATH.format(token=UNMADE)) if asked else None
    if work.session.scalar(select(Delegate.id).where(Delegate.id == recipient_id, Delegate.conference_id == conference.id)) is None:
        return None
    matter = read_delegate(work, conference, recipient_id, kind=kind)
    if matter and kind == "update":
        event = matter.event
        was = (event.starts_at + EXAMPLE_SHIFT, event.ends_at + EXAMPLE_SHIFT)
        return replace(matter, changes=(Change("period", was, (event.starts_at, event.ends_at)),))
    return replace(matter, reason="conference_cancelled") if matter and kind == "cancellation" else matter


def sampled_conference(work: Work, conference_id: int, kind: str) -> Conference:
    """The conference, for whoever organises it; raises SignInRequired, NotFound (also for a kind of letter there is not) or WrongState."""
    if kind not in LETTER_KINDS:
        raise NotFound(kind="letter")
    return real_conference(work, conference_id)


def put_test(work: Work, conference_id: int, kind: str, written: Written, *, name: str) -> Message:
    """Put a letter that is written already into the outbox, marked as a test, ahead of everything; only to the signed-in account's own address.

    `name` is its Message-ID. It is about nobody and of no run: no figure counts it, no calendar is told. Raises SignInRequired or NotFound.
    """
    account = signed_in_account(work)
    conference = sampled_conference(work, conference_id, kind)
    if written.to_address != account.email:
        raise NotFound(kind="recipient")
    purpose = kind if kind in PURPOSES else "calendar"
    message = Message(conference_id=conference.id, purpose=purpose, is_test=True, state="ready", message_id=name)
    message.to_fold = fold(f"{written.to_name} {written.to_address}")[:500]
    message.to_name, message.to_address, message.subject = written.to_name[:200], written.to_address, written.subject[:500]
    message.body, message.created_at, message.due_at = zlib.compress(written.data), work.now, work.now - TEST_AHEAD
    work.session.add(message)
    work.session.flush()
    work.tell(MailPut(conference.id))
    return message


def _recipients(work: Work, statement: object) -> list[Recipient]:
    rows = work.session.execute(statement.limit(MOST_CHOICES))  # type: ignore[attr-defined]  # a select
    return [Recipient(number, clean(name), clean(of)) for number, name, of in rows]
