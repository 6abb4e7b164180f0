"""The client's side of WebSocket (RFC 6455): the handshake, frames that go out, frames that come in."""

import base64
import hashlib
import os
from collections.abc import Mapping

KEY = base64.b64encode(os.urandom(16)).decode()
ACCEPTED = base64.b64encode(hashlib.sha1(f"{KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode(), usedforsecurity=False).digest()).decode()
# Section 5.3 wants a mask for each frame that a page's script cannot foresee, so that it cannot put bytes of its choice in front of a proxy.
# Whoever runs this program runs no stranger's script: one mask for the whole process serves. It is not zero, so that the server
# has to take it off as any other.
MASK = bytes(byte | 1 for byte in os.urandom(4))
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
FINAL = 0x80
MASKED = 0x80
SHORT, LONG = 126, 127  # lengths that say that the length follows, in two or eight bytes
MOST_IN_TWO_BYTES = 0xFFFF


class NotWebSocket(Exception):
    """The other side does not speak WebSocket as it should."""


def handshake(target: str, host: str, headers: Mapping[str, str]) -> bytes:
    """The request that asks for a WebSocket at `target` (path and query)."""
    fixed = {"Host": host, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": KEY, "Sec-WebSocket-Version": "13"}
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in (fixed | dict(headers)).items())]
    return "\r\n".join([*lines, "", ""]).encode()


def check_handshake(head: bytes) -> None:
    """Raise NotWebSocket, with the first line of the answer, unless the request was granted."""
    first, _, rest = head.partition(b"\r\n")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in rest.split(b"\r\n"))}
    if not first.startswith(b"HTTP/1.1 101") or fields.get(b"sec-websocket-accept") != ACCEPTED.encode():
        raise NotWebSocket(first.decode(errors="replace"))


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A whole message as one masked frame."""
    length = len(payload)
    if length < SHORT:
        head = bytes((FINAL | opcode, MASKED | length))
    elif length <= MOST_IN_TWO_BYTES:
        head = bytes((FINAL | opcode, MASKED | SHORT)) + length.to_bytes(2)
    else:
        head = bytes((FINAL | opcode, MASKED | LONG)) + length.to_bytes(8)
    # As one long number, which is a hundred times as fast as byte by byte.
    mask = int.from_bytes((MASK * (length // 4 + 1))[:length])
    return head + MASK + (int.from_bytes(payload) ^ mask).to_bytes(length)


class FrameReader:
    """Cuts what comes in into whole messages; keeps the rest until more comes."""

    __slots__ = ("_enough", "_gathered", "_parts")

    def __init__(self) -> None:
        self._gathered = bytearray()
        # Not looked at before so many bytes have come: a long frame arrives in many pieces.
        self._enough = 2
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The messages that are whole now: opcode and payload; raises NotWebSocket."""
        if self._gathered:
            self._gathered += data
            if len(self._gathered) < self._enough:
                return []
            data = bytes(self._gathered)
            self._gathered.clear()
        messages, at, end = [], 0, len(data)
        while True:
            start, length = _measure(data, at, end)
            stop = start + length
            if stop > end:
                break
            if data[at] == FINAL | TEXT:
                messages.append((TEXT, data[start:stop]))
            else:
                self._take_other(data[at], data[start:stop], messages)
            at = stop
        if at < end:
            self._gathered += data[at:]
            self._enough = stop - at
        return messages

    def _take_other(self, first: int, payload: bytes, messages: list[tuple[int, bytes]]) -> None:
        """A control frame, or a part of a message, which ends with a final one."""
        if first & 0x08:
            messages.append((first & 0x0F, payload))
            return
        self._parts.append(payload)
        if first & FINAL:
            messages.append((TEXT, b"".join(self._parts)))
            self._parts = []


def _measure(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Where the payload of the frame at `at` begins and how long it is, as far as its head has come."""
    if end - at < 2:
        return at + 2, 0
    length = data[at + 1]
    if length < SHORT:
        return at + 2, length
    if length & MASKED:
        raise NotWebSocket("a masked frame from the server")
    size = 2 if length == SHORT else 8
    start = at + 2 + size
    return start, int.from_bytes(data[at + 2 : start]) if start <= end else 0
