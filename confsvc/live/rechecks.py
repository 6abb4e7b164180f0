"""Organisers who watch a board are asked for their right again and again: a removed member or an ended sign-in sees no more frames."""

import time

from flask_socketio import SocketIO

from confsvc.boundary import begin_reading
from confsvc.domain.board import still_organising
from confsvc.domain.work import System
from confsvc.live.presence import Presence
from confsvc.live.rooms import BOARD

RECHECK_SECONDS = 30


class Rechecks:
    """One query for all organisers who watch a board, every half minute at most."""

    def __init__(self, socketio: SocketIO, presence: Presence) -> None:
        self._socketio = socketio
        self._presence = presence
        # By conference.
        self._checked: dict[int, float] = {}

    def weed(self, conference_id: int, now: float | None = None) -> None:
        """Send away whoever may not see this board any more."""
        now = time.monotonic() if now is None else now
        # Whoever has just come was asked when they came.
        if now - self._checked.setdefault(conference_id, now) < RECHECK_SECONDS:
            return
        self._checked[conference_id] = now
        signed_in = [(viewer.sid, viewer.sign_in) for viewer in self._presence.viewers(conference_id) if viewer.sign_in is not None]
        if not signed_in:
            del self._checked[conference_id]
            return
        with begin_reading(System()) as work:
            allowed = still_organising(work, conference_id, {sign_in for _, sign_in in signed_in})
        for sid, sign_in in signed_in:
            if sign_in not in allowed:
                self._socketio.server.disconnect(sid, namespace=BOARD)
