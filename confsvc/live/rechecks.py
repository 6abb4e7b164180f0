"""Organisers who watch a board are asked for their right again and again: a removed member or an ended sign-in sees no more frames."""

import time

from flask import Flask
from flask_socketio import SocketIO

from confsvc.boundary import begin_reading
from confsvc.domain.access import organised_conference
from confsvc.domain.errors import DomainError
from confsvc.live.presence import Presence, Viewer
from confsvc.live.rooms import BOARD

RECHECK_SECONDS = 30


class Rechecks:
    def __init__(self, app: Flask, socketio: SocketIO, presence: Presence) -> None:
        self._app = app
        self._socketio = socketio
        self._presence = presence
        self._checked: dict[str, float] = {}

    def weed(self, conference_id: int, now: float | None = None) -> None:
        """Send away whoever may not see this board any more; each viewer is asked for every half minute at most."""
        now = time.monotonic() if now is None else now
        viewers = [viewer for viewer in self._presence.viewers(conference_id) if viewer.token is None]
        for viewer in viewers:
            # A viewer that has just come was asked when it came.
            if now - self._checked.setdefault(viewer.sid, now) >= RECHECK_SECONDS:
                self._checked[viewer.sid] = now
                if not self._may_see(viewer):
                    self._socketio.server.disconnect(viewer.sid, namespace=BOARD)

    def forget(self, sid: str) -> None:
        self._checked.pop(sid, None)

    def _may_see(self, viewer: Viewer) -> bool:
        environ = self._socketio.server.get_environ(viewer.sid, namespace=BOARD)
        if not environ:
            return False
        # The cookie it connected with, read anew against the account as it stands.
        with self._app.request_context(environ):
            try:
                with begin_reading() as work:
                    organised_conference(work, viewer.conference_id)
            except DomainError:
                return False
        return True
