"""The outbox as organisers see it: runs and how far they are, every message, and the steps they can take."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zlib import decompress

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from confsvc.domain.access import organised_conference
from confsvc.domain.errors import NotFound, WrongState
from confsvc.domain.facts import MailPut
from confsvc.domain.lists import Page, read_page
from confsvc.domain.outbox import OPEN_STATES
from confsvc.domain.text import clean, like_pattern
from confsvc.domain.work import Work
from confsvc.models import Account, Conference, Mailing, Message

# What the list may be filtered by; "open" is what is still to go out, "trouble" what did not arrive.
FILTERS: Mapping[str, tuple[str, ...]] = {
    "open": OPEN_STATES,
    "sent": ("sent",),
    "trouble": ("failed", "bounced"),
    "dropped": ("dropped",),
}
RETURNED_STATES = ("failed", "bounced")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: how many of its messages stand how; `trouble` is the last thing that keeps it from going on."""

    mailing: Mailing
    by: str
    counts: Mapping[str, int] = field(default_factory=dict)
    trouble: str = ""

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        """How many are still to go out."""
        return sum(self.counts.get(state, 0) for state in OPEN_STATES)


@dataclass(frozen=True, slots=True)
class MessageQuery:
    """`state` is one of FILTERS, `text` is looked for in the recipient's name and address."""

    text: str = ""
    state: str = ""
    mailing_id: int | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class MessageList:
    """`counts` has how many there are by filter, whatever filter was asked for."""

    conference: Conference
    page: Page[Message]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OpenMessage:
    """One message with its words (RFC 5322), None while it is not written; `again`: it can be sent once more."""

    conference: Conference
    message: Message
    data: bytes | None
    again: bool


def read_mailings(work: Work, conference_id: int, page: int = 1) -> tuple[Conference, Page[Any], list[Progress]]:
    """One page of the runs of a conference, the newest first; raises NotFound for one the actor does not organise."""
    conference = organised_conference(work, conference_id)
    runs = read_page(work, select(Mailing).where(Mailing.conference_id == conference_id, _has_messages()).order_by(Mailing.id.desc()), page)
    return conference, runs, _progress(work, runs.items)


def mailing_progress(work: Work, conference_id: int, mailing_id: int) -> Progress:
    """How far one run is; raises NotFound."""
    organised_conference(work, conference_id)
    [progress] = _progress(work, [_mailing(work, conference_id, mailing_id)])
    return progress


def read_messages(work: Work, conference_id: int, query: MessageQuery) -> MessageList:
    """Who fits `query`, the newest first; raises NotFound for a conference the actor does not organise."""
    conference = organised_conference(work, conference_id)
    wanted: Select[Any] = select(Message).where(Message.conference_id == conference_id)
    if query.mailing_id is not None:
        wanted = wanted.where(Message.mailing_id == query.mailing_id)
    if clean(query.text):
        wanted = wanted.where(Message.to_fold.like(like_pattern(query.text), escape="\\"))
    found = wanted.with_only_columns(Message.state, func.count()).group_by(Message.state)
    counts: dict[str, int] = dict(work.session.execute(found).all())
    if query.state:
        wanted = wanted.where(Message.state.in_(FILTERS[query.state]))
    page = read_page(work, wanted.order_by(Message.id.desc()), query.page)
    return MessageList(conference, page, {name: sum(counts.get(state, 0) for state in states) for name, states in FILTERS.items()})


def read_message(work: Work, conference_id: int, message_id: int) -> OpenMessage:
    """One message, its words included; raises NotFound for one of a conference the actor does not organise."""
    conference = organised_conference(work, conference_id)
    message = _message(work, conference_id, message_id)
    data = decompress(message.body) if message.body is not None else None
    return OpenMessage(conference, message, data, message.state in RETURNED_STATES and not _has_newer(work, message))


def pause_mailing(work: Work, conference_id: int, mailing_id: int) -> None:
    """Let the messages of a run wait that are not handed over yet; nothing changes where it is paused already."""
    organised_conference(work, conference_id)
    mailing = _mailing(work, conference_id, mailing_id, lock=True)
    mailing.paused_at = mailing.paused_at or work.now
    work.session.flush()


def resume_mailing(work: Work, conference_id: int, mailing_id: int) -> None:
    """Let a run go on."""
    organised_conference(work, conference_id)
    _mailing(work, conference_id, mailing_id, lock=True).paused_at = None
    work.session.flush()
    work.tell(MailPut(conference_id))


def send_again(work: Work, conference_id: int, message_id: int) -> None:
    """Try a message once more that failed or came back; raises NotFound, or WrongState for any other.

    What calendars were told, and a test, goes out word for word and under its own name, unless something newer about the same
    entry has gone since (WrongState `newer`); every other message is written anew by what is true now.
    """
    organised_conference(work, conference_id)
    message = _message(work, conference_id, message_id, lock=True)
    if message.state not in RETURNED_STATES:
        raise WrongState(state=message.state, step="send_again")
    if _has_newer(work, message):
        raise WrongState(state="newer", step="send_again")
    _open_again(work, message)
    work.session.flush()
    work.tell(MailPut(conference_id))


def send_failed_again(work: Work, conference_id: int, mailing_id: int) -> int:
    """The same for every message of a run that failed and that nothing newer has replaced: how many."""
    organised_conference(work, conference_id)
    _mailing(work, conference_id, mailing_id)
    newer = aliased(Message)
    replaced = select(newer.id).where(newer.entry_id == Message.entry_id, newer.id > Message.id, newer.is_test.is_(False)).exists()
    failed = select(Message).where(Message.mailing_id == mailing_id, Message.state == "failed", ~replaced)
    messages = work.session.scalars(failed.with_for_update(of=Message)).all()
    for message in messages:
        _open_again(work, message)
    work.session.flush()
    work.tell(MailPut(conference_id))
    return len(messages)


def _open_again(work: Work, message: Message) -> None:
    message.attempts, message.due_at, message.claimed_until, message.error = 0, work.now, None, ""
    if (message.entry_id is not None or message.is_test) and message.body is not None:
        message.state = "ready"
    else:
        message.state, message.message_id, message.body = "waiting", None, None


def _has_newer(work: Work, message: Message) -> bool:
    """Whether a later message is about the same calendar entry."""
    if message.entry_id is None:
        return False
    later = select(Message.id).where(Message.entry_id == message.entry_id, Message.id > message.id, Message.is_test.is_(False))
    return work.session.scalar(later.limit(1)) is not None


def _has_messages() -> Any:
    """A run that found everybody informed already is nothing to show."""
    return select(Message.id).where(Message.mailing_id == Mailing.id).exists()


def _progress(work: Work, mailings: list[Mailing]) -> list[Progress]:
    """The progress of these runs, three queries however many."""
    ids = [mailing.id for mailing in mailings]
    counts: dict[int, dict[str, int]] = {}
    of_runs = select(Message.mailing_id, Message.state, func.count()).where(Message.mailing_id.in_(ids)).group_by(Message.mailing_id, Message.state)
    for mailing_id, state, count in work.session.execute(of_runs):
        counts.setdefault(mailing_id or 0, {})[state] = count
    stuck = select(func.max(Message.id)).where(Message.mailing_id.in_(ids), Message.state.in_(OPEN_STATES), Message.error != "").group_by(Message.mailing_id)
    troubles = dict(work.session.execute(select(Message.mailing_id, Message.error).where(Message.id.in_(stuck))).all())
    starters = {mailing.created_by_id for mailing in mailings} - {None}
    names = dict(work.session.execute(select(Account.id, Account.name).where(Account.id.in_(starters))).all())
    return [Progress(mailing, names.get(mailing.created_by_id or 0, ""), counts.get(mailing.id, {}), troubles.get(mailing.id, "")) for mailing in mailings]


def _mailing(work: Work, conference_id: int, mailing_id: int, *, lock: bool = False) -> Mailing:
    wanted = select(Mailing).where(Mailing.id == mailing_id, Mailing.conference_id == conference_id)
    mailing = work.session.scalar(wanted.with_for_update() if lock else wanted)
    if mailing is None:
        raise NotFound(kind="mailing")
    return mailing


def _message(work: Work, conference_id: int, message_id: int, *, lock: bool = False) -> Message:
    wanted = select(Message).where(Message.id == message_id, Message.conference_id == conference_id)
    message = work.session.scalar(wanted.with_for_update() if lock else wanted)
    if message is None:
        raise NotFound(kind="message")
    return message
