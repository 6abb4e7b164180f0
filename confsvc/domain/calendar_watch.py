"""Calendars that were told something by mail, held against what is true now; whatever differs becomes a message.

A change marks its conference (`calendars_changed`) and nothing else. Whoever compares, the job or an organiser, finds everybody
whose calendar differs, however many changes ago; so nobody can be forgotten and five changes in a minute are one mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from confsvc.domain.access import organised_conference
from confsvc.domain.attendance_log import UNSYNCED
from confsvc.domain.calendar_content import Change, Content, changes_between, content_from_json
from confsvc.domain.calendar_holding import INFORMED_STATES, Ground, Holder, read_ground, read_holders
from confsvc.domain.calendar_marks import calendars_changed as calendars_changed
from confsvc.domain.outbox import NewMessage, put_mailing
from confsvc.domain.work import Work
from confsvc.models import CalendarEntry, Conference, Mailing, Message

# Up to so many are asked for by number, more by asking for all.
NUMBERED_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Telling:
    """What one recipient is to be told of one entry: `kind` is `invite`, `update` or `cancel`.

    `content` is what the calendar is to hold, or no longer; `changes` what an update changes. `entry_id` is None while the
    entry is to be made; it then takes the place of `instead_of_id`, which another address holds or held.
    """

    kind: str
    to_name: str
    to_address: str
    scope: str
    delegate_id: int | None
    entry_id: int | None
    content: Content
    changes: tuple[Change, ...] = ()
    instead_of_id: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody's calendar should hold, by mail, and at which address."""

    fingerprint: str
    ends_at: datetime
    address: str


@dataclass(frozen=True, slots=True)
class _Row:
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
class _Difference:
    """A telling in the making; `row` is the entry it is about, or (with `instead_of_id`) the one it takes the place of."""

    kind: str
    to_name: str
    to_address: str
    scope: str
    delegate_id: int | None
    row: _Row | None
    holder: Holder | None = None
    wanted: Wanted | None = None
    instead_of_id: int | None = None

    @property
    def is_new(self) -> bool:
        return self.row is None or self.instead_of_id is not None


def settled_conferences(work: Work, settle: timedelta) -> list[int]:
    """The conferences whose calendars are told of changes without being asked, and whose last change is so long ago."""
    due = (Conference.update_rule == "automatic", Conference.calendar_stale_at <= work.now - settle)
    return list(work.session.scalars(select(Conference.id).where(*due).order_by(Conference.calendar_stale_at)))


def send_updates(work: Work, conference_id: int, *, web_address: str = "") -> Mailing | None:
    """Tell everybody whose calendar differs, as an organiser; raises NotFound."""
    organised_conference(work, conference_id, lock=True)
    return put_calendar_messages(work, conference_id, web_address=web_address)


def wanted_of(ground: Ground, holder: Holder, scope: str) -> Wanted | None:
    """What this holder's calendar should hold of `scope` by mail; None for nothing (any more)."""
    conference = ground.conference
    informed = conference.invited_at is not None and conference.rehearses_id is None and conference.state in INFORMED_STATES
    if not informed or not holder.is_expected or not holder.email or scope not in ground.told_scopes:
        return None
    return Wanted(ground.fingerprint(holder, scope), ground.ends_at(scope), holder.email)


def difference(wanted: Wanted | None, row: CalendarEntry | _Row | None, told_ends_at: datetime | None, now: datetime) -> str:
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


def compare_calendars(work: Work, conference_id: int) -> list[Telling]:
    """What each recipient of this conference is to be told, and is not about to be told already; asks no permission.

    A dozen statements, however many people.
    """
    ground, found, told = _compare(work, conference_id)
    told = told | _read_told(work, conference_id, [one.row.id for one in found if one.kind == "update" and one.row and one.row.id not in told])
    tellings = []
    for one in found:
        kept = told.get(one.row.id) if one.row and one.kind != "invite" else None
        held = content_from_json(kept["content"]) if kept else None
        content = ground.content(one.holder, one.scope) if ground and one.holder and one.kind != "cancel" else held
        if content is not None:
            changes = changes_between(held, content) if held and one.kind == "update" else ()
            made = None if one.instead_of_id is not None or one.row is None else one.row.id
            tellings.append(Telling(one.kind, one.to_name, one.to_address, one.scope, one.delegate_id, made, content, changes, one.instead_of_id))
    return tellings


def count_differences(work: Work, conference_id: int) -> int:
    """How many entries are out of date; asks no permission."""
    return len(_compare(work, conference_id)[1])


def put_calendar_messages(work: Work, conference_id: int, *, web_address: str = "") -> Mailing | None:
    """Put a message into the outbox for everybody whose calendar differs, and take the mark off; None where nobody's does.

    Asks no permission. As many statements for one as for ten thousand.
    """
    _, found, _ = _compare(work, conference_id)
    work.session.execute(update(Conference).where(Conference.id == conference_id).values(calendar_stale_at=None), execution_options=UNSYNCED)
    if not found:
        return None
    _let_go(work, [one.instead_of_id for one in found if one.instead_of_id is not None])
    made = _make_entries(work, conference_id, [one for one in found if one.is_new])
    messages = [
        NewMessage(
            one.to_address,
            one.to_name,
            entry_id=made[one.delegate_id, one.scope] if one.is_new or one.row is None else one.row.id,
            delegate_id=one.delegate_id,
        )
        for one in found
    ]
    return put_mailing(work, conference_id, "calendar", messages, web_address=web_address)


def _compare(work: Work, conference_id: int) -> tuple[Ground | None, list[_Difference], dict[int, dict[str, Any]]]:
    """The ground, what differs, and what those calendars hold of which that had to be read."""
    conference = work.session.get_one(Conference, conference_id, populate_existing=True)
    if conference.invited_at is None or conference.rehearses_id is not None or conference.state in ("draft", "closed"):
        return None, [], {}
    ground, holders = read_ground(work, conference), read_holders(work, conference_id)
    rows, waiting = _read_rows(work, conference_id), _waited_for(work, conference_id)
    suspects = _suspects(ground, holders, rows)
    # What a calendar holds is a long text: it is read where it decides.
    doubtful = [row.id for _, _, row, wanted in suspects if row and row.holds and (not wanted or wanted.ends_at <= work.now or row.told_to != wanted.address)]
    told = _read_told(work, conference_id, doubtful)
    found: list[_Difference] = []
    for holder, scope, row, wanted in suspects:
        kept = told.get(row.id) if row else None
        ends_at = datetime.fromisoformat(kept["content"]["ends_at"]) if kept else None
        kind = difference(wanted, row, ends_at, work.now)
        is_waiting = row is not None and row.id in waiting
        if row and kept and ends_at and kind in ("cancel", "move") and ends_at > work.now and not is_waiting:
            found.append(_Difference("cancel", kept["name"], row.told_to, scope, row.delegate_id, row))
        if holder and wanted and kind == "move" and wanted.ends_at > work.now:
            moved_from = row.id if row else None
            found.append(_Difference("invite", holder.full_name, wanted.address, scope, holder.delegate_id, row, holder, wanted, moved_from))
        if holder and wanted and kind in ("invite", "update") and not is_waiting:
            found.append(_Difference(kind, holder.full_name, wanted.address, scope, holder.delegate_id, row, holder, wanted))
    return ground, found, told


def _suspects(ground: Ground, holders: Sequence[Holder], rows: Sequence[_Row]) -> list[tuple[Holder | None, str, _Row | None, Wanted | None]]:
    """Everything that may differ: who should hold something else, and who holds something they should not."""
    by_place = {(row.delegate_id, row.scope): row for row in rows if row.delegate_id is not None}
    found: list[tuple[Holder | None, str, _Row | None, Wanted | None]] = []
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


def _read_rows(work: Work, conference_id: int) -> list[_Row]:
    columns: tuple[Any, ...] = (
        *(CalendarEntry.id, CalendarEntry.delegate_id, CalendarEntry.scope, CalendarEntry.told_to),
        *(CalendarEntry.told_fingerprint, CalendarEntry.cancelled_at),
    )
    mailed = select(*columns).where(CalendarEntry.conference_id == conference_id, CalendarEntry.feed_id.is_(None))
    return [_Row(*row) for row in work.session.execute(mailed.order_by(CalendarEntry.id))]


def _waited_for(work: Work, conference_id: int) -> set[int]:
    """The entries with a message that is not written yet: it will say what is true then."""
    waiting = (Message.conference_id == conference_id, Message.state == "waiting", Message.entry_id.is_not(None), Message.is_test.is_(False))
    return {entry_id for entry_id in work.session.scalars(select(Message.entry_id).where(*waiting)) if entry_id is not None}


def _read_told(work: Work, conference_id: int, entry_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    if not entry_ids:
        return {}
    wanted = CalendarEntry.id.in_(entry_ids) if len(entry_ids) <= NUMBERED_MOST else CalendarEntry.conference_id == conference_id
    found = work.session.execute(select(CalendarEntry.id, CalendarEntry.told).where(wanted, CalendarEntry.told_to != ""))
    return {entry_id: told for entry_id, told in found if told is not None}


def _let_go(work: Work, entry_ids: Sequence[int]) -> None:
    """Let these entries be nobody's: another address has what their delegate holds."""
    if entry_ids:
        table: Any = CalendarEntry.__table__
        nobodys = update(table).where(table.c.id == bindparam("of")).values(delegate_id=None)
        work.session.connection().execute(nobodys, [{"of": entry_id} for entry_id in entry_ids])
        work.session.expire_all()


def _make_entries(work: Work, conference_id: int, found: Sequence[_Difference]) -> dict[tuple[int | None, str], int]:
    """Delegate and scope → the id of the entry made for them."""
    if not found:
        return {}
    rows = [
        {
            "conference_id": conference_id,
            "delegate_id": one.delegate_id,
            "scope": one.scope,
            "uid": work.new_id(),
            "sequence": 0,
            "fingerprint": one.wanted.fingerprint if one.wanted else "",
            "changed_at": work.now,
        }
        for one in found
    ]
    work.session.execute(insert(CalendarEntry), rows)
    of_conference = select(CalendarEntry.delegate_id, CalendarEntry.scope, CalendarEntry.id)
    of_conference = of_conference.where(CalendarEntry.conference_id == conference_id, CalendarEntry.delegate_id.is_not(None))
    return {(delegate_id, scope): entry_id for delegate_id, scope, entry_id in work.session.execute(of_conference)}
