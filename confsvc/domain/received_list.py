"""What came in for a conference, as organisers see it, and what they do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select

from confsvc.domain.access import acting_account_id, organised_conference, real_conference
from confsvc.domain.errors import NotFound, WrongState
from confsvc.domain.lists import Page, read_page
from confsvc.domain.outbox import NewMessage, put_mailing
from confsvc.domain.replies import ANSWERABLE
from confsvc.domain.text import like_pattern
from confsvc.domain.work import Work
from confsvc.models import Account, CalendarEntry, Delegate, Mandate
from confsvc.models.mail import Message, Received

# What the list may be filtered by: what an organiser is to look at, what they have, or everything.
FILTERS = ("waiting", "settled", "all")


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """One thing that came in, whom it is about (None: nobody of the list), and who settled it (a name)."""

    received: Received
    delegate: Delegate | None
    unit_name: str
    settled_by: str
    # Whether it is a proposal of the person themselves that can still be declined.
    can_decline: bool


def list_received(work: Work, conference_id: int, *, show: str = "waiting", query: str = "", page: int = 1) -> Page[ReceivedLine]:
    """What came in, the newest first; `query` looks for people and for addresses. Four queries and a few for the permission. Raises NotFound."""
    conference = organised_conference(work, conference_id)
    statement = select(Received).where(*_of(conference_id, show)).order_by(Received.id.desc())
    if query:
        named = select(Delegate.id).where(Delegate.conference_id == conference_id, Delegate.name_fold.like(like_pattern(query), escape="\\"))
        statement = statement.where(or_(func.lower(Received.from_address).contains(query.lower(), autoescape=True), Received.delegate_id.in_(named)))
    found = read_page(work, statement, page)
    people, units = _people(work, found.items)
    accounts = {row.settled_by_id for row in found.items if row.settled_by_id}
    names = {account.id: account.name for account in work.session.scalars(select(Account).where(Account.id.in_(accounts)))} if accounts else {}
    declinable = _declinable(work, found.items) if conference.state in ANSWERABLE and conference.ends_at > work.now else set()
    lines = [
        ReceivedLine(row, people.get(row.delegate_id or 0), units.get(row.delegate_id or 0, ""), names.get(row.settled_by_id or 0, ""), row.id in declinable)
        for row in found.items
    ]
    return Page(lines, found.total, found.number, found.size)


def count_received(work: Work, conference_id: int) -> int:
    """How much an organiser is to look at; asks no permission."""
    return work.session.scalar(select(func.count()).where(*_of(conference_id, "waiting"))) or 0


def settle_received(work: Work, conference_id: int, received_id: int) -> None:
    """An organiser has looked at it; once more changes nothing. Raises NotFound, or WrongState for what asks for no look."""
    row = _row(work, conference_id, received_id)
    if row.outcome not in ("shown", "settled"):
        raise WrongState(state=row.outcome, step="settle_received")
    if row.outcome == "shown":
        row.outcome, row.settled_at, row.settled_by_id = "settled", work.now, acting_account_id(work)
        work.session.flush()


def reopen_received(work: Work, conference_id: int, received_id: int) -> None:
    """It is to be looked at after all. Raises NotFound, or WrongState for a proposal that was declined: the person has been told."""
    row = _row(work, conference_id, received_id)
    if row.outcome not in ("shown", "settled") or "declined_by_message" in row.detail:
        raise WrongState(state=row.outcome, step="settle_received")
    row.outcome, row.settled_at, row.settled_by_id = "shown", None, None
    work.session.flush()


def decline_proposal(work: Work, conference_id: int, received_id: int, *, web_address: str = "") -> None:
    """Tell the person that their proposal is not taken up (RFC 5546 §3.2.8); that settles it, and twice is once.

    Raises NotFound, or WrongState for what is no proposal of the person themselves, or if it is over or they were taken out.
    """
    conference = real_conference(work, conference_id, lock=True)
    row = _row(work, conference_id, received_id)
    if "declined_by_message" in row.detail:
        return
    if conference.state not in ANSWERABLE or conference.ends_at <= work.now or row.id not in _declinable(work, [row]):
        raise WrongState(state=row.outcome, step="decline_proposal")
    entry, delegate = work.session.get_one(CalendarEntry, row.entry_id), work.session.get_one(Delegate, row.delegate_id)
    # Not named by its entry: a message about an entry that waits would be taken for the update that is to come.
    asked = NewMessage(entry.told_to, delegate.full_name, delegate_id=delegate.id)
    mailing = put_mailing(work, conference_id, "counter_declined", [asked], web_address=web_address)
    message_id = work.session.scalars(select(Message.id).where(Message.mailing_id == mailing.id)).one()
    row.detail = {**row.detail, "declined_by_message": message_id}
    row.outcome, row.settled_at, row.settled_by_id = "settled", work.now, acting_account_id(work)
    work.session.flush()


def _of(conference_id: int, show: str) -> list[ColumnElement[bool]]:
    outcomes = {"waiting": "shown", "settled": "settled"}.get(show)
    return [Received.conference_id == conference_id, *([Received.outcome == outcomes] if outcomes else [])]


def _row(work: Work, conference_id: int, received_id: int) -> Received:
    organised_conference(work, conference_id, lock=True)
    row = work.session.scalar(select(Received).where(Received.id == received_id, Received.conference_id == conference_id))
    if row is None:
        raise NotFound(kind="received")
    return row


def _people(work: Work, rows: Sequence[Received]) -> tuple[dict[int, Delegate], dict[int, str]]:
    """The delegates these are about and the names of their units, by the delegate's id."""
    wanted = {row.delegate_id for row in rows if row.delegate_id}
    if not wanted:
        return {}, {}
    found = work.session.execute(select(Delegate, Mandate.unit_name).join(Mandate, Mandate.id == Delegate.mandate_id).where(Delegate.id.in_(wanted))).all()
    return {delegate.id: delegate for delegate, _ in found}, {delegate.id: unit for delegate, unit in found}


def _declinable(work: Work, rows: Sequence[Received]) -> set[int]:
    """The proposals among these that wait, and whose entry the person still holds."""
    waiting = {row.id: row.entry_id for row in rows if (row.kind, row.outcome, row.reason) == ("counter", "shown", "proposal")}
    if not waiting:
        return set()
    held = (CalendarEntry.id.in_(waiting.values()), CalendarEntry.delegate_id.is_not(None), CalendarEntry.cancelled_at.is_(None))
    alive = set(work.session.scalars(select(CalendarEntry.id).where(*held)))
    return {row_id for row_id, entry_id in waiting.items() if entry_id in alive}
