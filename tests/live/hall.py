"""A bare live server in the test's own thread, and peers of it that misbehave: nothing of conferences, only connections."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import gevent.socket
from flask import Flask, request
from flask_socketio import SocketIO, join_room

from confsvc.live.fan_out import FanOut
from confsvc.live.limits import Allowance
from confsvc.live.packets import StrictJson, StrictPacket, be_strict
from confsvc.live.pings import Pings
from confsvc.live.straight import StraightSocket
from confsvc.live.websocket_frames import unmasked
from confsvc.settings import Settings
from confsvc.websockets import LiveServer
from tests.live.conftest import WAIT_SECONDS

SPACE, ROOM = "/board", "hall"
POLLING = "/socket.io/?EIO=4&transport=polling"
MASK = b"\x12\x34\x56\x78"


class Hall:
    """The server; `act` tells everybody its number and is acked with it, `ask` is acked with so many letters."""

    def __init__(self, **limits: int) -> None:
        self.app = Flask(__name__)
        self.app.extensions["confsvc"] = SimpleNamespace(settings=Settings.model_validate(limits), is_cut_off=lambda: self.is_cut_off)
        self.is_cut_off: bool = False
        self.socketio = SocketIO(
            self.app, async_mode="gevent", async_handlers=False, manage_session=False, serializer=StrictPacket, json=StrictJson, namespaces=[SPACE]
        )
        be_strict(self.socketio, StraightSocket)
        self.fan_out = FanOut(self.socketio)
        self.acts = 0
        self.left: list[str] = []
        self.peers: set[Peer] = set()
        self.socketio.on_event("connect", lambda auth=None: join_room(ROOM), namespace=SPACE)
        self.socketio.on_event("disconnect", lambda reason: self.left.append(request.sid), namespace=SPACE)  # type: ignore[attr-defined]
        self.socketio.on_event("act", self._act, namespace=SPACE)
        self.socketio.on_event("ask", "x".__mul__, namespace=SPACE)
        self.server = LiveServer(("127.0.0.1", 0), self.app)
        self.server.start()
        self.address: tuple[str, int] = self.server.address

    def _act(self, number: int) -> int:
        self.acts += 1
        self.fan_out.tell(SPACE, ROOM, "acted", {"number": number})
        return number

    def show(self, number: int, size: int = 2000) -> None:
        self.fan_out.show(SPACE, ROOM, "tallied", {"number": number, "more": "x" * size})

    def tell(self, number: int, size: int = 2000) -> None:
        self.fan_out.tell(SPACE, ROOM, "changed", {"number": number, "more": "x" * size})

    @property
    def connections(self) -> list[StraightSocket]:
        return list(self.socketio.server.eio.sockets.values())

    def waiting(self) -> int:
        """How many bytes wait for all peers together."""
        return sum(connection.outlet.waiting for connection in self.connections if connection.outlet)

    def request(self, method: str, target: str, body: str = "") -> tuple[int, dict[str, str], str]:
        """One HTTP request on a connection of its own: status, headers, body."""
        with gevent.socket.create_connection(self.address, timeout=WAIT_SECONDS) as line:
            data = body.encode()
            line.sendall(f"{method} {target} HTTP/1.0\r\nHost: hall\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
            answer = b""
            while part := line.recv(65_536):
                answer += part
        head, _, said = answer.decode().partition("\r\n\r\n")
        status, *lines = head.split("\r\n")
        return int(status.split()[1]), dict(line.split(": ", 1) for line in lines), said


class Peer:
    """A WebSocket client that does nothing by itself."""

    def __init__(self, hall: Hall, *, join: bool = True, sid: str = "", receive_buffer: int = 0) -> None:
        self._all = hall.peers
        self._all.add(self)
        self.line = gevent.socket.socket()
        if receive_buffer:
            self.line.setsockopt(gevent.socket.SOL_SOCKET, gevent.socket.SO_RCVBUF, receive_buffer)
        self.line.settimeout(WAIT_SECONDS)
        self.line.connect(hall.address)
        target = f"/socket.io/?EIO=4&transport=websocket{sid and '&sid=' + sid}"
        head = "Host: hall\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
        self.line.sendall(f"GET {target} HTTP/1.1\r\n{head}\r\n\r\n".encode())
        self.heard = b""
        while b"\r\n\r\n" not in self.heard:
            self._read()
        answer, _, self.heard = self.heard.partition(b"\r\n\r\n")
        self.status = int(answer.split()[1])
        if join:
            assert self.next().startswith("0{")
            self.send(f"40{SPACE},")
            assert self.next().startswith(f"40{SPACE},")

    def send(self, text: str) -> None:
        payload = text.encode()
        size = bytes((0x80 | len(payload),)) if len(payload) < 126 else bytes((0x80 | 126, *len(payload).to_bytes(2, "big")))
        self.line.sendall(b"\x81" + size + MASK + unmasked(payload, MASK))

    def emit(self, event: str, payload: Any, number: int | None = None) -> None:
        self.send(f"42{SPACE},{'' if number is None else number}" + json.dumps([event, payload]))

    def next(self) -> str:
        """The next packet; "" where the server has said goodbye or hung up. Pings are answered."""
        while True:
            opcode, payload = self._frame()
            if opcode != 1:
                return ""
            if payload != b"2":
                return payload.decode()
            self.send("3")

    def ask(self, number: int) -> str:
        """The ack of an `act`, and nothing of what comes before it."""
        self.emit("act", number, number)
        while not (said := self.next()).startswith(f"43{SPACE},{number}["):
            assert said
        return said

    def reset(self) -> None:
        """Vanish without a goodbye."""
        self.line.setsockopt(gevent.socket.SOL_SOCKET, gevent.socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.close()

    def close(self) -> None:
        self._all.discard(self)
        self.line.close()

    def _frame(self) -> tuple[int, bytes]:
        try:
            first, size = self._take(2)
            if size >= 126:
                size = int.from_bytes(self._take(2 if size == 126 else 8), "big")
            return first & 15, self._take(size)
        except (EOFError, ConnectionError):
            return 8, b""

    def _take(self, size: int) -> bytes:
        while len(self.heard) < size:
            self._read()
        taken, self.heard = self.heard[:size], self.heard[size:]
        return taken

    def _read(self) -> None:
        part = self.line.recv(65_536)
        if not part:
            raise EOFError
        self.heard += part


@contextmanager
def open_hall(**limits: int) -> Iterator[Hall]:
    hall = Hall(**limits)
    StraightSocket.most_bytes_waiting = hall.app.extensions["confsvc"].settings.backlog_bytes
    before = StraightSocket.pace, StraightSocket.pings
    StraightSocket.pace, StraightSocket.pings = Allowance(10_000), Pings()
    try:
        yield hall
    finally:
        for peer in tuple(hall.peers):
            peer.close()
        hall.server.stop(timeout=5)
        hall.socketio.server.shutdown()
        StraightSocket.pace, StraightSocket.pings = before
