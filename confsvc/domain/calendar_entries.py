"""What was handed out of each delegate's calendar, by file, feed or mail, and a SEQUENCE that rises exactly when that changed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, select

from confsvc.domain.calendar_content import Content, content_from_json
from confsvc.domain.calendar_holding import Ground, Holder
from confsvc.domain.invitations import Invitation, acting_delegate, own_invitation
from confsvc.domain.text import clean
from confsvc.domain.work import Work
from confsvc.models import CalendarEntry, Delegate

# Instead of a fingerprint: what the entry was about is gone.
GONE = "gone"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as handed out: its content, its identity and how often it changed."""

    content: Content
    uid: str
    sequence: int
    changed_at: datetime


def read_entries(work: Work, invitation: Invitation) -> list[Entry] | None:
    """The delegate's entries, the whole conference first; None if one was never handed out or has changed since.

    One that was handed out and is gone stays among them, cancelled, until the end that it had.
    """
    return entries_as_handed_out(work, rows_of(work, CalendarEntry.delegate_id == invitation.delegate.id), contents_of(invitation))


def hand_out_entries(work: Work) -> list[Entry]:
    """The entries of the delegate who acts; writes down what is new or changed. Raises NotFound."""
    # Two downloads at once must not both count the change: the second waits here and then sees the rows of the first.
    work.session.execute(select(Delegate.id).where(Delegate.id == acting_delegate(work).id).with_for_update())
    invitation = own_invitation(work)
    delegate = invitation.delegate
    rows = rows_of(work, CalendarEntry.delegate_id == delegate.id, lock=True)
    return hand_out(work, rows, contents_of(invitation), lambda _: CalendarEntry(conference_id=delegate.conference_id, delegate_id=delegate.id))


def entries_as_handed_out(work: Work, rows: Mapping[str, CalendarEntry], contents: Sequence[Content]) -> list[Entry] | None:
    """The entries of these contents, if all was handed out as it is; those that are gone behind them."""
    known = {content.scope for content in contents}
    if any(content.scope not in rows or rows[content.scope].fingerprint != content.fingerprint() for content in contents):
        return None
    if any(row.fingerprint != GONE for row in _outlived(work, rows.values(), known)):
        return None
    return _entries(work, rows, contents)


def hand_out(work: Work, rows: dict[str, CalendarEntry], contents: Sequence[Content], make: Callable[[Content], CalendarEntry]) -> list[Entry]:
    """The same, writing down what is new or changed; `make` says whose a new entry is."""
    for content in contents:
        fingerprint = content.fingerprint()
        row = rows.get(content.scope)
        if row is None:
            row = rows[content.scope] = make(content)
            row.scope, row.uid, row.sequence, row.fingerprint, row.changed_at = content.scope, work.new_id(), 0, fingerprint, work.now
            work.session.add(row)
        note_change(work, row, fingerprint)
        row.shown = content.as_json()
    for row in _outlived(work, rows.values(), {content.scope for content in contents}):
        note_change(work, row, GONE)
    work.session.flush()
    return _entries(work, rows, contents)


def note_change(work: Work, row: CalendarEntry, fingerprint: str) -> None:
    """Count a change of what the entry shows, unless nobody has seen it yet (RFC 5546 §2.1.4)."""
    if row.fingerprint == fingerprint:
        return
    if row.shown is not None or row.told is not None:
        row.sequence += 1
    row.fingerprint, row.changed_at = fingerprint, work.now


def contents_of(invitation: Invitation) -> list[Content]:
    """Everything that the bearer of the link is shown, the whole conference first."""
    ground = Ground(invitation.conference, invitation.agenda, {invitation.site.id: invitation.site})
    delegate = invitation.delegate
    holder = Holder(
        delegate_id=delegate.id,
        full_name=delegate.full_name,
        position=delegate.position,
        email=delegate.email,
        reply=delegate.reply,
        replied_at=delegate.replied_at,
        link_token=invitation.link_token,
        created_at=delegate.created_at,
        origin=delegate.origin,
        state=invitation.attendance.state,
        unit=clean(invitation.unit_name),
        site_id=invitation.site.id,
    )
    return [ground.content(holder, scope) for scope in ground.scopes]


def rows_of(work: Work, whose: ColumnElement[bool], *, lock: bool = False) -> dict[str, CalendarEntry]:
    """The entries of a delegate or a feed, by scope."""
    wanted = select(CalendarEntry).where(whose).order_by(CalendarEntry.id)
    found = work.session.scalars(wanted.with_for_update().execution_options(populate_existing=True) if lock else wanted)
    return {row.scope: row for row in found}


def _outlived(work: Work, rows: Iterable[CalendarEntry], known: set[str]) -> list[CalendarEntry]:
    """The rows of what was shown to somebody and is no more; what was over when it went, or is by now, was not cancelled."""
    gone = (row for row in rows if row.scope not in known)
    return [row for row in gone if row.shown is not None and datetime.fromisoformat(row.shown["ends_at"]) > work.now]


def _entries(work: Work, rows: Mapping[str, CalendarEntry], contents: Sequence[Content]) -> list[Entry]:
    outlived = _outlived(work, rows.values(), {one.scope for one in contents})
    gone = [(replace(content_from_json(row.shown or {}), state="cancelled"), row) for row in outlived]
    return [_entry(content, row) for content, row in [*((content, rows[content.scope]) for content in contents), *gone]]


def _entry(content: Content, row: CalendarEntry) -> Entry:
    return Entry(content, row.uid, row.sequence, row.changed_at)
