"""When everything on the agenda happens: it follows from the order and the fixed points."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from confsvc.domain.moments import moment_in_zone, wall_clock
from confsvc.models import AgendaItem, AgendaSession


@dataclass(frozen=True, slots=True)
class ScheduledItem:
    """An item with its moments. `overrun_minutes`: how long its fixed start lies before the end of what precedes it."""

    item: AgendaItem
    starts_at: datetime
    ends_at: datetime
    overrun_minutes: int = 0


@dataclass(frozen=True, slots=True)
class ScheduledSession:
    """A session with its items in order. `ends_at` is when its last item is over, or its own start when it has none."""

    session: AgendaSession
    items: list[ScheduledItem]
    ends_at: datetime

    @property
    def overrun_minutes(self) -> int:
        """How long the items last beyond the planned end; 0 when they fit."""
        return max(0, whole_minutes(self.ends_at - self.session.ends_at))


def schedule(sessions: Iterable[AgendaSession]) -> list[ScheduledSession]:
    """Sessions in order of their start, and in each the items in their order (`items` must be loaded).

    The first item begins with the session, every other one when the item before it ends; a fixed start is kept
    whatever precedes it, and the items after it follow from there.
    """
    return [_schedule(session) for session in sorted(sessions, key=lambda session: (session.starts_at, session.id))]


def _schedule(session: AgendaSession) -> ScheduledSession:
    items: list[ScheduledItem] = []
    free = session.starts_at
    for item in session.items:
        starts_at = free if item.fixed_start is None else item.fixed_start
        ends_at = starts_at + timedelta(minutes=item.planned_minutes)
        items.append(ScheduledItem(item, starts_at, ends_at, max(0, whole_minutes(free - starts_at))))
        free = ends_at
    return ScheduledSession(session, items, max([scheduled.ends_at for scheduled in items], default=session.starts_at))


def whole_minutes(span: timedelta) -> int:
    """Minutes begun, so that any overrun counts."""
    return -int(-span.total_seconds() // 60)


def moment_in_session(session: AgendaSession, clock: time, zone: str, field: str = "fixed_start") -> datetime:
    """The moment a clock in `zone` shows `clock` on the session's day; on the next one for a session that runs past midnight.

    Raises Invalid as `moment_in_zone`.
    """
    starts, ends = wall_clock(session.starts_at, zone), wall_clock(session.ends_at, zone)
    found = datetime.combine(starts.date(), clock)
    if found < starts and ends.date() > starts.date():
        found += timedelta(days=1)
    return moment_in_zone(found, zone, field)
