"""When each desk was last here: kept for many desks by one commit, since thousands may come back in the same second."""

from threading import Lock

from flask import Flask
from flask_socketio import SocketIO

from confsvc.boundary import begin_work
from confsvc.domain.desks import see_desks
from confsvc.domain.work import System
from confsvc.live.coalescing import Coalesced

PAUSE_SECONDS = 1.0
# Bounds the length of one statement.
MOST_AT_ONCE = 1000
# There is one list of them.
ALL = 0


class SeenDesks:
    """Whom a killed process has not noted yet comes back and is noted then."""

    def __init__(self, app: Flask, socketio: SocketIO) -> None:
        self._coalesced = Coalesced(app, socketio, self._write)
        self._lock = Lock()
        self._seen: set[int] = set()

    def note(self, desk_id: int) -> None:
        """This desk has come or gone."""
        with self._lock:
            self._seen.add(desk_id)
        self._coalesced.ask(ALL)

    def _write(self, _: int) -> float:
        with self._lock:
            seen = sorted(self._seen)[:MOST_AT_ONCE]
        with begin_work(System()) as work:
            see_desks(work, seen)
        with self._lock:
            self._seen.difference_update(seen)
            if self._seen:
                self._coalesced.ask(ALL)
        return PAUSE_SECONDS
