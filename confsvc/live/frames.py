"""Board frames: what changed since the last one, gathered, at most so many a second, nothing when nothing changed."""

from threading import Lock
from typing import Any

import structlog
from flask import Flask
from flask_socketio import SocketIO

from confsvc.boundary import begin_reading, runtime
from confsvc.domain.board import read_board
from confsvc.domain.work import System
from confsvc.live.presence import Presence
from confsvc.live.rechecks import Rechecks
from confsvc.live.rooms import BOARD, organisers_room, public_room
from confsvc.schemas.board import present_board

log = structlog.get_logger()
Payload = dict[str, Any]


class BoardFrames:
    """One background task for each conference whose board is changing; it ends when nothing more comes."""

    def __init__(self, app: Flask, socketio: SocketIO, presence: Presence, rechecks: Rechecks) -> None:
        self._app = app
        self._socketio = socketio
        self._presence = presence
        self._rechecks = rechecks
        self._lock = Lock()
        self._running: set[int] = set()
        self._again: set[int] = set()
        # Conference id → the snapshot that the last frame led to.
        self._sent: dict[int, Payload] = {}

    def touch(self, conference_id: int) -> None:
        """Something on this board may have changed: a frame leaves at once, or as soon as one may again."""
        with self._lock:
            if not self._presence.viewers(conference_id):
                self._sent.pop(conference_id, None)
                return
            if conference_id in self._running:
                self._again.add(conference_id)
                return
            self._running.add(conference_id)
        self._socketio.start_background_task(self._run, conference_id)

    def forget(self, conference_id: int) -> None:
        """Sites or seats changed: the next frame holds every site."""
        self._sent.pop(conference_id, None)

    def _run(self, conference_id: int) -> None:
        pause = 1 / self._app.extensions["confsvc"].settings.board_frames_per_second
        while True:
            try:
                with self._app.app_context():
                    self._send(conference_id)
            except Exception:
                # The next change starts anew from every site.
                self._sent.pop(conference_id, None)
                log.exception("board_frame_failed", conference_id=conference_id)
            self._socketio.sleep(pause)
            with self._lock:
                if conference_id not in self._again:
                    self._running.discard(conference_id)
                    return
                self._again.discard(conference_id)

    def _send(self, conference_id: int) -> None:
        with begin_reading(System()) as work:
            view = read_board(work, conference_id)
        snapshot = present_board(view, self._presence.desks_by_site(conference_id), runtime().clock())
        frame = frame_between(self._sent.get(conference_id), snapshot)
        if frame is None:
            return
        self._rechecks.weed(conference_id)
        self._sent[conference_id] = snapshot
        self._socketio.emit("tallied", frame, namespace=BOARD, to=organisers_room(conference_id))
        self._socketio.emit("tallied", {**frame, "missing": None, "asking": None}, namespace=BOARD, to=public_room(conference_id))


def frame_between(sent: Payload | None, snapshot: Payload) -> Payload | None:
    """The frame that leads from one snapshot to the next, or None where they show the same; from None it leads from anywhere."""
    before = {site["id"]: site for site in sent["sites"]} if sent else {}
    sites = [site for site in snapshot["sites"] if before.get(site["id"]) != site]
    if sent and not sites and all(sent[key] == snapshot[key] for key in ("missing", "asking")):
        return None
    previous = sent["revision"] if sent else 0
    return {**{key: snapshot[key] for key in ("now", "revision", "total", "missing", "asking")}, "previous": previous, "sites": sites}
