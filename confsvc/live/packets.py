"""What is no packet of ours ends its connection.

The libraries would log a stack for each packet they cannot read and go on, or wait for attachments that never come.
"""

from typing import Any

import engineio.packet
import engineio.socket
import orjson
import structlog
from engineio.exceptions import EngineIOError
from flask_socketio import SocketIO
from socketio import packet

from confsvc.schemas.json_values import load_json

log = structlog.get_logger()
# Desks and boards send JSON only, and are asked for no acks.
TAKEN = (packet.CONNECT, packet.DISCONNECT, packet.EVENT)


class Garbled(Exception):
    """Something came that is no packet."""


class StrictJson:
    """What the libraries read and write packets with."""

    loads = staticmethod(load_json)

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        """In a sixth of the time that the standard library takes, and Vietnamese as it is written."""
        return orjson.dumps(value).decode()


class StrictPacket(packet.Packet):
    """A packet of Socket.IO; raises Garbled for what is none, and for one that nobody here sends."""

    # Nobody sends bytes, and the library would look for them in every value of every packet.
    uses_binary_events = False

    def __init__(self, *args: Any, encoded_packet: Any = None, **options: Any) -> None:
        super().__init__(*args, encoded_packet=encoded_packet, **options)
        if encoded_packet is not None and not encoded_packet:
            raise Garbled

    def decode(self, encoded_packet: Any) -> int:
        try:
            attachments = super().decode(encoded_packet)
        except Exception as error:
            raise Garbled from error
        if attachments or self.packet_type not in TAKEN or (self.packet_type == packet.EVENT and not (isinstance(self.data, list) and self.data)):
            raise Garbled
        return 0


class StrictEnginePacket(engineio.packet.Packet):
    """A packet of Engine.IO; one that cannot be read counts as a goodbye."""

    packet_type: int

    def decode(self, encoded_packet: Any) -> None:
        try:
            super().decode(encoded_packet)
            readable = self.packet_type < len(engineio.packet.packet_names)
        except Exception:  # noqa: BLE001  # whatever it was, nobody can read it
            readable = False
        if not readable:
            log.warning("packet_unreadable")
            self.packet_type, self.data, self.binary = engineio.packet.CLOSE, None, False


class StrictSocket(engineio.socket.Socket):
    """A connection that a request ends which cannot be read, and that nobody waits for when it ends."""

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        # The other side may never ask for what it was sent last.
        super().close(wait=False, abort=abort, reason=reason)
        self.server.sockets.pop(self.sid, None)

    def leave(self) -> None:
        """End this connection; the other side is to come back by itself."""
        self.close(wait=False)

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        try:
            super().handle_post_request(environ)
        except EngineIOError:
            raise
        except Exception as error:
            log.warning("request_unreadable")
            raise EngineIOError from error


def be_strict(socketio: SocketIO, connection: type[StrictSocket]) -> None:
    """Have every connection of this server, whose serializer is StrictPacket, end at the first thing that is no packet."""
    engineio.packet.Packet, engineio.socket.Socket = StrictEnginePacket, connection
    connections = socketio.server.eio
    handle = connections.handlers["message"]

    def hear(sid: str, data: Any) -> None:
        if sid not in socketio.server.environ:
            # What stood behind the goodbye in the same request: let in now, it would stay in its rooms for ever.
            return
        try:
            handle(sid, data)
        except Garbled:
            log.warning("packet_unreadable")
            if connection := connections.sockets.get(sid):
                connection.close()

    connections.on("message", hear)
