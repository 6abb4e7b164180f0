"""When everything on an agenda happens, taken down before something is changed, so that both can be laid side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from confsvc.domain.agenda_schedule import schedule
from confsvc.models import AgendaSession

NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment to a moment."""

    starts_at: datetime
    ends_at: datetime

    def overlap(self, other: "Span") -> timedelta:
        """How long both last at once."""
        return max(NONE, min(self.ends_at, other.ends_at) - max(self.starts_at, other.starts_at))


@dataclass(frozen=True, slots=True)
class ItemTime:
    """An item's time. `follows`: when what precedes it in its session is over; `is_fixed`: whether it has a time of its own."""

    span: Span
    follows: datetime
    minutes: int
    is_fixed: bool
    session_id: int
    session: str

    @property
    def overrun(self) -> timedelta:
        """How long what precedes it lasts beyond its fixed start."""
        return max(NONE, self.follows - self.span.starts_at)

    @property
    def slack(self) -> timedelta:
        """The free time before its fixed start."""
        return max(NONE, self.span.starts_at - self.follows)


@dataclass(frozen=True, slots=True)
class SessionTime:
    """A session as planned, and when its last item is over."""

    planned: Span
    items_end: datetime

    @property
    def taken(self) -> Span:
        """The time it takes, its items' overrun included."""
        return Span(self.planned.starts_at, max(self.planned.ends_at, self.items_end))

    @property
    def overrun(self) -> timedelta:
        """How long its items last beyond the planned end."""
        return max(NONE, self.items_end - self.planned.ends_at)


@dataclass(frozen=True, slots=True)
class Times:
    """The times of an agenda by the ids of its items and its sessions."""

    items: Mapping[int, ItemTime]
    sessions: Mapping[int, SessionTime]

    @classmethod
    def of(cls, agenda: Sequence[AgendaSession]) -> "Times":
        """As `agenda_schedule.schedule` has them; the items must be loaded."""
        items: dict[int, ItemTime] = {}
        sessions: dict[int, SessionTime] = {}
        for scheduled in schedule(agenda):
            session = scheduled.session
            sessions[session.id] = SessionTime(Span(session.starts_at, session.ends_at), scheduled.ends_at)
            free = session.starts_at
            for timed in scheduled.items:
                is_fixed, minutes = timed.item.fixed_start is not None, timed.item.planned_minutes
                items[timed.item.id] = ItemTime(Span(timed.starts_at, timed.ends_at), free, minutes, is_fixed, session.id, session.title)
                free = timed.ends_at
        return cls(items, sessions)
