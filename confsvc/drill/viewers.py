"""Boards: those that watch and tell how far behind they are, and those that have stopped to read."""

from array import array
from bisect import bisect_right
from collections import Counter
from random import Random

from confsvc.drill.desks import BOARD, is_ok, number_in
from confsvc.drill.schedule import Schedule
from confsvc.drill.wire import Connection, Wire

SMALL_BUFFER_BYTES = 4096
BACK_BETWEEN = (1.0, 5.0)
RETRY_SECONDS = 1.0


class Lags:
    """How long after its answer a check-in was seen on a board, in seconds: for each frame, of the oldest one that it showed."""

    def __init__(self) -> None:
        self._revisions, self._moments = array("q"), array("d")
        self.seen_at, self.seconds = array("f"), array("f")

    @property
    def last_revision(self) -> int:
        return self._revisions[-1] if self._revisions else 0

    def acked(self, revision: int, now: float) -> None:
        """A desk was told this revision."""
        if revision > self.last_revision:
            self._revisions.append(revision)
            self._moments.append(now)

    def shown(self, before: int, revision: int, now: float) -> None:
        """A board that showed revision `before` shows this one."""
        oldest = bisect_right(self._revisions, before)
        if oldest < len(self._revisions) and self._revisions[oldest] <= revision:
            self.seen_at.append(now)
            self.seconds.append(now - self._moments[oldest])


class Viewer:
    """A board on a wall, which follows the frames by their numbers and asks for everything where one is missing."""

    def __init__(self, gallery: "Gallery") -> None:
        self._gallery = gallery
        self._line: Connection | None = None
        # The last frame that was taken; None: a snapshot has been asked for.
        self._frame: int | None = None
        self.revision = -1

    def come(self) -> None:
        self._line = self._gallery.wire.open(BOARD, self, auth={"token": self._gallery.token})

    def opened(self, line: Connection) -> None:
        self._ask()

    def heard(self, line: Connection, message: bytes) -> None:
        if not message.startswith(b'["tallied"'):
            return
        self._gallery.frames += 1
        frame = number_in(message, b"frame")
        if self._frame is None or frame is None or frame <= self._frame:
            return
        if frame == self._frame + 1 or number_in(message, b"previous") == 0:
            self._take(message)
        else:
            self._gallery.gaps += 1
            self._ask()

    def closed(self, line: Connection, why: str) -> None:
        gallery = self._gallery
        gallery.dropped[why] += 1
        gallery.schedule.after(gallery.random.uniform(*BACK_BETWEEN), self.come)

    def _ask(self) -> None:
        self._frame = None
        if self._line and self._line.is_open:
            self._line.emit("sync", "{}", self._hear_all)

    def _hear_all(self, ack: bytes) -> None:
        if is_ok(ack):
            self._take(ack)
        else:
            self._gallery.schedule.after(RETRY_SECONDS, self._ask)

    def _take(self, told: bytes) -> None:
        gallery = self._gallery
        before, self.revision = self.revision, number_in(told, b"revision") or 0
        self._frame = number_in(told, b"frame")
        if before < 0:
            gallery.ready += 1
        else:
            gallery.lags.shown(before, self.revision, gallery.schedule.now)


class Sleeper:
    """A board whose machine has stopped to read; it never looks again."""

    def __init__(self, gallery: "Gallery") -> None:
        self._gallery = gallery

    def opened(self, line: Connection) -> None:
        line.emit("sync", "{}")
        line.stop_reading()
        self._gallery.ready += 1

    def heard(self, line: Connection, message: bytes) -> None:
        """Too late."""

    def closed(self, line: Connection, why: str) -> None:
        """It would not notice."""


class Gallery:
    """All boards of a drill."""

    def __init__(self, wire: Wire, schedule: Schedule, token: str, random: Random) -> None:
        self.wire = wire
        self.schedule = schedule
        self.token = token
        self.random = random
        self.lags = Lags()
        self.frames = self.gaps = 0
        # How often a board lost its line, by why.
        self.dropped: Counter[str] = Counter()
        # How many boards show something, or sleep.
        self.ready = 0
        self.viewers: list[Viewer] = []

    def add_viewer(self) -> None:
        self.viewers.append(Viewer(self))
        self.viewers[-1].come()

    def add_sleeper(self) -> None:
        self.wire.open(BOARD, Sleeper(self), auth={"token": self.token}, receive_bytes=SMALL_BUFFER_BYTES)

    def acked(self, revision: int) -> None:
        self.lags.acked(revision, self.schedule.now)

    def behind(self, revision: int) -> int:
        """How many boards do not show this revision yet."""
        return sum(viewer.revision < revision for viewer in self.viewers)
