"""WebSockets that read no message longer than a desk or a board ever sends, and that write through an outlet.

gevent-websocket reads a frame of whatever length its header claims, and as many continuations as come, before anybody
may look at it; so the bound is put where the bytes are read. It also looks at each byte three times in Python, once to
unmask it and twice to see whether it is UTF-8: a third of what a message of a desk used to cost.
"""

import json
from typing import Any

import gevent
import structlog
from flask import Flask
from gevent.pywsgi import WSGIServer
from geventwebsocket import handler
from geventwebsocket.exceptions import ProtocolError, WebSocketError
from geventwebsocket.websocket import Header, WebSocket

from confsvc.live.entrance import RETRY_SECONDS, Entrance
from confsvc.live.outlet import Outlet
from confsvc.live.websocket_frames import close_frame, unmasked
from confsvc.open_files import allow_open_files
from confsvc.stopping import UnderWay

log = structlog.get_logger()
MOST_BYTES_IN_A_MESSAGE = 64 * 1024
USUAL_CODE = 1000
FIRST_CONTROL_OPCODE = 0x8  # RFC 6455, section 5.5
# Pings of WebSocket and parts without a byte are no messages, by which a connection is paced: of whoever sends more of them on end
# one is read in so long.
MOST_IDLE_FRAMES = 16
IDLE_FRAME_SECONDS = 0.1
# What the database, the log and pages need besides the live connections.
OTHER_OPEN_FILES = 200


class BoundedWebSocket(WebSocket):  # type: ignore[misc]  # published without type information
    """Closes the connection at the first message that is too long."""

    __slots__ = ("_gathered", "_idle", "outlet")

    def __init__(self, environ: dict[str, Any], stream: Any, handler: Any) -> None:
        super().__init__(environ, stream, handler)
        self._gathered = self._idle = 0
        self.outlet = Outlet(handler.socket, handler.server.most_bytes_waiting)
        self.raw_write = self.outlet.write  # type: ignore[misc]  # a slot of the base class

    def read_frame(self) -> tuple[Any, bytes]:
        """The next frame; raises ProtocolError where the message it belongs to is too long, WebSocketError where the line ends."""
        header = Header.decode_header(self.stream)
        if header.flags:
            raise ProtocolError
        # Pings may stand between the parts of a message and belong to none; the library bounds them itself.
        is_part = header.opcode < FIRST_CONTROL_OPCODE
        if is_part:
            self._gathered += header.length
            if self._gathered > MOST_BYTES_IN_A_MESSAGE:
                raise ProtocolError
            if header.fin:
                self._gathered = 0
        self._idle = 0 if is_part and header.length else self._idle + 1
        if self._idle > MOST_IDLE_FRAMES:
            gevent.sleep(IDLE_FRAME_SECONDS)
        if self.closed:
            raise WebSocketError
        payload = self.raw_read(header.length) if header.length else b""
        if len(payload) != header.length:
            raise WebSocketError
        return header, unmasked(payload, header.mask) if header.mask else payload

    def validate_utf8(self, payload: bytes) -> None:
        """Not here: a text is decoded as a whole, which fails where it is no UTF-8."""

    def close(self, code: int = 1000, message: bytes = b"") -> None:
        """Say goodbye, once; the peer has a while to hear it. The `code` (RFC 6455, section 7.4) is said unless it is the usual one."""
        if not self.closed:
            if code != USUAL_CODE:
                # The library never says one: its own goodbye is not sent then.
                self.outlet.write(close_frame(code))
                self.raw_write = _send_nothing
            super().close()
            self.outlet.say_goodbye()


def _send_nothing(frame: bytes) -> None:
    """In the place of the outlet where everything has been said."""


class Unlisted(dict[Any, Any]):
    """In the place of the library's list of WebSockets by the addresses of their peers, which nobody reads.

    From behind a proxy an address comes again before its last line has ended here; the second end of the two then failed.
    """

    def __setitem__(self, address: Any, websocket: Any) -> None:
        pass

    def __delitem__(self, address: Any) -> None:
        pass


class BoundedHandler(handler.WebSocketHandler):  # type: ignore[misc]  # as above
    """The HTTP handler that upgrades to such WebSockets."""

    def run_application(self) -> None:
        """As the library does, for those who may come in; others hear why not."""
        code = self.server.entrance.refusal(self.environ)
        if code is None:
            super().run_application()
            return
        body = json.dumps({"error": {"code": code}}).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Retry-After", str(RETRY_SECONDS))]
        self.start_response("503 Service Unavailable", headers)
        self.result = [body]
        self.process_result()

    def handle_one_response(self) -> None:
        """As the library does, counted until it is written, or the WebSocket that it became has ended."""
        with self.server.under_way:
            super().handle_one_response()

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

    def run_websocket(self) -> None:
        """As the library does; then nothing more is kept for this peer."""
        outlet = self.websocket.outlet
        try:
            super().run_websocket()
        finally:
            outlet.let_go()


class LiveServer(WSGIServer):  # type: ignore[misc]  # as above
    """The HTTP server whose WebSockets these are, with the limits of the application's settings."""

    # Of all who come back after an outage so many are let in before those who are there have another turn.
    max_accept = 8
    # The others wait for theirs, as many as Linux comes with (net.core.somaxconn): whoever finds this queue full is told nothing, asks again after
    # one second, then two, four and so on, and may be cut off where the server's half of the handshake was forgotten meanwhile. All of them are
    # let in within seconds, long before a page gives up its attempt.
    backlog = 4096
    clients = Unlisted()

    def __init__(self, address: tuple[str, int], app: Flask) -> None:
        super().__init__(address, app, handler_class=BoundedHandler, log=None)
        self.under_way = UnderWay()
        here = app.extensions["confsvc"]
        settings = here.settings
        self.most_bytes_waiting: int = settings.backlog_bytes
        most = min(settings.most_connections, allow_open_files(settings.most_connections + OTHER_OPEN_FILES) - OTHER_OPEN_FILES)
        if most < settings.most_connections:
            log.info("few_open_files", most_connections=most)
        connections = app.extensions["socketio"].server.eio.sockets
        self.entrance = Entrance(lambda: len(connections), most, settings.connects_per_second, is_cut_off=here.is_cut_off)
