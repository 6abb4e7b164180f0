"""What follows on the agenda when something takes longer or begins at another time: fixed points hold, slack is used first.

Everything here changes rows in memory only and reads nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from confsvc.domain.agenda import MINUTES_MAX, SESSION_LONGEST
from confsvc.domain.agenda_schedule import whole_minutes
from confsvc.domain.agenda_times import NONE, SessionTime, Times
from confsvc.domain.conferences import LONGEST
from confsvc.domain.errors import Invalid
from confsvc.domain.moments import FIRST_YEAR, LAST_YEAR, shifted, wall_clock
from confsvc.models import AgendaItem, AgendaSession, Conference

FIXED_RULES = ("hold", "shorten", "move")
LATER_RULES = ("hold", "push", "along")
# Nothing is shortened below this.
SHORTEST_MINUTES = 5


@dataclass(frozen=True, slots=True)
class RippleEntry:
    """What happens to one item or one session (exactly one id), and what is to become of the rest.

    Of `overrun` (minutes it takes longer), `minutes` (what it lasts from now on) and `starts_at` exactly one is given. An item that
    begins at another moment keeps its place in the order, unless `by_time` puts it behind everything that begins before that;
    a moment inside another session takes it there. The moment somebody chose is a fixed point from then on.

    `fixed`: a fixed point that is reached too late holds and overlaps; or what comes before it is shortened (and, behind the last
    one, what is left of the session); or it moves as far as it must. The fixed points of a session that is moved keep their time
    of day, or with `move` go with it. `later`: the sessions after it hold; or begin as much later as they must; or all those of that
    day move by the same distance. `extend` lets a session end later with its items, `extend_conference` the conference with its sessions.
    """

    item_id: int | None = None
    session_id: int | None = None
    overrun: int | None = None
    minutes: int | None = None
    starts_at: datetime | None = None
    by_time: bool = False
    fixed: str = "hold"
    later: str = "hold"
    extend: bool = True
    extend_conference: bool = False

    @property
    def field(self) -> str:
        """The one of the three that is given; raises Invalid for none and for several."""
        given = [name for name in ("overrun", "minutes", "starts_at") if getattr(self, name) is not None]
        if len(given) != 1:
            raise Invalid(given[1] if given else "overrun", "ripple_one_of")
        return given[0]


class Agenda:
    """The sessions of a conference while something on them changes."""

    def __init__(self, sessions: Sequence[AgendaSession], conference: Conference, entry: RippleEntry, now: datetime) -> None:
        self._sessions = sorted(sessions, key=lambda session: (session.starts_at, session.id))
        self._conference, self._entry = conference, entry
        self._now = now.replace(second=0, microsecond=0)
        self.before = Times.of(sessions)

    def ripple(self) -> None:
        """Change everything that changes; raises Invalid for what cannot be, and the rows must then be thrown away.

        What has begun by the plan stays where it is, unless something before it takes until later: then it cannot have begun.
        """
        if self._entry.fixed not in FIXED_RULES or self._entry.later not in LATER_RULES:
            raise Invalid("fixed" if self._entry.fixed not in FIXED_RULES else "later", "not_a_choice")
        session = self._change_item() if self._entry.item_id is not None else self._change_session()
        self._take_others_along(session)
        if self._entry.extend_conference:
            self._extend_conference()
        self._require_ahead()

    def _change_item(self) -> AgendaSession:
        entry = self._entry
        session, item = next((session, item) for session in self._sessions for item in session.items if item.id == entry.item_id)
        place = session.items.index(item)
        if entry.field != "starts_at":
            item.planned_minutes = self._lasts(item.planned_minutes)
            if item.planned_minutes > MINUTES_MAX or item.planned_minutes < 1:
                raise Invalid(entry.field, "minutes_range", most=MINUTES_MAX)
            self._require_end(Times.of([session]).items[item.id].span.ends_at)
            self._settle(session, place)
            return session
        there = self._put(session, item, self._moment(self.before.items[item.id].span.starts_at))
        self._settle(there, min(place, there.items.index(item)) if there is session else there.items.index(item))
        return there

    def _put(self, session: AgendaSession, item: AgendaItem, starts_at: datetime) -> AgendaSession:
        """Fix the item to the moment, in the session that is held then."""
        times = self.before.sessions
        held = [other for other in self._sessions if times[other.id].planned.starts_at <= starts_at < times[other.id].taken.ends_at]
        there = session if session in held or not held else held[0]
        zone = self._conference.timezone
        if not held and wall_clock(starts_at, zone).date() not in {wall_clock(moment, zone).date() for moment in (session.starts_at, session.ends_at)}:
            raise Invalid("starts_at", "ripple_no_session")
        if there is not session or self._entry.by_time:
            session.items.remove(item)
            earlier = [other for other in there.items if self.before.items[other.id].span.starts_at < starts_at]
            there.items.insert(there.items.index(earlier[-1]) + 1 if earlier else 0, item)
            for row in {session, there}:
                for number, other in enumerate(row.items):
                    other.sort_order = number
        item.fixed_start = starts_at
        return there

    def _change_session(self) -> AgendaSession:
        entry = self._entry
        session = next(session for session in self._sessions if session.id == entry.session_id)
        if entry.field == "starts_at":
            starts_at = self._moment(session.starts_at)
            self._shift(session, starts_at - session.starts_at, with_fixed=entry.fixed == "move", days=self._days(session.starts_at, starts_at))
        else:
            lasts = self._lasts(whole_minutes(session.ends_at - session.starts_at))
            if not 1 <= lasts <= SESSION_LONGEST // timedelta(minutes=1):
                raise Invalid(entry.field, "minutes_range", most=SESSION_LONGEST // timedelta(minutes=1))
            session.ends_at = session.starts_at + timedelta(minutes=lasts)
            self._require_end(session.ends_at)
        self._settle(session, 0)
        return session

    def _lasts(self, minutes: int) -> int:
        entry = self._entry
        if entry.overrun is not None and entry.overrun < 1:
            raise Invalid("overrun", "minutes_range", most=MINUTES_MAX)
        return entry.minutes if entry.minutes is not None else minutes + (entry.overrun or 0)

    def _moment(self, began_at: datetime) -> datetime:
        """The new beginning; what the running conference has begun cannot begin again."""
        starts_at = self._entry.starts_at
        if starts_at is None or not FIRST_YEAR <= starts_at.year <= LAST_YEAR:
            raise Invalid("starts_at", "date_out_of_range", first=FIRST_YEAR, last=LAST_YEAR)
        if self._conference.state == "in_progress" and began_at <= self._now:
            raise Invalid("starts_at", "ripple_begun")
        return starts_at

    def _days(self, was: datetime, now: datetime) -> timedelta:
        """How many days later it is on the clocks."""
        return wall_clock(now, self._conference.timezone).date() - wall_clock(was, self._conference.timezone).date()

    def _shift(self, session: AgendaSession, by: timedelta, *, with_fixed: bool, days: timedelta = NONE) -> None:
        """Move a session as it is; its fixed points go with it, or keep their time of day, so many days later."""
        session.starts_at, session.ends_at = session.starts_at + by, session.ends_at + by
        for item in session.items:
            if item.fixed_start is not None and with_fixed:
                item.fixed_start += by
            elif item.fixed_start is not None and days:
                item.fixed_start = shifted(item.fixed_start, days, self._conference.timezone)

    def _settle(self, session: AgendaSession, first: int) -> None:
        """Let what stands from place `first` on fit again, as far as it is worse than it was; not what was asked for itself."""
        rest = [item for item in session.items[first:] if item.id != self._entry.item_id]
        fixed = [item for item in rest if item.fixed_start is not None]
        if self._entry.fixed == "move":
            for item in fixed:
                item.fixed_start = (item.fixed_start or session.starts_at) + self._worse(session, item)
        elif self._entry.fixed == "shorten":
            chain = rest[: rest.index(fixed[0])] if fixed else rest
            _shorten(chain, self._worse(session, fixed[0]) if fixed else self._session(session).overrun - self.before.sessions[session.id].overrun)
        now, is_ended = self._session(session), self._entry.session_id == session.id and self._entry.field != "starts_at"
        if self._entry.extend and not is_ended and now.overrun > self.before.sessions[session.id].overrun:
            session.ends_at = now.items_end
        if session.ends_at - session.starts_at > SESSION_LONGEST:
            raise Invalid(self._entry.field, "session_too_long")

    def _worse(self, session: AgendaSession, item: AgendaItem) -> timedelta:
        """By how much more than before this fixed point is reached too late."""
        return max(NONE, Times.of([session]).items[item.id].overrun - self.before.items[item.id].overrun)

    def _session(self, session: AgendaSession) -> SessionTime:
        return Times.of([session]).sessions[session.id]

    def _take_others_along(self, session: AgendaSession) -> None:
        moved, later = [session], self._sessions[self._sessions.index(session) + 1 :]
        was, now = self.before.sessions[session.id], self._session(session)
        if self._entry.later == "along":
            is_moved = self._entry.session_id is not None and self._entry.field == "starts_at"
            by = now.planned.starts_at - was.planned.starts_at if is_moved else now.taken.ends_at - was.taken.ends_at
            days = self._days(was.planned.starts_at, now.planned.starts_at)
            for other in later if by else []:
                if not self._days(was.planned.starts_at, other.starts_at):
                    self._shift(other, by, with_fixed=self._entry.fixed == "move", days=days)
                    self._settle(other, 0)
        elif self._entry.later == "push":
            for other in later:
                stood = other.starts_at
                # What leaves the way of one may come into that of the next.
                while by := max(self._pushes(earlier, other) for earlier in moved):
                    self._shift(other, by, with_fixed=False)
                if other.starts_at != stood:
                    self._settle(other, 0)
                    moved.append(other)

    def _pushes(self, earlier: AgendaSession, other: AgendaSession) -> timedelta:
        """How much later `other` must begin, so that both overlap no longer than they did."""
        was = self.before.sessions[earlier.id].taken.overlap(self.before.sessions[other.id].taken)
        takes, waits = self._session(earlier).taken, self._session(other).taken
        return takes.ends_at - waits.starts_at - was if takes.overlap(waits) > was else NONE

    def _extend_conference(self) -> None:
        ends_at = max(self._session(session).taken.ends_at for session in self._sessions)
        if ends_at > max(self._conference.ends_at, *(time.taken.ends_at for time in self.before.sessions.values())):
            self._conference.ends_at = ends_at
        if self._conference.ends_at - self._conference.starts_at > LONGEST:
            raise Invalid(self._entry.field, "period_too_long", days=LONGEST.days)

    def _require_end(self, ends_at: datetime) -> None:
        if ends_at < self._now:
            raise Invalid(self._entry.field, "ripple_past")

    def _require_ahead(self) -> None:
        """Nothing that is moved may come to begin in the past."""
        after = Times.of(self._sessions)
        starts = [(self.before.items[key].span.starts_at, time.span.starts_at) for key, time in after.items.items()]
        starts += [(self.before.sessions[key].planned.starts_at, time.planned.starts_at) for key, time in after.sessions.items()]
        if any(was != starts_at and starts_at < self._now for was, starts_at in starts):
            raise Invalid(self._entry.field, "ripple_past")


def _shorten(items: Sequence[AgendaItem], by: timedelta) -> None:
    """Take so much off these items, in proportion to what each has to spare, as far as that goes."""
    spare = [max(0, item.planned_minutes - SHORTEST_MINUTES) for item in items]
    rest = sum(spare)
    left = min(max(0, whole_minutes(by)), rest)
    for item, own in zip(items, spare, strict=True):
        cut = left * own // rest if rest else 0
        item.planned_minutes -= cut
        left, rest = left - cut, rest - own
