"""What each calendar was told by mail, held against what it should hold: the differences, for a whole conference at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from confsvc.domain.calendar_content import Content, content_from_json
from confsvc.domain.calendar_holding import Ground, Holder, is_told_of, read_ground, read_holders
from confsvc.domain.work import Work
from confsvc.models import CalendarEntry, Conference, Message

# Up to so many are asked for by number, more by asking for all.
NUMBERED_MOST = 5_000
NEVER_OVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody's calendar should hold, by mail, and at which address."""

    fingerprint: str
    ends_at: datetime
    address: str


@dataclass(frozen=True, slots=True)
class Row:
    """The part of an entry that is compared."""

    id: int
    delegate_id: int | None
    scope: str
    told_to: str
    told_fingerprint: str
    cancelled_at: datetime | None

    @property
    def holds(self) -> bool:
        return bool(self.told_to) and self.cancelled_at is None


@dataclass(frozen=True, slots=True)
class Difference:
    """A telling in the making; `row` is the entry it is about, or (with `instead_of_id`) the one it takes the place of."""

    kind: str
    to_name: str
    to_address: str
    scope: str
    delegate_id: int | None
    row: Row | None
    holder: Holder | None = None
    wanted: Wanted | None = None
    instead_of_id: int | None = None

    @property
    def is_new(self) -> bool:
        return self.row is None or self.instead_of_id is not None


def wanted_of(ground: Ground, holder: Holder, scope: str) -> Wanted | None:
    """What this holder's calendar should hold of `scope` by mail; None for nothing (any more)."""
    if not ground.informs or not holder.is_expected or not holder.email or scope not in ground.told_scopes:
        return None
    return Wanted(ground.fingerprint(holder, scope), ground.ends_at(scope), holder.email)


def held_until(content: Content) -> datetime:
    """When what a calendar holds is over: nobody knows that of what is put off, which may still be held or cancelled."""
    return NEVER_OVER if content.state == "postponed" else content.ends_at


def difference(wanted: Wanted | None, row: CalendarEntry | Row | None, told_ends_at: datetime | None, now: datetime) -> str:
    """What is to be said: `invite`, `update`, `cancel`, `move` (the entry belongs to another address) or nothing (empty).

    `told_ends_at` is when what the calendar holds is over, None if it holds nothing. Nobody hears of what is over.
    """
    holds = row is not None and bool(row.told_to) and row.cancelled_at is None
    if wanted is None:
        return "cancel" if holds and told_ends_at is not None and told_ends_at > now else ""
    if row is not None and row.told_to and row.told_to != wanted.address:
        return "move"
    if row is not None and holds and row.told_fingerprint == wanted.fingerprint:
        return ""
    if max(wanted.ends_at, told_ends_at or wanted.ends_at) <= now:
        return ""
    return "update" if holds else "invite"


def find_differences(work: Work, conference_id: int) -> tuple[Ground | None, list[Difference], dict[int, dict[str, Any]]]:
    """The ground, what differs and is not about to be told already, and by entry what those calendars hold of which that had to be read.

    Asks no permission; eight statements, however many people.
    """
    conference = work.session.get_one(Conference, conference_id, populate_existing=True)
    if not is_told_of(conference):
        return None, [], {}
    ground, holders = read_ground(work, conference), read_holders(work, conference_id)
    rows, waiting = _read_rows(work, conference_id), _waited_for(work, conference_id)
    suspects = _suspects(ground, holders, rows)
    # What a calendar holds is a long text: it is read where it decides.
    doubtful = [row.id for _, _, row, wanted in suspects if row and row.holds and (not wanted or wanted.ends_at <= work.now or row.told_to != wanted.address)]
    told = read_told(work, conference_id, doubtful)
    found: list[Difference] = []
    for holder, scope, row, wanted in suspects:
        kept = told.get(row.id) if row else None
        ends_at = held_until(content_from_json(kept["content"])) if kept else None
        kind = difference(wanted, row, ends_at, work.now)
        is_waiting = row is not None and row.id in waiting
        if row and kept and ends_at and kind in ("cancel", "move") and ends_at > work.now and not is_waiting:
            found.append(Difference("cancel", kept["name"], row.told_to, scope, row.delegate_id, row))
        if holder and wanted and kind == "move" and wanted.ends_at > work.now:
            moved_from = row.id if row else None
            found.append(Difference("invite", holder.full_name, wanted.address, scope, holder.delegate_id, row, holder, wanted, moved_from))
        if holder and wanted and kind in ("invite", "update") and not is_waiting:
            found.append(Difference(kind, holder.full_name, wanted.address, scope, holder.delegate_id, row, holder, wanted))
    return ground, found, told


def _suspects(ground: Ground, holders: Sequence[Holder], rows: Sequence[Row]) -> list[tuple[Holder | None, str, Row | None, Wanted | None]]:
    """Everything that may differ: who should hold something else, and who holds something they should not."""
    by_place = {(row.delegate_id, row.scope): row for row in rows if row.delegate_id is not None}
    found: list[tuple[Holder | None, str, Row | None, Wanted | None]] = []
    for holder in holders:
        for scope in ground.told_scopes:
            row = by_place.pop((holder.delegate_id, scope), None)
            wanted = wanted_of(ground, holder, scope)
            if wanted is None:
                if row is not None and row.holds:
                    found.append((holder, scope, row, None))
            elif row is None or not row.holds or (row.told_to, row.told_fingerprint) != (wanted.address, wanted.fingerprint):
                found.append((holder, scope, row, wanted))
    left = [row for row in rows if row.delegate_id is None or (row.delegate_id, row.scope) in by_place]
    return [*found, *((None, row.scope, row, None) for row in left if row.holds)]


def _read_rows(work: Work, conference_id: int) -> list[Row]:
    columns: tuple[Any, ...] = (
        *(CalendarEntry.id, CalendarEntry.delegate_id, CalendarEntry.scope, CalendarEntry.told_to),
        *(CalendarEntry.told_fingerprint, CalendarEntry.cancelled_at),
    )
    mailed = select(*columns).where(CalendarEntry.conference_id == conference_id, CalendarEntry.feed_id.is_(None))
    return [Row(*row) for row in work.session.execute(mailed.order_by(CalendarEntry.id))]


def _waited_for(work: Work, conference_id: int) -> set[int]:
    """The entries with a message that is not written yet: it will say what is true then."""
    waiting = (Message.conference_id == conference_id, Message.state == "waiting", Message.entry_id.is_not(None), Message.is_test.is_(False))
    return {entry_id for entry_id in work.session.scalars(select(Message.entry_id).where(*waiting)) if entry_id is not None}


def read_told(work: Work, conference_id: int, entry_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What the calendars of these entries hold, as `note_told` kept it."""
    if not entry_ids:
        return {}
    wanted = CalendarEntry.id.in_(entry_ids) if len(entry_ids) <= NUMBERED_MOST else CalendarEntry.conference_id == conference_id
    found = work.session.execute(select(CalendarEntry.id, CalendarEntry.told).where(wanted, CalendarEntry.told_to != ""))
    return {entry_id: told for entry_id, told in found if told is not None}
