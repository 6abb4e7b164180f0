"""What many clients hear alike: made into bytes once, and written straight to whoever is ready for it.

The library makes the packet once, but a frame of it for each receiver, which it hands to each receiver's own greenlet.
"""

from typing import Any

from engineio import packet as engine_packet
from flask_socketio import SocketIO
from socketio import packet

from confsvc.live.straight import StraightSocket
from confsvc.live.websocket_frames import text_frame
from confsvc.metrics import frames_shown

Payload = dict[str, Any]
# Whoever shows something to many lets others have a turn after so many of them.
MOST_IN_A_TURN = 256


class FanOut:
    """Sends an event to everybody in a room."""

    def __init__(self, socketio: SocketIO) -> None:
        self._socketio = socketio

    def tell(self, namespace: str, room: str, event: str, payload: Payload) -> None:
        """Send what must arrive, in the order in which it is told; a receiver that lets too much pile up is cut off and comes anew."""
        server = self._socketio.server
        message = self._message(namespace, room, event, payload)
        if message is None:
            return
        frame = text_frame(message.encode())
        for _, connection_id in server.manager.get_participants(namespace, room):
            connection = server.eio.sockets.get(connection_id)
            if isinstance(connection, StraightSocket) and connection.outlet is not None:
                connection.outlet.write(frame)
            else:
                server._send_eio_packet(connection_id, message)  # noqa: SLF001  # how its managers send what many hear

    def show(self, namespace: str, room: str, event: str, payload: Payload) -> None:
        """Send what a receiver that is behind may miss: it gets the newest such event once it has caught up, and must notice the gap."""
        server = self._socketio.server
        message = self._message(namespace, room, event, payload)
        if message is None:
            return
        frame = text_frame(message.encode())
        number = skipped = 0
        for number, (_, connection_id) in enumerate(server.manager.get_participants(namespace, room), start=1):
            connection = server.eio.sockets.get(connection_id)
            if not isinstance(connection, StraightSocket):
                server._send_eio_packet(connection_id, message)  # noqa: SLF001  # as above
            elif connection.outlet is not None:
                skipped += not connection.outlet.show(event, frame)
            else:
                connection.show(event, message)
            if number % MOST_IN_A_TURN == 0:
                self._socketio.sleep(0)
        frames_shown(number - skipped, skipped)

    def _message(self, namespace: str, room: str, event: str, payload: Payload) -> engine_packet.Packet | None:
        """The packet that all of them get; None where nobody is there."""
        server = self._socketio.server
        if room not in server.manager.rooms.get(namespace, {}):
            return None
        text = server.packet_class(packet.EVENT, namespace=namespace, data=[event, payload]).encode()
        return engine_packet.Packet(engine_packet.MESSAGE, text)
