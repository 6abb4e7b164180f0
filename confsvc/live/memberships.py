"""Which rooms each connection is in, kept beside who is in each room.

The library looks for a connection that ends in every room there is, and each connection has one of its own: when a hall's
switch loses its power, that is the square of all connections.
"""

from collections import defaultdict
from typing import Any

from socketio import Manager

Connection = tuple[str, str]


class Memberships(Manager):
    """The library's own, in which a connection is found where it is."""

    def __init__(self) -> None:
        super().__init__()
        # In the order in which they were entered: the first is that of everybody in the namespace.
        self._rooms_of: defaultdict[Connection, dict[str | None, None]] = defaultdict(dict)

    def basic_enter_room(self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None) -> None:
        super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
        self._rooms_of[namespace, sid][room] = None

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        super().basic_leave_room(sid, namespace, room)
        if rooms := self._rooms_of.get((namespace, sid)):
            rooms.pop(room, None)
            if not rooms:
                del self._rooms_of[namespace, sid]

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        for room in list(self._rooms_of.get((namespace, sid), ())):
            self.basic_leave_room(sid, namespace, room)
        self.callbacks.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)
                if not pending[namespace]:
                    del pending[namespace]

    def get_rooms(self, sid: str, namespace: str) -> list[str]:
        return [room for room in self._rooms_of.get((namespace, sid), ()) if room is not None]
