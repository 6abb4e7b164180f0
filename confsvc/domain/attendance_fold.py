"""From the lines of the log about one person to where the person stands: a pure function, the same in whatever order lines came in.

Lines are read in the order of their *moments* (when it happened at the desk, not when the server heard of it), lines of
the same moment in the order they were recorded. Check-ins pile up as *stays*, one for each change of hall; the last
stay tells where the person is. An undo takes back the last stay in its hall (without a hall: every stay), so that a
mistaken scan elsewhere gives the earlier hall back. An excuse stands beneath the stays until it is withdrawn: an undo
brings it to light again. Refused lines are no part of it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Entry:
    """One line that was not refused."""

    revision: int
    kind: str
    moment: datetime
    site_id: int | None = None
    mode: str = "in_person"
    desk_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Stay:
    """Checked in at a hall since `since`, first by `desk_id`."""

    site_id: int
    mode: str
    desk_id: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What the row `Attendance` keeps about one person."""

    state: str = "not_yet"
    mode: str = "in_person"
    site_id: int | None = None
    desk_id: int | None = None
    since: datetime | None = None
    reason: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """What the lines up to a moment amount to."""

    stays: tuple[Stay, ...] = ()
    excuse: Entry | None = None

    def after(self, entry: Entry) -> "History":
        if entry.kind == "check_in" and entry.site_id is not None:
            stay = Stay(entry.site_id, entry.mode, entry.desk_id, entry.moment)
            return replace(self, stays=_joined([*self.stays, stay]))
        if entry.kind == "undo":
            taken = self.undone_by(entry)
            return replace(self, stays=_joined([stay for stay in self.stays if stay not in taken]))
        return replace(self, excuse=entry if entry.kind == "excuse" else None)

    def undone_by(self, undo: Entry) -> list[Stay]:
        """The stays that this undo takes back, the last one first; empty if there are none."""
        found = [stay for stay in reversed(self.stays) if undo.site_id in (None, stay.site_id)]
        return found if undo.site_id is None else found[:1]


def moment_of(occurred_at: datetime, clock_offset_ms: int, recorded_at: datetime) -> datetime:
    """When it happened by the server's clock; a desk whose clock runs ahead cannot reach into the future."""
    return min(occurred_at + timedelta(milliseconds=clock_offset_ms), recorded_at)


def history_before(entries: Iterable[Entry], entry: Entry) -> History:
    """What the lines that happened before `entry` amount to."""
    return _read(other for other in entries if _position(other) < _position(entry))


def fold(entries: Sequence[Entry]) -> Standing:
    """Where the person of these lines stands."""
    history = _read(entries)
    revision = max((entry.revision for entry in entries), default=0)
    if history.stays:
        stay = history.stays[-1]
        return Standing("present", stay.mode, stay.site_id, stay.desk_id, stay.since, "", revision)
    if history.excuse:
        return Standing("excused", since=history.excuse.moment, reason=history.excuse.reason, revision=revision)
    return Standing(revision=revision)


def tally_changes(seat_id: int, before: Standing, after: Standing) -> dict[int, Counter[str]]:
    """Site id → how its `present`, `excused` and `visiting` change when a person with a seat at `seat_id` goes from one to the other."""
    changes: dict[int, Counter[str]] = {}
    for standing, step in ((before, -1), (after, 1)):
        if standing.state in ("present", "excused"):
            changes.setdefault(seat_id, Counter())[standing.state] += step
        if standing.site_id not in (None, seat_id):
            changes.setdefault(standing.site_id or 0, Counter())["visiting"] += step
    return changes


def _position(entry: Entry) -> tuple[datetime, int]:
    return entry.moment, entry.revision


def _read(entries: Iterable[Entry]) -> History:
    history = History()
    for entry in sorted(entries, key=_position):
        history = history.after(entry)
    return history


def _joined(stays: Iterable[Stay]) -> tuple[Stay, ...]:
    """Neighbouring stays in one hall are one stay, since the first of them."""
    joined: list[Stay] = []
    for stay in stays:
        if not joined or joined[-1].site_id != stay.site_id:
            joined.append(stay)
    return tuple(joined)
