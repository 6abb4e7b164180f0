"""Something on the agenda takes longer or begins at another time: everything that follows from it, at once or not at all."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from confsvc.domain.agenda import list_sessions, order_mark
from confsvc.domain.agenda_ripple_rules import Agenda, RippleEntry
from confsvc.domain.agenda_schedule import schedule
from confsvc.domain.agenda_setting import Setting, read_setting
from confsvc.domain.agenda_shifts import Affected, SessionShift, find_affected, find_shifts
from confsvc.domain.agenda_times import Times
from confsvc.domain.agenda_warnings import AgendaWarning, agenda_warnings
from confsvc.domain.calendar_marks import calendars_changed
from confsvc.domain.errors import EditConflict, NotFound
from confsvc.domain.facts import RosterChanged
from confsvc.domain.figures import read_total
from confsvc.domain.planning import planned_conference
from confsvc.domain.work import Work
from confsvc.models import AgendaSession, Conference


@dataclass(frozen=True, slots=True)
class Ripple:
    """What was changed: every shift, the conflicts that are there now and were not, and whom it concerns.

    `mark` is that of the agenda before the change; `ended_at` when the conference was to end before it.
    """

    conference: Conference
    setting: Setting
    mark: str
    shifts: list[SessionShift]
    conflicts: list[AgendaWarning]
    affected: Affected
    ended_at: datetime


def ripple_agenda(work: Work, conference_id: int, entry: RippleEntry, *, mark: str | None = None) -> Ripple:
    """Change the agenda by `entry`, with everything that follows; a preview is this in a unit that is thrown away.

    Raises SignInRequired, NotFound, WrongState, Invalid, or EditConflict when the agenda is no longer the one with `mark`
    (None: whatever it is).
    """
    conference = planned_conference(work, conference_id)
    sessions = list_sessions(work, conference_id)
    changed = _changed(sessions, entry)
    found = ripple_mark(conference, sessions)
    if mark is not None and mark != found:
        raise EditConflict(current=changed)
    setting = read_setting(work, conference)
    warned = agenda_warnings(schedule(sessions), setting)
    ended_at, agenda = conference.ends_at, Agenda(sessions, conference, entry, work.now)
    agenda.ripple()
    shifts = find_shifts(sessions, agenda.before)
    _raise_versions(work)
    work.session.flush()
    calendars_changed(work, conference_id)
    if conference.ends_at != ended_at:
        work.tell(RosterChanged(conference_id))
    conflicts = [warning for warning in agenda_warnings(schedule(sessions), setting) if warning not in warned]
    return Ripple(conference, setting, found, shifts, conflicts, find_affected(shifts, setting, read_total(work, conference_id)[1].named), ended_at)


def ripple_mark(conference: Conference, sessions: Sequence[AgendaSession]) -> str:
    """A short sign of the order and of every time as shown: another one as soon as somebody has changed any of them."""
    times = Times.of(sessions)
    shown = (order_mark(sessions), conference.starts_at, conference.ends_at, sorted(times.items.items()), sorted(times.sessions.items()))
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def _changed(sessions: Sequence[AgendaSession], entry: RippleEntry) -> Any:
    """The item or the session the entry is about; raises NotFound."""
    items = {item.id: item for session in sessions for item in session.items}
    found = items.get(entry.item_id) if entry.item_id is not None else {session.id: session for session in sessions}.get(entry.session_id or 0)
    if found is None:
        raise NotFound(kind="agenda_item" if entry.item_id is not None else "agenda_session")
    return found


def _raise_versions(work: Work) -> None:
    """Let whoever has one of the changed rows open hear of it."""
    for row in work.session.dirty:
        if work.session.is_modified(row):
            row.version += 1
