"""The agenda: sessions and their items, put in order by hand, timed by `agenda_schedule.schedule`."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import selectinload

from confsvc.domain.access import organised_conference
from confsvc.domain.agenda_schedule import ScheduledSession, moment_in_session, schedule
from confsvc.domain.calendar_marks import calendars_changed
from confsvc.domain.edits import claim_version
from confsvc.domain.errors import EditConflict, InUse, Invalid, NotFound
from confsvc.domain.moments import FIRST_YEAR, LAST_YEAR, wall_clock
from confsvc.domain.planning import line, planned_conference
from confsvc.domain.work import Work
from confsvc.models import AgendaItem, AgendaSession, Conference, Delegate, Site
from confsvc.models.agenda import ITEM_KINDS

MINUTES_MAX = 1440
SESSION_LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """What is told of a session; its moments are aware."""

    title: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """What is told of an item. With `presenter_id` the name is the delegate's; without it, whatever was typed.

    `fixed_start` is a time of day in the conference's zone, on the day of the session.
    """

    title: str
    kind: str = "report"
    planned_minutes: int = 10
    presenter_id: int | None = None
    presenter_name: str = ""
    site_id: int | None = None
    fixed_start: time | None = None


def list_sessions(work: Work, conference_id: int) -> list[AgendaSession]:
    """The sessions of a conference the caller may see already, by their start, items loaded; two queries."""
    return list(
        work.session.scalars(
            select(AgendaSession)
            .where(AgendaSession.conference_id == conference_id)
            .options(selectinload(AgendaSession.items))
            .order_by(AgendaSession.starts_at, AgendaSession.id)
            .execution_options(populate_existing=True)
        )
    )


def read_agenda(work: Work, conference_id: int) -> list[ScheduledSession]:
    """The timed agenda of a conference the caller may see already; two queries."""
    return schedule(list_sessions(work, conference_id))


def order_mark(sessions: Iterable[AgendaSession]) -> str:
    """A short sign of the order as shown: it is another one as soon as anything was moved, added or removed."""
    shown = "|".join(f"{session.id}:{','.join(str(item.id) for item in session.items)}" for session in sessions)
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def organised_session(work: Work, conference_id: int, session_id: int) -> AgendaSession:
    """A session of a conference the actor organises; raises SignInRequired or NotFound."""
    organised_conference(work, conference_id)
    return _session_of(work, conference_id, session_id)


def organised_item(work: Work, conference_id: int, item_id: int) -> AgendaItem:
    """An item of a conference the actor organises, its session loaded; raises SignInRequired or NotFound."""
    organised_conference(work, conference_id)
    item = _item_of(work, conference_id, item_id)
    work.session.refresh(item, ["session"])
    return item


def add_session(work: Work, conference_id: int, entry: SessionEntry) -> AgendaSession:
    """A new session; raises Invalid for a value that breaks a rule."""
    planned_conference(work, conference_id)
    session = AgendaSession(conference_id=conference_id, uid=work.new_id())
    _fill_session(session, entry)
    work.session.add(session)
    calendars_changed(work, conference_id)
    return session


def change_session(work: Work, conference_id: int, session_id: int, entry: SessionEntry, *, version: int) -> AgendaSession:
    """Change a session; its fixed points keep their time of day and go with it to another day. Raises EditConflict or Invalid."""
    conference = planned_conference(work, conference_id)
    session = _session_of(work, conference_id, session_id)
    claim_version(work, session, version)
    _fill_session(session, entry)
    for item in _items_of(work, session.id):
        _pin(item, session, _clock(item, conference), conference, "starts_at")
    calendars_changed(work, conference_id)
    return session


def remove_session(work: Work, conference_id: int, session_id: int, *, version: int) -> None:
    """Remove a session without items; raises InUse `by` items, or EditConflict."""
    planned_conference(work, conference_id)
    session = _session_of(work, conference_id, session_id)
    claim_version(work, session, version)
    if work.session.scalar(select(AgendaItem.id).where(AgendaItem.session_id == session.id).limit(1)):
        raise InUse(by="items")
    work.session.flush()
    work.session.expunge(session)
    work.session.execute(delete(AgendaSession).where(AgendaSession.id == session_id))
    calendars_changed(work, conference_id)


def add_item(work: Work, conference_id: int, session_id: int, entry: ItemEntry) -> AgendaItem:
    """A new item at the end of a session; raises NotFound or Invalid."""
    conference = planned_conference(work, conference_id)
    session = _session_of(work, conference_id, session_id)
    standing = _items_of(work, session.id)
    item = AgendaItem(conference_id=conference_id, session_id=session.id)
    _fill_item(work, item, entry)
    _pin(item, session, entry.fixed_start, conference)
    item.sort_order = standing[-1].sort_order + 1 if standing else 0
    work.session.add(item)
    calendars_changed(work, conference_id)
    return item


def change_item(work: Work, conference_id: int, item_id: int, entry: ItemEntry, *, version: int) -> AgendaItem:
    """Change an item where it stands; raises NotFound, EditConflict or Invalid."""
    conference = planned_conference(work, conference_id)
    item = _item_of(work, conference_id, item_id)
    claim_version(work, item, version)
    _fill_item(work, item, entry)
    _pin(item, _session_of(work, conference_id, item.session_id), entry.fixed_start, conference)
    calendars_changed(work, conference_id)
    return item


def remove_item(work: Work, conference_id: int, item_id: int, *, version: int) -> None:
    """Remove an item; raises NotFound or EditConflict."""
    planned_conference(work, conference_id)
    item = _item_of(work, conference_id, item_id)
    claim_version(work, item, version)
    work.session.flush()
    work.session.expunge(item)
    work.session.execute(delete(AgendaItem).where(AgendaItem.id == item_id))
    calendars_changed(work, conference_id)


def move_item(work: Work, conference_id: int, item_id: int, *, session_id: int, place: int, mark: str) -> AgendaItem:
    """Put an item at `place` (from 0, counted without it) of a session, if the order is still the one with `mark`.

    A fixed start keeps its time of day and goes with the item to the other session's day.
    Raises NotFound, Invalid, or EditConflict when somebody has changed the order since: nothing is moved then.
    """
    conference = planned_conference(work, conference_id)
    item = _item_of(work, conference_id, item_id)
    session = _session_of(work, conference_id, session_id)
    if order_mark(list_sessions(work, conference_id)) != mark:
        raise EditConflict(current=item)
    others = [other for other in _items_of(work, session.id) if other.id != item.id]
    others.insert(min(max(0, place), len(others)), item)
    item.session_id = session.id
    _pin(item, session, _clock(item, conference), conference)
    for number, other in enumerate(others):
        if other.sort_order != number:
            other.sort_order = number
    calendars_changed(work, conference_id)
    return item


def _items_of(work: Work, session_id: int) -> list[AgendaItem]:
    return list(work.session.scalars(select(AgendaItem).where(AgendaItem.session_id == session_id).order_by(AgendaItem.sort_order, AgendaItem.id)))


def _session_of(work: Work, conference_id: int, session_id: int) -> AgendaSession:
    session = work.session.scalar(select(AgendaSession).where(AgendaSession.id == session_id, AgendaSession.conference_id == conference_id))
    if session is None:
        raise NotFound(kind="agenda_session")
    return session


def _item_of(work: Work, conference_id: int, item_id: int) -> AgendaItem:
    item = work.session.scalar(select(AgendaItem).where(AgendaItem.id == item_id, AgendaItem.conference_id == conference_id))
    if item is None:
        raise NotFound(kind="agenda_item")
    return item


def _fill_session(session: AgendaSession, entry: SessionEntry) -> None:
    session.title = line("title", entry.title, 300, required=True)
    if entry.ends_at <= entry.starts_at:
        raise Invalid("ends_at", "ends_before_start")
    if entry.ends_at - entry.starts_at > SESSION_LONGEST:
        raise Invalid("ends_at", "session_too_long")
    if not FIRST_YEAR <= entry.starts_at.year <= LAST_YEAR:
        raise Invalid("starts_at", "date_out_of_range", first=FIRST_YEAR, last=LAST_YEAR)
    session.starts_at, session.ends_at = entry.starts_at, entry.ends_at


def _fill_item(work: Work, item: AgendaItem, entry: ItemEntry) -> None:
    if entry.kind not in ITEM_KINDS:
        raise Invalid("kind", "not_a_choice")
    if not 1 <= entry.planned_minutes <= MINUTES_MAX:
        raise Invalid("planned_minutes", "minutes_range", most=MINUTES_MAX)
    if entry.site_id is not None and not work.session.scalar(select(Site.id).where(Site.id == entry.site_id, Site.conference_id == item.conference_id)):
        raise Invalid("site_id", "not_a_choice")
    name = entry.presenter_name
    if entry.presenter_id is not None:
        found = work.session.scalar(select(Delegate.full_name).where(Delegate.id == entry.presenter_id, Delegate.conference_id == item.conference_id))
        if found is None:
            raise Invalid("presenter_id", "not_a_choice")
        name = found
    item.title = line("title", entry.title, 300, required=True)
    item.presenter_name = line("presenter_name", name, 200)
    item.kind, item.planned_minutes = entry.kind, entry.planned_minutes
    item.presenter_id, item.site_id = entry.presenter_id, entry.site_id


def _clock(item: AgendaItem, conference: Conference) -> time | None:
    return None if item.fixed_start is None else wall_clock(item.fixed_start, conference.timezone).time()


def _pin(item: AgendaItem, session: AgendaSession, clock: time | None, conference: Conference, field: str = "fixed_start") -> None:
    item.fixed_start = None if clock is None else moment_in_session(session, clock, conference.timezone, field)
