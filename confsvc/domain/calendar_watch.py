"""Calendars that were told something by mail, held against what is true now; whatever differs becomes a message.

A change marks its conference (`calendars_changed`) and nothing else. Whoever compares, the job or an organiser, finds everybody
whose calendar differs, however many changes ago; so nobody can be forgotten and five changes in a minute are one mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from confsvc.domain.access import organised_conference
from confsvc.domain.calendar_content import Change, Content, changes_between, content_from_json
from confsvc.domain.calendar_differences import Difference, find_differences, read_told
from confsvc.domain.calendar_holding import Ground
from confsvc.domain.calendar_marks import calendars_changed as calendars_changed
from confsvc.domain.lists import PAGE_SIZE, Page, page_of
from confsvc.domain.outbox import NewMessage, put_mailing
from confsvc.domain.work import UNSYNCED, Work
from confsvc.models import CalendarEntry, Conference, Delegate, Mailing, Message


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


def settled_conferences(work: Work, settle: timedelta) -> list[int]:
    """The conferences whose calendars are told of changes without being asked, and whose last change is so long ago."""
    due = (Conference.update_rule == "automatic", Conference.calendar_stale_at <= work.now - settle)
    return list(work.session.scalars(select(Conference.id).where(*due).order_by(Conference.calendar_stale_at)))


def send_updates(work: Work, conference_id: int, *, web_address: str = "") -> int:
    """Tell everybody whose calendar differs, as an organiser: how many entries it is about. Raises NotFound."""
    organised_conference(work, conference_id, lock=True)
    mailing = put_calendar_messages(work, conference_id, web_address=web_address)
    return work.session.scalar(select(func.count()).where(Message.mailing_id == mailing.id)) or 0 if mailing else 0


def compare_calendars(work: Work, conference_id: int) -> list[Telling]:
    """What each recipient of this conference is to be told, and is not about to be told already; asks no permission.

    A dozen statements, however many people.
    """
    ground, found, told = find_differences(work, conference_id)
    return _tellings(work, conference_id, ground, found, told)


def read_updates(work: Work, conference_id: int, *, page: int = 1, size: int = PAGE_SIZE) -> tuple[Conference, Page[Telling]]:
    """One page of the same for an organiser; raises NotFound."""
    conference = organised_conference(work, conference_id)
    ground, found, told = find_differences(work, conference_id)
    shown = page_of(found, page, size)
    return conference, Page(_tellings(work, conference_id, ground, shown.items, told), shown.total, shown.number, shown.size)


def count_differences(work: Work, conference_id: int) -> int:
    """How many entries are out of date; asks no permission."""
    return len(find_differences(work, conference_id)[1])


def put_calendar_messages(work: Work, conference_id: int, *, web_address: str = "", most: int | None = None) -> Mailing | None:
    """Put a message into the outbox for everybody whose calendar differs, and take the mark off; None where nobody's does.

    With `most`, no more than so many: the mark stays on for the rest. Asks no permission. As many statements for one as for ten thousand.
    """
    _take_turn(work, conference_id)
    _, found, _ = find_differences(work, conference_id)
    if most is None or len(found) <= most:
        work.session.execute(update(Conference).where(Conference.id == conference_id).values(calendar_stale_at=None), execution_options=UNSYNCED)
    found = found[:most]
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


def _take_turn(work: Work, conference_id: int) -> None:
    """Have everybody wait who makes entries of this conference, or writes a message of it, in the order in which they would wait for each other."""
    for rows in (
        select(Conference.id).where(Conference.id == conference_id).with_for_update(key_share=True),
        select(Delegate.id).where(Delegate.conference_id == conference_id).order_by(Delegate.id).with_for_update(key_share=True),
        select(Message.id).where(Message.conference_id == conference_id, Message.state == "waiting").order_by(Message.id).with_for_update(),
    ):
        work.session.execute(rows).all()


def _tellings(work: Work, conference_id: int, ground: Ground | None, found: Sequence[Difference], told: dict[int, dict[str, Any]]) -> list[Telling]:
    told = told | read_told(work, conference_id, [one.row.id for one in found if one.kind == "update" and one.row and one.row.id not in told])
    tellings = []
    for one in found:
        kept = told.get(one.row.id) if one.row and one.kind != "invite" else None
        held = content_from_json(kept["content"]) if kept else None
        content = ground.content(one.holder, one.scope) if ground and one.holder and one.kind != "cancel" else held
        if content is not None:
            changes = changes_between(held, content) if held and one.kind == "update" else ()
            entry_id = None if one.is_new or one.row is None else one.row.id
            tellings.append(Telling(one.kind, one.to_name, one.to_address, one.scope, one.delegate_id, entry_id, content, changes, one.instead_of_id))
    return tellings


def _let_go(work: Work, entry_ids: Sequence[int]) -> None:
    """Let these entries be nobody's: another address has what their delegate holds."""
    if entry_ids:
        table: Any = CalendarEntry.__table__
        nobodys = update(table).where(table.c.id == bindparam("of")).values(delegate_id=None)
        work.session.connection().execute(nobodys, [{"of": entry_id} for entry_id in entry_ids])
        work.session.expire_all()


def _make_entries(work: Work, conference_id: int, found: Sequence[Difference]) -> dict[tuple[int | None, str], int]:
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
