"""The thread that carries acts to the server and brings back what the server says. It alone speaks on the line."""

import queue
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, Protocol

from confsvc.terminal_desk.line import Busy, DeskEnded, Heard, Line, LineLost
from confsvc.terminal_desk.parcels import MOST_ACTS, acts_of_parcel, fates, is_refused_whole, parcel
from confsvc.terminal_desk.store import Act

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, BUSY_SECONDS = 1.0, 3.0, 3.0
# Each pause is up to so much shorter or longer, as a part of it: after an outage not all desks come at once.
SPREAD = 0.5
# After a longer gap, and at the start, everything is read anew: a change of the list is no line that has a revision.
SHORT_GAP_SECONDS = 10.0


class Keeper(Protocol):
    """What the courier asks of the desk; each is answered under the desk's own lock."""

    def waiting(self) -> list[Act]: ...
    def since(self) -> int | None: ...
    def settle(self, sent: Sequence[Act], fates: list[tuple[str, str, Any]], ack: dict[str, Any], *, current: bool) -> None: ...
    def synced(self, ack: dict[str, Any], *, whole: bool) -> None: ...
    def changed(self, frame: dict[str, Any]) -> None: ...
    def passes_changed(self, frame: dict[str, Any]) -> None: ...
    def ended_by_server(self, code: str) -> None: ...
    def line_changed(self, online: bool) -> None: ...
    def disk_failed(self, why: str) -> None: ...
    def not_understood(self, why: str) -> None: ...


def spread(seconds: float) -> float:
    """A pause of about so long."""
    return seconds * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311  # nothing depends on nobody's foreseeing it


class Courier(threading.Thread):
    """Connects again and again until it is stopped or the desk has ended; `tried` is set after the first attempt, whatever came of it."""

    def __init__(self, keeper: Keeper, connect: Callable[["queue.SimpleQueue[Heard]"], Line]) -> None:
        super().__init__(daemon=True, name="courier")
        self._keeper, self._connect = keeper, connect
        self._inbox: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._hurry = threading.Event()
        self.tried = threading.Event()
        self.online = False
        self._synced = self._latest = -1
        self._lost_at: float | None = None

    def nudge(self, wanted: str = "act") -> "Future[bool]":
        """Have acts sent (`act`), or everything asked for anew (`sync`); the future says whether there was a line for it."""
        done: Future[bool] = Future()
        self._inbox.put(Heard(wanted, done))
        self._hurry.set()
        return done

    def stop(self) -> None:
        self._stopping.set()
        self.nudge("stop")

    def run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                self._stay_connected()
            except DeskEnded as ended:
                self._keeper.ended_by_server(ended.code)
                self._stopping.set()
            except (LineLost, Busy):
                pause = FIRST_PAUSE_SECONDS if self.online else min(2 * pause, LONGEST_PAUSE_SECONDS)
            except (LookupError, TypeError, ValueError, AttributeError) as error:  # what the server says is not what the protocol says
                self._keeper.not_understood(repr(error))
                pause = LONGEST_PAUSE_SECONDS
            except sqlite3.Error as error:
                if self._stopping.is_set():
                    return
                self._keeper.disk_failed(str(error))
                pause = LONGEST_PAUSE_SECONDS
            self._offline()
            self.tried.set()
            if not self._stopping.is_set():
                self._hurry.wait(spread(pause))

    def _offline(self) -> None:
        if self.online:
            self.online = False
            self._lost_at = time.time()
            self._keeper.line_changed(False)
        self._hurry.clear()
        while not self._inbox.empty():
            self._answer(self._inbox.get(), False)

    def _answer(self, heard: Heard, done: bool) -> None:
        if isinstance(heard.payload, Future):
            heard.payload.set_result(done)

    def _stay_connected(self) -> None:
        line = self._connect(self._inbox)
        try:
            self._patiently(partial(self._deliver, line))
            self._patiently(lambda: self._sync(line, self._keeper.since() if self._was_short() else None))
            self.online = True
            self._keeper.line_changed(True)
            self.tried.set()
            while not self._stopping.is_set():
                heard = self._inbox.get()
                if heard.event == "desk_revoked":
                    raise DeskEnded("desk_revoked")
                if heard.event == "lost" and heard.payload is line:
                    raise LineLost
                try:
                    self._patiently(partial(self._heed, line, heard))
                except BaseException:
                    self._answer(heard, False)
                    raise
                self._answer(heard, True)
        finally:
            line.close()

    def _was_short(self) -> bool:
        return self._lost_at is not None and 0 <= time.time() - self._lost_at <= SHORT_GAP_SECONDS

    def _patiently(self, action: Callable[[], None]) -> None:
        """Do it, again after a while where the server is busy."""
        while not self._stopping.is_set():
            try:
                return action()
            except Busy:
                self._stopping.wait(spread(BUSY_SECONDS))
        return None

    def _heed(self, line: Line, heard: Heard) -> None:
        if heard.event in ("act", "sync"):
            self._deliver(line)
        if heard.event in ("sync", "roster_changed", "conference_changed"):
            self._sync(line, None)
        elif heard.event == "attendance_changed":
            self._hear_frame(line, heard.payload)
        elif heard.event == "passes_revoked":
            self._keeper.passes_changed(heard.payload)

    def _hear_frame(self, line: Line, frame: dict[str, Any]) -> None:
        """Take a frame in; the client library may hand them on out of order, and then what was missed is asked for."""
        if frame["revision"] <= self._synced:
            return
        if frame["revision"] < self._latest:
            self._sync(line, self._keeper.since())
            return
        self._latest = frame["revision"]
        self._keeper.changed(frame)

    def _sync(self, line: Line, since: int | None) -> None:
        ack = line.ask("sync", {"since": since})
        if not ack.get("ok"):
            raise Busy
        self._keeper.synced(ack, whole="roster" in ack)
        self._synced = self._latest = ack["revision"]

    def _deliver(self, line: Line) -> None:
        """Send everything that waits, in order; what the server could not do goes again after a while."""
        left, most, unsettled = self._keeper.waiting(), MOST_ACTS, False
        while left:
            sent = acts_of_parcel(left, most)
            ack = line.ask(*parcel(sent))
            if is_refused_whole(sent, ack):
                most = 1
                continue
            found, revision = fates(sent, ack), ack.get("revision", -1)
            self._keeper.settle(sent, found, ack, current=revision >= self._latest)
            self._latest = max(self._latest, revision)
            unsettled |= len(found) < len(sent)
            left = left[len(sent) :]
        if unsettled:
            self._nudge_later()

    def _nudge_later(self) -> None:
        timer = threading.Timer(BUSY_SECONDS, self.nudge)
        timer.daemon = True
        timer.start()
