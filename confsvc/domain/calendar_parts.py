"""What one message says to a calendar, decided when its turn comes by what is true then."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from confsvc.domain.calendar import Guest, Origin, Words, build_message, serialize_calendar
from confsvc.domain.calendar_content import Change, Content, changes_between, content_from_json
from confsvc.domain.calendar_differences import difference, held_until, wanted_of
from confsvc.domain.calendar_entries import GONE, Entry, note_change
from confsvc.domain.calendar_holding import Ground, Holder, is_told_of, read_ground, read_holders
from confsvc.domain.work import Work
from confsvc.models import CalendarEntry, Conference


@dataclass(frozen=True, slots=True)
class Voice:
    """How the server speaks in calendars: its words, the address it sends mail from, and the address of a personal page by the token of the link."""

    words: Words
    mail_from: str
    personal_page: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """One VCALENDAR of `method` REQUEST or CANCEL for one recipient, and what it says in a form free of words.

    `content` is what the calendar holds from now on, or no longer; `changes` is what an update changes, `first` that it is none.
    """

    method: str
    ics: bytes
    to_name: str
    to_address: str
    content: Content
    changes: tuple[Change, ...]
    first: bool
    uid: str
    sequence: int


def calendar_part(work: Work, entry: CalendarEntry, voice: Voice) -> CalendarPart | None:
    """What the recipient of this entry is to be told now; None where their calendar is true already, or it is all over.

    Raises the SEQUENCE where what is shown has changed. Whoever sends the part calls `note_told` in the same unit.
    """
    work.session.flush()
    row = work.session.scalars(select(CalendarEntry).where(CalendarEntry.id == entry.id).with_for_update().execution_options(populate_existing=True)).one()
    conference = work.session.get_one(Conference, row.conference_id)
    if not is_told_of(conference):
        return None
    held = content_from_json(row.told["content"]) if row.told and row.cancelled_at is None else None
    ground, holder = _read(work, row)
    wanted = wanted_of(ground, holder, row.scope) if ground and holder else None
    kind = difference(wanted, row, held_until(held) if held else None, work.now)
    if kind == "move":
        # The new address gets an entry of its own by the next comparison: the conference is marked by what changed the address.
        row.delegate_id = None
        kind = "cancel" if held and held_until(held) > work.now else ""
    if kind == "cancel" and held:
        note_change(work, row, GONE)
        guest = Guest((row.told or {}).get("name", ""), row.told_to)
        # Only a cancelled conference is called so; and whoever is not to come needs no way in.
        content = replace(held, state="cancelled") if conference.state == "cancelled" else replace(held, state="withdrawn", video_link="")
        return _part(work, row, "CANCEL", content, guest, voice)
    if kind not in ("invite", "update") or not ground or not holder or not wanted:
        return None
    content = ground.content(holder, row.scope)
    note_change(work, row, wanted.fingerprint)
    guest = Guest(holder.full_name, holder.email, holder.reply)
    return _part(work, row, "REQUEST", content, guest, voice, held)


def note_told(work: Work, entry: CalendarEntry, part: CalendarPart) -> None:
    """Keep what the recipient's calendar holds once it has read this part."""
    kept = replace(part.content, state="") if part.method == "CANCEL" else part.content
    entry.told = {"name": part.to_name, "sequence": part.sequence, "content": kept.as_json()}
    entry.told_to, entry.told_at = part.to_address, work.now
    entry.told_fingerprint = "" if part.method == "CANCEL" else part.content.fingerprint()
    entry.cancelled_at = work.now if part.method == "CANCEL" else None
    work.session.flush()


def _read(work: Work, row: CalendarEntry) -> tuple[Ground | None, Holder | None]:
    if row.delegate_id is None:
        return None, None
    conference = work.session.get_one(Conference, row.conference_id)
    [holder] = read_holders(work, row.conference_id, delegate_id=row.delegate_id)
    return read_ground(work, conference, site_id=holder.site_id), holder


def _part(work: Work, row: CalendarEntry, method: str, content: Content, guest: Guest, voice: Voice, held: Content | None = None) -> CalendarPart:
    origin = Origin(voice.personal_page(content.link_token), voice.mail_from)
    built = build_message(Entry(content, row.uid, row.sequence, row.changed_at), voice.words, origin, guest, method, _stamp(work, row))
    changes = changes_between(held, content) if held else ()
    first = method == "REQUEST" and held is None
    return CalendarPart(method, serialize_calendar(built), guest.name, guest.address, content, changes, first, row.uid, row.sequence)


def _stamp(work: Work, row: CalendarEntry) -> datetime:
    """The moment of writing, and never before that of the last change."""
    return max(work.now, row.changed_at)
