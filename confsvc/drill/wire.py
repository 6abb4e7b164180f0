"""Many Socket.IO connections in one thread: Engine.IO 4 and Socket.IO 5 over WebSocket, on non-blocking sockets.

A program that measures must cost far less than what it measures, so there is no library and no object for a packet here: a message
that comes in is cut at known places and handed on as bytes, and whoever is interested in it looks into it. What
that costs is measured too (`own_share`). Written from docs/live-protocol.md and the two protocols' specifications.
"""

import json
import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import cycle
from typing import Any, Protocol
from urllib.parse import urlsplit

from confsvc.drill.frames import CLOSE, PING, PONG, TEXT, FrameReader, NotWebSocket, check_handshake, frame, handshake

RECEIVE_BYTES = 256 * 1024
HEAD_ENDS = b"\r\n\r\n"
TARGET = "/socket.io/?EIO=4&transport=websocket"
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
Answered = Callable[[bytes], None]


class Listener(Protocol):
    """Whoever a connection belongs to; each method is called from inside `Wire.turn`."""

    def opened(self, line: "Connection") -> None:
        """The namespace has let this connection in."""

    def heard(self, line: "Connection", message: bytes) -> None:
        """An event came: the JSON text of `["event",{…}]`."""

    def closed(self, line: "Connection", why: str) -> None:
        """The connection was refused (`why` is the code), or has ended otherwise than by `close` or `cut`; its acks will not come."""


class Wire:
    """All connections to one server; nothing happens but inside `turn`.

    Counts what comes in: `messages`, `bytes_in`; `longest_turn`, in seconds, is the longest that something which had come had to
    wait for what had come with it.
    """

    def __init__(self, url: str, *, clock: Callable[[], float] = time.perf_counter) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"{url} is no address that begins with http://")
        self.family: socket.AddressFamily
        self.address: Any
        self.family, _, _, _, self.address = socket.getaddrinfo(parts.hostname, parts.port or 80, type=socket.SOCK_STREAM)[0]
        self.host = parts.netloc
        self.target = parts.path.rstrip("/") + TARGET
        self.clock = clock
        self.lines: set[Connection] = set()
        self.messages = self.bytes_in = 0
        self.longest_turn = 0.0
        self.selector = selectors.DefaultSelector()
        self.buffer = memoryview(bytearray(RECEIVE_BYTES))
        self._sources: Iterator[str] | None = None

    def connect_from(self, sources: Sequence[str]) -> None:
        """Take these own addresses in turn: from one there go 28,000 connections to a server as Linux comes."""
        self._sources = cycle(sources)

    def open(
        self, namespace: str, listener: Listener, *, cookies: Mapping[str, str] | None = None, auth: object = None, receive_bytes: int | None = None
    ) -> "Connection":
        """A connection that is on its way: `listener` hears when it is open, or why it is not. `receive_bytes`: the system's buffer for it."""
        plain = socket.socket(self.family, socket.SOCK_STREAM)
        plain.setblocking(False)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_bytes:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        if self._sources:
            plain.bind((next(self._sources), 0))
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
        line = Connection(self, plain, namespace, listener, auth)
        self.lines.add(line)
        line.begin(handshake(self.target, self.host, headers))
        return line

    def turn(self, seconds: float) -> int:
        """Wait for something to come, at most so long, and handle all that has; returns on how many connections."""
        ready = self.selector.select(max(seconds, 0))
        if not ready:
            return 0
        began = self.clock()
        for key, events in ready:
            line: Connection = key.data
            if events & WRITE:
                line.flush()
            if events & READ:
                line.read()
        self.longest_turn = max(self.longest_turn, self.clock() - began)
        return len(ready)

    def run_until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Take turns until `holds()`, at most so long; returns whether it does."""
        ends = self.clock() + seconds
        while not holds():
            if self.clock() >= ends:
                return False
            self.turn(min(0.05, ends - self.clock()))
        return True

    def close(self) -> None:
        """Close every connection; nobody is told."""
        for line in list(self.lines):
            line.close()
        self.selector.close()


class Connection:
    """One WebSocket in one namespace, made by `Wire.open`."""

    __slots__ = ("_acks", "_auth", "_events", "_head", "_last_ack", "_listener", "_namespace", "_reader", "_skip", "_socket", "_unsent", "_wire", "is_open")

    def __init__(self, wire: Wire, plain: socket.socket, namespace: str, listener: Listener, auth: object) -> None:
        self.is_open = False
        self._wire = wire
        self._socket = plain
        self._namespace = namespace
        self._listener = listener
        self._auth = auth
        self._skip = len(f"42{namespace},")
        self._reader = FrameReader()
        # As much of the answer to the handshake as has come; None: it is behind us.
        self._head: bytes | None = b""
        self._unsent = bytearray()
        self._events = 0
        self._acks: dict[int, Answered] = {}
        self._last_ack = 0

    def emit(self, event: str, payload: str, answered: Answered | None = None) -> None:
        """Send an event whose one argument is the JSON text `payload`; `answered` gets the JSON text of the ack."""
        number = ""
        if answered:
            self._last_ack += 1
            self._acks[self._last_ack] = answered
            number = str(self._last_ack)
        self._send(frame(f'42{self._namespace},{number}["{event}",{payload}]'.encode()))

    @property
    def unanswered(self) -> int:
        """How many acks are awaited."""
        return len(self._acks)

    def stop_reading(self) -> None:
        """Take nothing more from the socket, as a viewer whose machine has gone to sleep."""
        self._watch(self._events & WRITE)

    def close(self) -> None:
        """Say goodbye and end it."""
        with suppress(OSError):
            self._socket.send(frame((1000).to_bytes(2), CLOSE))
        self._leave()

    def cut(self) -> None:
        """End it as a line that breaks: the other side gets a reset and no word."""
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._leave()

    def begin(self, request: bytes) -> None:
        """Connect, and ask for the WebSocket as soon as that has succeeded."""
        self._unsent += request
        self._watch(READ | WRITE)
        with suppress(BlockingIOError):
            self._socket.connect(self._wire.address)

    def read(self) -> None:
        """Take what has come and hand it on."""
        try:
            count = self._socket.recv_into(self._wire.buffer)
            if not count:
                self._end("the server has closed the connection")
                return
            data = bytes(self._wire.buffer[:count])
            self._wire.bytes_in += count
            if self._head is not None:
                data = self._upgrade(self._head + data)
            for opcode, payload in self._reader.feed(data) if data else ():
                self._take(opcode, payload)
                if self not in self._wire.lines:
                    return
        except BlockingIOError:
            return
        except (OSError, NotWebSocket) as error:
            self._end(str(error))

    def flush(self) -> None:
        """Send more of what the socket did not take at once."""
        try:
            del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            return
        except OSError as error:
            self._end(str(error))
            return
        if not self._unsent:
            self._watch(self._events & READ)

    def _send(self, data: bytes) -> None:
        sent = 0
        if not self._unsent:
            try:
                sent = self._socket.send(data)
            except BlockingIOError:
                pass
            except OSError:
                # Whoever reads the socket next is told how it ended.
                return
        if sent < len(data):
            self._unsent += data[sent:]
            self._watch(self._events | WRITE)

    def _upgrade(self, data: bytes) -> bytes:
        """Read the answer to the handshake once it is whole; returns what came after it."""
        head, end, rest = data.partition(HEAD_ENDS)
        self._head = None if end else data
        if end:
            check_handshake(head)
        return rest

    def _take(self, opcode: int, payload: bytes) -> None:
        """Handle one message: Engine.IO's kind is its first character, that of Socket.IO the second."""
        if opcode != TEXT:
            self._take_control(opcode, payload)
            return
        self._wire.messages += 1
        match payload[:2]:
            case b"43":
                self._take_ack(payload)
            case b"42":
                self._listener.heard(self, payload[self._skip :])
            case b"2":
                self._send(frame(b"3"))
            case b"40":
                self.is_open = True
                self._listener.opened(self)
            case b"44":
                self._end(str(json.loads(payload[self._skip :])["message"]))
            case b"41" | b"1":
                self._end("the server has let the connection go")
            case _ if payload[:1] == b"0":
                auth = "" if self._auth is None else json.dumps(self._auth)
                self._send(frame(f"40{self._namespace},{auth}".encode()))

    def _take_control(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self._send(frame(payload, PONG))
        elif opcode == CLOSE:
            self._end("the server has said goodbye")

    def _take_ack(self, payload: bytes) -> None:
        bracket = payload.index(b"[", self._skip)
        answered = self._acks.pop(int(payload[self._skip : bracket]), None)
        if answered:
            answered(payload[bracket + 1 : -1])

    def _watch(self, events: int) -> None:
        """Have the selector tell of these."""
        if events == self._events:
            return
        if not self._events:
            self._wire.selector.register(self._socket, events, self)
        elif events:
            self._wire.selector.modify(self._socket, events, self)
        else:
            self._wire.selector.unregister(self._socket)
        self._events = events

    def _end(self, why: str) -> None:
        if self in self._wire.lines:
            self._leave()
            self._listener.closed(self, why)

    def _leave(self) -> None:
        if self in self._wire.lines:
            self._wire.lines.remove(self)
            self._watch(0)
            self._socket.close()
            self.is_open = False
            self._acks.clear()
