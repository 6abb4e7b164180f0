"""The way out to one WebSocket: every byte to it goes through here, so that no slow peer is waited for and no two frames mix.

The server writes to thousands of sockets in one thread. A write that waits for one of them would stop all others, and a
queue and a greenlet for each cost more than the write itself: so a frame is handed to the kernel at once where it takes it,
and only what it does not take is kept, up to a bound.
"""

import socket
import struct
from collections import deque
from contextlib import suppress
from itertools import islice
from typing import Any

import gevent
import structlog
from gevent.event import Event

log = structlog.get_logger()
# What lies unsent in the kernel is old when it arrives, and memory that nobody counts.
MOST_BYTES_UNSENT = 32 * 1024
MOST_FRAMES_AT_ONCE = 64
# A connection is read no further while more than this waits for its reader.
MOST_BYTES_UNREAD = 64 * 1024
# How long the other side may take to hear out a goodbye.
GOODBYE_SECONDS = 2
# Linger, for no second: closed so, a line is reset.
NO_LINGERING = struct.pack("ii", 1, 0)


class Outlet:
    """Takes whole frames for one socket of gevent; nothing here waits but `wait_until_read`, and nothing raises where the peer is gone."""

    __slots__ = ("_flusher", "_goodbye", "_latest", "_most_waiting", "_pending", "_read", "_socket", "_waiting", "gone")

    def __init__(self, line: Any, most_waiting: int) -> None:
        """`most_waiting`: where more bytes than that wait behind the frame that is on its way, the next one ends the line."""
        self.gone = False
        self._socket = line
        self._most_waiting = most_waiting
        self._pending: deque[bytes | memoryview] = deque()
        self._waiting = 0
        # What was skipped: of each kind the newest, so that whoever catches up ends with what is true now.
        self._latest: dict[str, bytes] = {}
        self._flusher: gevent.Greenlet[[], None] | None = None
        self._goodbye: gevent.Greenlet[[], None] | None = None
        self._read: Event | None = None
        with suppress(OSError):  # a peer that is gone already is noticed when it is written to
            # An ack that follows a push must not wait until the peer has confirmed the push.
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, MOST_BYTES_UNSENT)

    @property
    def waiting(self) -> int:
        """How many bytes the kernel has not taken yet."""
        return self._waiting

    def write(self, frame: bytes) -> None:
        """Send after everything that was written before; what the kernel does not take waits."""
        if self.gone:
            return
        if not self._pending:
            sent = self._send(frame)
            if sent < len(frame) and not self.gone:
                self._keep(memoryview(frame)[sent:] if sent else frame)
        elif self._waiting - len(self._pending[0]) > self._most_waiting:
            log.warning("peer_too_slow", waiting=self._waiting)
            self.cut()
        else:
            self._keep(frame)

    def show(self, kind: str, frame: bytes) -> bool:
        """Send if nothing waits; else keep it until nothing does, in the place of an older one of its kind. Whether it was sent."""
        if self._pending:
            if not self.gone:
                self._latest[kind] = frame
            return False
        self.write(frame)
        return True

    def wait_until_read(self) -> None:
        """Return once little enough waits: whoever does not read answers cannot ask further questions."""
        while self._waiting > MOST_BYTES_UNREAD and not self.gone:
            self._read = self._read or Event()
            self._read.clear()
            self._read.wait()

    def say_goodbye(self) -> None:
        """The last frame was written: the peer has a while to take it and to hang up, then the line is cut."""
        if not self.gone and self._goodbye is None:
            self._goodbye = gevent.spawn_later(GOODBYE_SECONDS, self.cut)

    def cut(self) -> None:
        """End the line now; its reader finds it ended."""
        if self.gone:
            return
        self.let_go()
        with suppress(OSError):  # the peer was faster
            self._socket.shutdown(socket.SHUT_RDWR)

    def break_off(self) -> None:
        """End the line now, and have the other side told at once, also where much of what was sent before has not arrived."""
        with suppress(OSError):  # the peer was faster
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGERING)
        self.cut()

    def let_go(self) -> None:
        """Keep nothing for the peer any more, who is gone."""
        self.gone = True
        self._pending.clear()
        self._latest.clear()
        self._waiting = 0
        if self._goodbye is not None and self._goodbye is not gevent.getcurrent():
            self._goodbye.kill(block=False)
        self._goodbye = None
        if self._read is not None:
            self._read.set()

    def _send(self, frame: bytes) -> int:
        try:
            sent: int = self._socket.send(frame, 0, 0.0)
        except BlockingIOError:
            return 0
        except OSError:
            self.cut()
            return 0
        return sent

    def _keep(self, frame: bytes | memoryview) -> None:
        self._pending.append(frame)
        self._waiting += len(frame)
        if self._flusher is None:
            self._flusher = gevent.spawn(self._flush)

    def _flush(self) -> None:
        """Send what waits as the peer takes it; the only one who writes while something waits."""
        try:
            while self._pending:
                self._sent(self._socket.sendmsg(list(islice(self._pending, MOST_FRAMES_AT_ONCE))))
        except OSError:
            self.cut()
        finally:
            self._flusher = None

    def _sent(self, size: int) -> None:
        """Forget so many bytes of what waits, which has been sent or let go."""
        self._waiting = max(0, self._waiting - size)
        while size and self._pending:
            first = self._pending.popleft()
            if size < len(first):
                self._pending.appendleft(memoryview(first)[size:])
            size = max(0, size - len(first))
        if not self._pending and self._latest:
            latest, self._latest = self._latest, {}
            for frame in latest.values():
                self.write(frame)
        if self._read is not None and self._waiting <= MOST_BYTES_UNREAD:
            self._read.set()
