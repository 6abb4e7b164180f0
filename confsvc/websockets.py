"""WebSockets that read no message longer than a desk or a board ever sends.

gevent-websocket reads a frame of whatever length its header claims, and as many continuations as come, before anybody
may look at it; so the bound is put where the bytes are read.
"""

from collections.abc import Callable
from typing import Any

from geventwebsocket import handler
from geventwebsocket.exceptions import ProtocolError
from geventwebsocket.websocket import WebSocket

MOST_BYTES_IN_A_MESSAGE = 64 * 1024
FIRST_CONTROL_OPCODE = 0x8  # RFC 6455, section 5.5


class BoundedWebSocket(WebSocket):  # type: ignore[misc]  # published without type information
    """Closes the connection at the first message that is too long."""

    __slots__ = ("_gathered",)

    def __init__(self, environ: dict[str, Any], stream: Any, handler: Any) -> None:
        super().__init__(environ, stream, handler)
        self._gathered = 0
        self.raw_read = _bounded(stream.read)  # type: ignore[misc]  # a slot of the base class

    def read_frame(self) -> tuple[Any, bytes]:
        """The next frame; raises ProtocolError where the message it belongs to is too long."""
        header, payload = super().read_frame()
        if header.opcode >= FIRST_CONTROL_OPCODE:
            # Pings may stand between the parts of a message and belong to none; the library bounds them itself.
            return header, payload
        self._gathered += len(payload)
        if self._gathered > MOST_BYTES_IN_A_MESSAGE:
            raise ProtocolError
        if header.fin:
            self._gathered = 0
        return header, payload


class BoundedHandler(handler.WebSocketHandler):  # type: ignore[misc]  # as above
    """The HTTP handler that upgrades to such WebSockets."""

    def upgrade_websocket(self) -> Any:
        """As the library does; a handshake that it refuses is answered, where the library fails on words that are no bytes."""
        try:
            answer = super().upgrade_websocket()
        except ValueError:
            # The key is not base64.
            self.start_response("400 Bad Request", [])
            return []
        return answer and [part.encode() if isinstance(part, str) else part for part in answer]

    def upgrade_connection(self) -> Any:
        """As the library does, with the bounded class in the place of its own, which it does not let one choose."""
        handler.WebSocket = BoundedWebSocket
        return super().upgrade_connection()


def _bounded(read: Callable[[int], bytes]) -> Callable[[int], bytes]:
    def read_at_most(size: int) -> bytes:
        if size > MOST_BYTES_IN_A_MESSAGE:
            # The library takes what is missing for a broken connection and ends it.
            return b""
        return read(size)

    return read_at_most
