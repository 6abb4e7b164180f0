"""From the lines of the log about one person to where the person stands: a pure function, the same in whatever order lines came in.

Lines are read in the order of their *moments* (when it happened at the desk, not when the server heard of it); lines of
the same moment by desk, those of one desk in the order it sent them. Check-ins pile up as *stays*, one for each change of
hall, of mode, or return; the last stay tells where the person is. A leave ends it. An undo takes back the last stay in its
hall (without a hall: every stay), so that a mistaken scan elsewhere gives the earlier hall back. Beneath the stays lies an
excuse until it is withdrawn, above them a substitution: while somebody else has the seat (of several the one who came
first), stays are kept but do not show. A substitute shows only while holding the seat; a walk-in only once admitted.
Refused lines are no part of it, but for those of `attendance_statements.FOLDED_REFUSALS`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple


class Entry(NamedTuple):
    """One line that counts."""

    revision: int
    kind: str
    moment: datetime
    site_id: int | None = None
    mode: str = "in_person"
    desk_id: int | None = None
    reason: str = ""
    other_id: int | None = None


class Person(NamedTuple):
    """What the fold must know of somebody besides the lines: the site of the seat, how they came onto the list, whom they replace."""

    seat_id: int
    origin: str = "listed"
    replaces_id: int | None = None


class Stay(NamedTuple):
    """Checked in at a hall since `since`, first by `desk_id`, until `left_at` where they left by a line of its own."""

    site_id: int
    mode: str
    desk_id: int | None
    since: datetime
    left_at: datetime | None = None


class Standing(NamedTuple):
    """What the row `Attendance` keeps about one person; its fields are its columns."""

    state: str = "not_yet"
    mode: str = "in_person"
    site_id: int | None = None
    desk_id: int | None = None
    since: datetime | None = None
    arrived_at: datetime | None = None
    late: bool = False
    substitute_id: int | None = None
    reason: str = ""
    revision: int = 0


class History(NamedTuple):
    """What the lines up to a moment amount to; `sought` is an arrival that waits for a yes, `replaced` the line of a substitute who has the seat."""

    stays: tuple[Stay, ...] = ()
    excuse: Entry | None = None
    admitted: bool = False
    sought: Entry | None = None
    replaced: Entry | None = None

    @property
    def stay(self) -> Stay | None:
        """Where the person is, if they have not left."""
        return self.stays[-1] if self.stays and self.stays[-1].left_at is None else None

    def after(self, entry: Entry) -> "History":
        """This history with one line more; kinds that say nothing about where somebody stands leave it as it is."""
        match entry.kind:
            case "check_in" | "leave" | "undo" | "undo_leave":
                return self._after_coming_or_going(entry)
            case "seek" | "admit" | "deny":
                return self._after_asking(entry)
            case "excuse" | "withdraw_excuse":
                return self._replace(excuse=entry if entry.kind == "excuse" else None)
            case "substitute" if self.replaced is None:
                return self._replace(replaced=entry)
            case "withdraw_substitute" if self.replaced and self.replaced.other_id == entry.other_id:
                return self._replace(replaced=None)
        return self

    def _after_coming_or_going(self, entry: Entry) -> "History":
        match entry.kind:
            case "check_in":
                return self._arrived(entry)
            case "leave" if self.is_left_by(entry):
                return self._replace(stays=(*self.stays[:-1], self.stays[-1]._replace(left_at=entry.moment)))
            case "leave" if entry.mode == "online" and self.sought and self.sought.mode == "online":
                # A page that was closed asks no more.
                return self._replace(sought=None)
            case "undo_leave" if self.is_resumed_by(entry):
                return self._replace(stays=(*self.stays[:-1], self.stays[-1]._replace(left_at=None)))
            case "undo":
                taken = self.undone_by(entry)
                return self._replace(stays=_joined([stay for stay in self.stays if stay not in taken]))
        return self

    def _after_asking(self, entry: Entry) -> "History":
        match entry.kind:
            case "seek" if self.stay is None:
                return self._replace(sought=entry)
            case "admit":
                # Whom their unit asks for beforehand, at no site, has not come yet.
                return self._arrived(self.sought) if self.sought and self.sought.site_id is not None else self._replace(admitted=True, sought=None)
            case "deny":
                return self._replace(sought=None, admitted=False, stays=())
        return self

    def undone_by(self, undo: Entry) -> list[Stay]:
        """The stays that this undo takes back, the last one first; empty if there are none."""
        found = [stay for stay in reversed(self.stays) if undo.site_id in (None, stay.site_id)]
        return found if undo.site_id is None else found[:1]

    def is_left_by(self, leave: Entry) -> bool:
        """Whether this leave ends a stay: the person is in its hall (any, if it names none), and online if it is a page that was closed."""
        stay = self.stay
        return stay is not None and leave.site_id in (None, stay.site_id) and (leave.mode == "in_person" or stay.mode == "online")

    def is_resumed_by(self, undo: Entry) -> bool:
        """Whether this undo of a leave has one to take back."""
        stay = self.stays[-1] if self.stays else None
        return stay is not None and stay.left_at is not None and undo.site_id in (None, stay.site_id)

    def _arrived(self, entry: Entry) -> "History":
        stay = Stay(entry.site_id or 0, entry.mode, entry.desk_id, entry.moment)
        stays_here = self.stay is not None and self.stay.mode == "in_person" and stay.mode == "online"
        stays = self.stays if stays_here else _joined([*self.stays, stay])
        return History(stays, self.excuse, admitted=True, replaced=self.replaced)


def moment_of(occurred_at: datetime, clock_offset_ms: int, recorded_at: datetime) -> datetime:
    """When it happened by the server's clock; a desk whose clock runs ahead cannot reach into the future."""
    return min(occurred_at + timedelta(milliseconds=clock_offset_ms), recorded_at)


def fold(entries: Sequence[Entry], person: Person, late_after: datetime, *, seated: bool | None = None) -> Standing:
    """Where the person of these lines stands; who arrives after `late_after` is late.

    `seated`, for a substitute: whether the seat is theirs, somebody else's (False) or nobody's but its owner's (None).
    """
    revision = max((entry.revision for entry in entries), default=0)
    return stand_by(read_history(entries), person, late_after, revision, seated=seated)


def stand_by(history: History, person: Person, late_after: datetime, revision: int = 0, *, seated: bool | None = None) -> Standing:
    """The same for lines that were read already."""
    if person.origin == "substitute" and not seated:
        waits = history.sought is not None and seated is None
        history = History(sought=history.sought if waits else None, replaced=history.replaced)
    return _standing(history, late_after, revision, expected=person.origin == "listed" or bool(seated))


def read_history(entries: Iterable[Entry]) -> History:
    """What these lines amount to."""
    history = History()
    for entry in sorted(entries, key=position):
        history = history.after(entry)
    return history


def tally_changes(person: Person, before: Standing, after: Standing) -> list[tuple[int, str, int]]:
    """What is to be added to the counts of sites when this person goes from one standing to the other: site id, count, how many.

    `vacant` is not among them: a substitution takes one name off the list and puts one on it.
    """
    return [(site_id, count, step) for standing, step in ((before, -1), (after, 1)) for site_id, count in _counted(person, standing)]


def _standing(history: History, late_after: datetime, revision: int, *, expected: bool) -> Standing:
    arrived_at = history.stays[0].since if history.stays else None
    late = arrived_at is not None and arrived_at > late_after
    if line := history.replaced:
        return Standing("substituted", since=line.moment, substitute_id=line.other_id, reason=line.reason, revision=revision)
    if stay := history.stay:
        return Standing("present", stay.mode, stay.site_id, stay.desk_id, stay.since, arrived_at, late, revision=revision)
    if history.stays:
        last = history.stays[-1]
        return Standing("left", last.mode, since=last.left_at, arrived_at=arrived_at, late=late, revision=revision)
    if sought := history.sought:
        return Standing("pending", sought.mode, desk_id=sought.desk_id, since=sought.moment, revision=revision)
    if history.excuse:
        return Standing("excused", since=history.excuse.moment, reason=history.excuse.reason, revision=revision)
    return Standing("not_yet" if expected else "not_admitted", revision=revision)


def _counted(person: Person, standing: Standing) -> Iterable[tuple[int, str]]:
    """The counts this person is in, each with the site it is counted at."""
    seat_id, hall_id = person.seat_id, standing.site_id
    if person.origin == "walk_in":
        return [(hall_id, "walk_ins")] if hall_id is not None else []
    counted = []
    if standing.state != "substituted" and (person.origin == "listed" or standing.state not in ("pending", "not_admitted")):
        counted.append((seat_id, "named"))
    if standing.state in ("present", "excused"):
        counted.append((seat_id, standing.state))
    if standing.state == "left":
        counted.append((seat_id, "away"))
    if standing.late and standing.state in ("present", "left"):
        counted.append((seat_id, "late"))
    if standing.state == "present" and standing.mode == "online":
        counted.append((seat_id, "online"))
    if standing.state == "present" and person.origin == "substitute":
        counted.append((seat_id, "substitutes"))
    if hall_id is not None and hall_id != seat_id:
        counted.append((hall_id, "visiting"))
    return counted


def position(entry: Entry) -> tuple[datetime, int, int]:
    """Where a line belongs among the others."""
    return entry.moment, entry.desk_id or 0, entry.revision


def _joined(stays: Iterable[Stay]) -> tuple[Stay, ...]:
    """Neighbouring stays in one hall, in one mode and without a leave between them are one stay, since the first of them."""
    joined: list[Stay] = []
    for stay in stays:
        last = joined[-1] if joined else None
        if last and last.left_at is None and (last.site_id, last.mode) == (stay.site_id, stay.mode):
            joined[-1] = last._replace(left_at=stay.left_at)
        else:
            joined.append(stay)
    return tuple(joined)
