"""Whatever the other side does, a client that was ended leaves no socket open."""

import base64
import gc
import hashlib
import re
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
import socketio

from confsvc.live.websocket_frames import text_frame
from confsvc.terminal_desk.closing_client import ClosingClient

WAIT_SECONDS = 30
# What RFC 6455 (section 1.3) has a server put behind the key it was sent.
ACCEPTING = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
OPENING = '0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000}'
LET_IN = '40/desk,{"sid":"b"}'


@contextmanager
def breaking_off(*says: str) -> Iterator[tuple[str, Event]]:
    """The address of a server that takes one WebSocket, says this, waits to be told, and resets the connection."""
    told = Event()

    def serve() -> None:
        line, _ = listening.accept()
        with line:
            line.settimeout(WAIT_SECONDS)
            key = re.search(rb"Sec-WebSocket-Key: (\S+)", line.recv(4096))
            assert key
            accepted = base64.b64encode(hashlib.sha1(key[1] + ACCEPTING.encode(), usedforsecurity=False).digest()).decode()
            answer = f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accepted}\r\n\r\n"
            line.sendall(answer.encode())
            for said in says:
                line.sendall(text_frame(said))
            assert told.wait(WAIT_SECONDS)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Thread(target=serve)
        server.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", told
        finally:
            told.set()
            server.join(WAIT_SECONDS)


def open_sockets() -> int:
    gc.collect()
    return sum(1 for file in Path("/proc/self/fd").iterdir() if file.is_symlink() and str(file.readlink()).startswith("socket:"))


def test_one_that_was_reset_is_closed() -> None:
    before = open_sockets()
    lost = Event()
    with breaking_off(OPENING, LET_IN) as (url, told):
        client = ClosingClient(reconnection=False)
        client.on("disconnect", lambda *_: lost.set(), namespace="/desk")
        client.connect(url, namespaces=["/desk"], transports=["websocket"], wait_timeout=WAIT_SECONDS)
        told.set()
        assert lost.wait(WAIT_SECONDS)
        client.shutdown()
    assert open_sockets() == before


def test_one_that_was_reset_before_a_word_is_closed() -> None:
    before = open_sockets()
    with breaking_off() as (url, told):
        client = ClosingClient(reconnection=False)
        told.set()
        with pytest.raises(socketio.exceptions.ConnectionError) as refused:
            client.connect(url, namespaces=["/desk"], transports=["websocket"])
        client.shutdown()
    # What was raised is still held, with all that its trace holds.
    assert open_sockets() == before
    del refused


def test_one_that_is_silent_is_closed_without_a_goodbye() -> None:
    before = open_sockets()
    with breaking_off(OPENING, LET_IN) as (url, told):
        client = ClosingClient(reconnection=False)
        client.connect(url, namespaces=["/desk"], transports=["websocket"], wait_timeout=WAIT_SECONDS)
        client.break_off()
        told.set()
    assert open_sockets() == before
