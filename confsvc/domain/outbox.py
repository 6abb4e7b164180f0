"""Mail on its way out: rows written in the transaction of the change, handed to the mail server one by one, each marked when it is done.

Whoever sends asks for one message at a time (`claim_message`), hands it over outside of any transaction, and notes what became of it
before anything else. A sender that dies holds its message until its lease is over; then the message goes out again
word for word, under the same Message-ID, since nobody can know whether the server has taken it (RFC 5321 §4.5.3.2.6 and §6.1).
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, exists, insert, or_, select, text, update

from confsvc.domain.access import acting_account_id
from confsvc.domain.errors import Invalid
from confsvc.domain.facts import MailPut
from confsvc.domain.text import clean, fold
from confsvc.domain.work import Work
from confsvc.models import Conference, Mailing, Message

# As the partial index of the messages that are still to go out has it, so that it serves.
OPEN = "messages.state IN ('waiting', 'ready')"
# Whatever became of them, these hold what was said.
WRITTEN_STATES = ("ready", "sent", "failed", "bounced")
OPEN_STATES = ("waiting", "ready")
# So far ahead of the runs goes a test that somebody sends to themselves and waits for.
TEST_AHEAD = timedelta(days=1)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=2)
# Bounds how long other writers wait for one claim.
MOST_PASSED_OVER = 20
# How long one that cannot be written is tried again.
UNWRITTEN_FOR = timedelta(days=2)
ERROR_MAX_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class NewMessage:
    """Whom to write to, and about what; where nothing is named it is about the conference."""

    to_address: str
    to_name: str = ""
    entry_id: int | None = None
    mandate_id: int | None = None
    delegate_id: int | None = None
    site_id: int | None = None
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A message in its final words: whom it goes to, and the whole of it (RFC 5322, lines ended by CRLF)."""

    to_name: str
    to_address: str
    subject: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be handed over now: its row's id, its Message-ID, the envelope (RFC 5321 §2.3.1), the whole of it."""

    message_id: int
    name: str
    sender: str
    recipient: str
    data: bytes


# Writes a message by what is true now, under the Message-ID it is given; None: there is nothing to say any more.
Write = Callable[[Work, Message, str], Written | None]


def put_mailing(work: Work, conference_id: int, purpose: str, messages: Sequence[NewMessage], *, web_address: str = "") -> Mailing:
    """Start a run of these messages; asks no permission. As many statements for one message as for ten thousand.

    A calendar entry that a waiting message is about already gets no second one: that message will say what is true when its
    turn comes. `web_address` is where the links of the conference's mail lead from now on ("" leaves it as it is).
    """
    # One run of a conference is put at a time, and no waiting message counted on here is written meanwhile by what was true before.
    work.session.execute(select(Conference.id).where(Conference.id == conference_id).with_for_update(key_share=True))
    if web_address:
        work.session.execute(update(Conference).where(Conference.id == conference_id).values(web_address=web_address))
    mailing = Mailing(conference_id=conference_id, purpose=purpose, created_by_id=acting_account_id(work), created_at=work.now)
    work.session.add(mailing)
    work.session.flush()
    waiting = _entries_waited_for(work, conference_id) if any(message.entry_id for message in messages) else set()
    rows = []
    for message in messages:
        if message.entry_id is not None and not message.is_test:
            if message.entry_id in waiting:
                continue
            waiting.add(message.entry_id)
        rows.append(_row(work, mailing, message))
    if rows:
        work.session.execute(insert(Message), rows)
        work.tell(MailPut(conference_id))
    return mailing


def _entries_waited_for(work: Work, conference_id: int) -> set[int]:
    """The entries with a message that is not written yet; nobody writes one of these before this unit ends."""
    unwritten = (Message.conference_id == conference_id, Message.state == "waiting", Message.entry_id.is_not(None), Message.is_test.is_(False))
    return {entry_id for entry_id in work.session.scalars(select(Message.entry_id).where(*unwritten).with_for_update()) if entry_id is not None}


def _row(work: Work, mailing: Mailing, message: NewMessage) -> dict[str, object]:
    about = {name: getattr(message, name) for name in ("entry_id", "mandate_id", "delegate_id", "site_id", "is_test")}
    name, address = clean(message.to_name)[:200], clean(message.to_address)[:254]
    to = {"to_name": name, "to_address": address, "to_fold": fold(f"{name} {address}")[:500]}
    due_at = work.now - TEST_AHEAD if message.is_test else work.now
    whole = {"conference_id": mailing.conference_id, "mailing_id": mailing.id, "purpose": mailing.purpose, "state": "waiting", "due_at": due_at}
    return {**whole, **about, **to, "created_at": work.now}


def release_calendars(work: Work, conference_id: int) -> None:
    """Have no paused run hold back what calendars are to be told of a conference that was cancelled: it says that, or nothing. Asks no permission."""
    paused = (Mailing.conference_id == conference_id, Mailing.purpose == "calendar", Mailing.paused_at.is_not(None))
    if work.session.scalars(update(Mailing).where(*paused).values(paused_at=None).returning(Mailing.id)).all():
        work.tell(MailPut(conference_id))


def is_mail_due(work: Work) -> bool:
    """Whether anything is to be sent now: to look must not make other writers wait."""
    return work.session.scalar(_due(work).with_only_columns(Message.id)) is not None


def claim_message(work: Work, write: Write, *, sender: str, lease: timedelta) -> Outgoing | None:
    """The next message whose turn it is, held for `lease`; None where nothing is due, or so much was dropped that others are to have their turn.

    One that waits is written now, and stays as it is written however often it has to be tried; one with nothing to say any more is
    dropped. What goes wrong while it is written delays that message alone; Invalid (an address nobody can be told) ends it.
    `sender` is the address it comes from.
    """
    for _ in range(MOST_PASSED_OVER):
        message = work.session.scalar(_due(work).with_for_update(skip_locked=True, of=Message))
        if message is None:
            break
        if not (_still_says_something(work, message) if message.state == "ready" else _freeze(work, message, write, sender)):
            continue
        message.claimed_until = work.now + lease
        work.session.flush()
        assert message.message_id is not None and message.body is not None  # noqa: S101, PT018 - what is ready has both
        return Outgoing(message.id, message.message_id, sender, message.to_address, zlib.decompress(message.body))
    return None


def _due(work: Work) -> Select[Message]:
    """The message that is due first: of no paused run, held by nobody."""
    free = or_(Message.claimed_until.is_(None), Message.claimed_until <= work.now)
    return select(Message).where(text(OPEN), Message.due_at <= work.now, free, ~is_paused()).order_by(Message.due_at, Message.id).limit(1)


def is_paused() -> ColumnElement[bool]:
    return exists().where(Mailing.id == Message.mailing_id, Mailing.paused_at.is_not(None))


def _still_says_something(work: Work, message: Message) -> bool:
    """False: a later message about the same calendar entry was written while this one had to wait, and it was dropped.

    A calendar must not hear of a change after what undid it: who was told of a cancellation would see the meeting come back.
    """
    if message.entry_id is None or message.is_test:
        return True
    later = select(Message.id).where(Message.entry_id == message.entry_id, Message.id > message.id, Message.is_test.is_(False))
    if work.session.scalar(later.where(Message.state.in_(WRITTEN_STATES)).limit(1)) is None:
        return True
    message.state, message.claimed_until = "dropped", None
    work.session.flush()
    return False


def _freeze(work: Work, message: Message, write: Write, sender: str) -> bool:
    """Write a message; False: it was dropped, or could not be written now."""
    name = f"<{work.new_id()}@{sender.rpartition('@')[2]}>"
    try:
        # A unit within the unit: what failed leaves nothing behind, and what was noted before it stands.
        with work.session.begin_nested():
            written = write(work, message, name)
    except Invalid as error:
        _fail(work, message, error.reason)
        return False
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not hold up all the others
        _delay(work, message, f"{type(error).__name__}: not written", UNWRITTEN_FOR)
        return False
    if written is None:
        message.state = "dropped"
        work.session.flush()
        return False
    message.state, message.message_id, message.body = "ready", name, zlib.compress(written.data)
    message.to_name, message.to_address, message.subject = clean(written.to_name)[:200], written.to_address, clean(written.subject)[:500]
    message.to_fold = fold(f"{message.to_name} {message.to_address}")[:500]
    return True


def note_sent(work: Work, message_id: int) -> None:
    """The mail server has taken it."""
    message = _ready(work, message_id)
    if message is not None:
        message.state, message.sent_at, message.claimed_until, message.error = "sent", work.now, None, ""
        message.attempts += 1
        work.session.flush()


def note_refused(work: Work, message_id: int, *, error: str) -> None:
    """The mail server will never take it (RFC 5321 §4.2.1, 5yz); `error` is what it said."""
    message = _ready(work, message_id)
    if message is not None:
        message.attempts += 1
        _fail(work, message, error)


def note_delayed(work: Work, message_id: int, *, error: str, give_up_after: timedelta) -> None:
    """The mail server may take it later (4yz): tried again after a pause that doubles, until the pauses add up to `give_up_after`."""
    message = _ready(work, message_id)
    if message is not None:
        _delay(work, message, error, give_up_after)


def put_back(work: Work, message_id: int, *, error: str) -> None:
    """It could not even be tried, for a reason that is not its own: it keeps its turn."""
    message = _ready(work, message_id)
    if message is not None:
        message.claimed_until, message.error = None, _said(error)
        work.session.flush()


def note_bounced(work: Work, name: str, *, error: str) -> Message | None:
    """It came back: the message with this Message-ID, marked as bounced, or None where there is none that was sent (RFC 3464)."""
    message = work.session.scalar(select(Message).where(Message.message_id == name, Message.state.in_(("sent", "bounced"))).with_for_update())
    if message is not None:
        message.state, message.error = "bounced", _said(error)
        work.session.flush()
    return message


def _ready(work: Work, message_id: int) -> Message | None:
    """The message, unless it was settled or removed in the meantime (its lease was over, and another sender was faster)."""
    return work.session.scalar(select(Message).where(Message.id == message_id, Message.state == "ready").with_for_update())


def _delay(work: Work, message: Message, error: str, give_up_after: timedelta) -> None:
    message.attempts += 1
    waited = sum((pause_after(n, message.id) for n in range(1, message.attempts)), timedelta())
    if waited >= give_up_after:
        _fail(work, message, error)
        return
    message.due_at, message.claimed_until, message.error = work.now + pause_after(message.attempts, message.id), None, _said(error)
    work.session.flush()


def _fail(work: Work, message: Message, error: str) -> None:
    message.state, message.claimed_until, message.error = "failed", None, _said(error)
    work.session.flush()


def pause_after(attempts: int, message_id: int) -> timedelta:
    """How long a message rests after this many attempts: doubling up to a bound, a quarter more or less by the message's own number.

    So those that were refused together do not come back together.
    """
    longest = min(FIRST_PAUSE * (1 << min(attempts - 1, 16)), LONGEST_PAUSE)
    spread = (message_id * 2654435761 + attempts * 40503) % 2**16 / 2**16
    return longest * (0.75 + spread / 2)


def _said(error: str) -> str:
    return clean(error)[:ERROR_MAX_CHARACTERS]
