"""A stop that loses nothing: nobody is sent here any more, what was asked is answered, and everybody comes back elsewhere."""

import os
from types import TracebackType

import gevent
import structlog
from flask import Flask
from gevent.event import Event
from gevent.pywsgi import WSGIServer

from confsvc.live.leaving import send_all_away

log = structlog.get_logger()


class UnderWay:
    """How many requests are being answered now, WebSockets included; `with under_way:` around each."""

    def __init__(self) -> None:
        self._number = 0
        self._none = Event()
        self._none.set()

    def __enter__(self) -> None:
        self._number += 1
        self._none.clear()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._number -= 1
        if not self._number:
            self._none.set()

    def wait_for_none(self, seconds: float) -> int:
        """Return once there is none, or after so long; how many there still are."""
        self._none.wait(seconds)
        return self._number


class GracefulStop:
    """The first signal begins it, a second one ends the process where it stands."""

    def __init__(self, app: Flask, server: WSGIServer) -> None:
        """`server` has `under_way`, an UnderWay."""
        here = app.extensions["confsvc"]
        self._stopping: Event = here.stopping
        self._drain_seconds: int = here.settings.drain_seconds
        self._stop_seconds: int = here.settings.stop_seconds
        self._connections = app.extensions["socketio"].server.eio.sockets
        self._server = server
        self._done = Event()

    def begin(self) -> None:
        """Stop in good order; from now on `/readyz` says no."""
        if self._stopping.is_set():
            log.warning("stopped_at_once")
            # What is committed is safe, and what is not was answered to nobody.
            os._exit(1)
        self._stopping.set()
        gevent.spawn(self._stop)

    def wait(self) -> None:
        """Return once the server has stopped."""
        self._done.wait()

    def _stop(self) -> None:
        try:
            gevent.sleep(self._drain_seconds)
            # A proxy that is refused here goes to another process at once.
            self._server.close()
            with gevent.Timeout(self._stop_seconds, False):
                send_all_away(self._connections, gevent.sleep, self._stop_seconds / 2)
                self._server.under_way.wait_for_none(self._stop_seconds)
            if left := self._server.under_way.wait_for_none(0):
                log.warning("left_unfinished", requests=left)
        finally:
            self._done.set()
