"""What has been committed, told to every connected client that it concerns; a process with nobody connected reads nothing."""

from collections.abc import Callable
from threading import Lock
from typing import Any

from flask_socketio import SocketIO

from confsvc.boundary import begin_reading, runtime
from confsvc.domain.facts import (
    AttendanceRecorded,
    BoardLinkRevoked,
    ConferenceStateChanged,
    DeskRevoked,
    Fact,
    FollowedUp,
    PassesChanged,
    RehearsalWiped,
    RosterChanged,
)
from confsvc.domain.roster import split_passes
from confsvc.domain.work import System
from confsvc.live.frames import BoardFrames
from confsvc.live.presence import Presence
from confsvc.live.rooms import BOARD, DESK, desks_room, organisers_room, public_room, site_room
from confsvc.live.site_frames import SiteFrames
from confsvc.schemas.json_values import present_moment
from confsvc.schemas.live import present_passes


class Publisher:
    def __init__(self, socketio: SocketIO, presence: Presence, frames: BoardFrames, sites: SiteFrames, dismiss: Callable[[int], None]) -> None:
        """`dismiss` sends a desk away."""
        self._socketio = socketio
        self._presence = presence
        self._frames = frames
        self._sites = sites
        self._dismiss = dismiss
        self._lock = Lock()

    def publish(self, fact: Fact) -> None:
        """Send what the fact means to those it concerns."""
        match fact:
            case AttendanceRecorded():
                self._sites.touch(fact.conference_id)
            case PassesChanged():
                self._tell_of_passes(fact)
            case RosterChanged():
                self._frames.forget(fact.conference_id, fact.site_ids)
                self._to_desks("roster_changed", fact.conference_id, fact.site_ids)
                self._to_boards("board_changed", fact.conference_id)
            case ConferenceStateChanged():
                self._to_desks("conference_changed", fact.conference_id, state=fact.state)
                self._to_boards("conference_changed", fact.conference_id, state=fact.state)
            case FollowedUp():
                said = {key: getattr(fact, key) for key in ("mandate_id", "delegate_id", "status", "by")}
                self._socketio.emit("followed_up", {**_now(), **said}, namespace=BOARD, to=organisers_room(fact.conference_id))
            case DeskRevoked():
                self._dismiss(fact.desk_id)
            case BoardLinkRevoked():
                self._send_public_away(fact.conference_id)
            case RehearsalWiped():
                self._send_everybody_away(fact.conference_id)
        self._frames.touch(fact.conference_id)

    def _tell_of_passes(self, fact: PassesChanged) -> None:
        """As they stand now, whoever commits first; they may be shown at any desk."""
        if not self._presence.desks_by_site(fact.conference_id):
            return
        with self._lock:
            with begin_reading(System()) as work:
                said = present_passes(*split_passes(work, fact.uids), work.now)
            self._socketio.emit("passes_revoked", said, namespace=DESK, to=desks_room(fact.conference_id))

    def _send_public_away(self, conference_id: int) -> None:
        self._socketio.emit("link_revoked", _now(), namespace=BOARD, to=public_room(conference_id))
        for viewer in self._presence.viewers(conference_id):
            if viewer.token is not None:
                self._socketio.server.disconnect(viewer.sid, namespace=BOARD)

    def _send_everybody_away(self, conference_id: int) -> None:
        """What they watched is gone; whoever asks again is told so."""
        self._send_public_away(conference_id)
        for viewer in self._presence.viewers(conference_id):
            self._socketio.server.disconnect(viewer.sid, namespace=BOARD)

    def _to_desks(self, event: str, conference_id: int, site_ids: frozenset[int] | None = None, **fields: Any) -> None:
        rooms = [desks_room(conference_id)] if site_ids is None else [site_room(site_id) for site_id in sorted(site_ids)]
        for room in rooms:
            self._socketio.emit(event, {**_now(), **fields}, namespace=DESK, to=room)

    def _to_boards(self, event: str, conference_id: int, **fields: Any) -> None:
        for room in (organisers_room(conference_id), public_room(conference_id)):
            self._socketio.emit(event, {**_now(), **fields}, namespace=BOARD, to=room)


def _now() -> dict[str, str]:
    return {"now": present_moment(runtime().clock())}
