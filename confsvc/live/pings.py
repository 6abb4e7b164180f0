"""Pings for all connections by one task.

The library keeps a greenlet for each connection that sleeps until its next ping, and with it, for as long, each connection
that has ended.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Any

import structlog

log = structlog.get_logger()


class Pings:
    """Every connection of a server has the same pause, so that they come due in the order in which they asked."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due: deque[tuple[float, Any, str]] = deque()
        self._running = False

    def __len__(self) -> int:
        """How many wait for their turn; who has gone meanwhile is among them until it comes."""
        return len(self._due)

    def ask(self, server: Any, sid: str) -> None:
        """Have the connection of `server` with this id pinged after the server's pause, if it is still there."""
        self._due.append((self._clock() + server.ping_interval, server, sid))
        if not self._running:
            self._running = True
            server.start_background_task(self._run)

    def _run(self) -> None:
        while self._due:
            due, server, sid = self._due[0]
            if (pause := due - self._clock()) > 0:
                server.sleep(pause)
                continue
            self._due.popleft()
            if connection := server.sockets.get(sid):
                try:
                    connection.ping()
                except Exception:
                    # Its own trouble: all others wait for theirs.
                    log.exception("ping_failed")
        self._running = False
