"""How a desk is told that it may not act any more."""

from flask_socketio import SocketIO

from confsvc.boundary import runtime
from confsvc.live.presence import Presence
from confsvc.live.rooms import DESK
from confsvc.schemas.json_values import present_moment


class Dismissal:
    def __init__(self, socketio: SocketIO, presence: Presence) -> None:
        self._socketio = socketio
        self._presence = presence

    def send_away(self, desk_id: int) -> None:
        """Tell every connection of this desk, and end it."""
        for desk in self._presence.connections_of_desk(desk_id):
            self._socketio.emit("desk_revoked", {"now": present_moment(runtime().clock())}, namespace=DESK, to=desk.sid)
            self._socketio.server.disconnect(desk.sid, namespace=DESK)
