"""A connection whose WebSocket is written to at once, by whoever has something to say.

The library puts every packet into a queue, from which a greenlet of each connection takes it: two switches for each packet,
and a queue that nothing bounds. Here the outlet of the WebSocket takes it in the same moment. What the library does with
polling, and with the WebSockets of servers that have no outlets, stays, with a bound.
"""

import time
from typing import Any

import structlog
from engineio import packet
from engineio.exceptions import SocketIsClosedError, UnknownPacketError
from gevent.lock import BoundedSemaphore

from confsvc.live.limits import Allowance
from confsvc.live.outlet import Outlet
from confsvc.live.packets import StrictEnginePacket, StrictSocket
from confsvc.live.pings import Pings
from confsvc.live.websocket_frames import text_frame

log = structlog.get_logger()
# "Service restart", of the IANA registry of close codes.
RESTART = 1012
# With more packets in the library's queue a receiver counts as one that is behind.
MOST_SHOWN_IN_QUEUE = 8
MESSAGE = str(packet.MESSAGE)


class StraightSocket(StrictSocket):
    """Where there is an outlet, everything goes through it from the moment on in which the WebSocket has taken over."""

    most_bytes_waiting = 2**22
    # What is read of one connection; whoever sends more is read more slowly, and waits without costing anything.
    pace = Allowance(100)
    pings = Pings()
    one_at_a_time = BoundedSemaphore(1)
    connected: bool
    closing: bool
    last_ping: float | None

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self.outlet: Outlet | None = None
        self._line: Any = None
        # Whether something that was asked is not answered yet, and whether the line is to end after that.
        self._is_asked = self._leaves = False
        # How many characters the library's queue holds, and what was skipped: of each kind the newest.
        self._queued = 0
        self._latest: dict[str, packet.Packet] = {}

    def send(self, pkt: packet.Packet) -> None:
        """Send what must arrive; whoever lets too much of it pile up is sent away."""
        if self.outlet is not None:
            # Whether the peer still answers is looked at by the library's round, not at each packet.
            self.outlet.write(text_frame(pkt.encode()))
        elif self._queued > self.most_bytes_waiting:
            log.warning("peer_too_slow", waiting=self._queued)
            # Not here and now: whoever sends to many is not to do what follows the end of one.
            self.server.start_background_task(self.close, wait=False, abort=True)
        else:
            self._queued += len(pkt.data or "")
            super().send(pkt)

    def show(self, kind: str, pkt: packet.Packet) -> None:
        """Send by the library's way what may be skipped: while too much waits, the newest of each kind takes the place of an older one."""
        if self.queue.qsize() < MOST_SHOWN_IN_QUEUE:
            self.send(pkt)
        else:
            self._latest[kind] = pkt

    def poll(self) -> list[packet.Packet]:
        """Everything that waits, and last what was skipped."""
        packets: list[packet.Packet] = super().poll()
        self._queued = 0
        if packets:
            packets += self._skipped()
        return packets

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        super().close(wait, abort, reason)
        if self.closed and self._line is not None:
            line, self._line = self._line, None
            line.close()

    def leave(self) -> None:
        """End the line as soon as what was asked is answered."""
        self._leaves = True
        if self.outlet is None:
            super().leave()
        elif not self._is_asked:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._line is not None:
            # Of the library's wrapper, which knows no codes.
            self._line._sock.close(RESTART)  # noqa: SLF001

    def schedule_ping(self) -> None:
        """Have the next ping sent, unless one is to be sent already."""
        if self.server.async_mode != "gevent":
            super().schedule_ping()
        elif self.last_ping:
            self.last_ping = None
            self.pings.ask(self.server, self.sid)

    def ping(self) -> None:
        """Ask the other side whether it is still there."""
        if not self.closing and not self.closed:
            self.last_ping = time.time()
            self.send(packet.Packet(packet.PING))

    def _websocket_handler(self, ws: Any) -> list[Any]:
        """Serve a WebSocket until it ends."""
        outlet = getattr(getattr(ws, "_sock", None), "outlet", None)
        if outlet is None:
            said: list[Any] = super()._websocket_handler(ws)
            return said
        if not self.connected or self._has_moved(ws):
            self.connected = self.upgraded = True
            self._go_straight(ws, outlet)
            self._listen(ws, outlet)
            # One after the other, so that a switch which loses its power does not stop those who are still there.
            with self.one_at_a_time:
                self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)
                self.server.sleep(0)
        return []

    def _has_moved(self, ws: Any) -> bool:
        """Whether a client that polls has come over: it probes, hears its last poll out, and says so; else it goes on polling."""
        # From now on a poll brings nothing: what waits is kept for the WebSocket.
        self.upgrading = True
        try:
            if _next(ws, packet.PING) != "probe":
                return False
            ws.send(packet.Packet(packet.PONG, data="probe").encode())
            self.queue.put(packet.Packet(packet.NOOP))
            return _next(ws, packet.UPGRADE) is not None and not self.upgraded
        finally:
            self.upgrading = False

    def _go_straight(self, ws: Any, outlet: Outlet) -> None:
        """Put what waits in the queue before whatever is sent from now on; nothing else runs meanwhile."""
        packets = []
        while self.queue.qsize():
            packets.append(self.queue.get(block=False))
        self.outlet, self._line = outlet, ws
        for waiting in packets:
            if waiting is not None:
                self.send(waiting)
        for skipped in self._skipped():
            self.send(skipped)
        if None in packets:
            # It was closed while it moved.
            ws.close()

    def _listen(self, ws: Any, outlet: Outlet) -> None:
        while (said := _heard(ws)) is not None:
            self._is_asked = True
            try:
                if said[:1] == MESSAGE:
                    self._hear(said[1:])
                else:
                    self.receive(StrictEnginePacket(encoded_packet=said))
            except UnknownPacketError:
                continue
            except SocketIsClosedError:
                return
            except Exception:
                log.exception("message_failed")
                return
            finally:
                self._is_asked = False
            if self._leaves:
                self._hang_up()
            outlet.wait_until_read()
            if not self.pace.take(self.sid):
                self.server.sleep(1 / self.pace.per_second)

    def _hear(self, message: str) -> None:
        # What the library does, which makes a packet of it and looks whether it is JSON.
        try:
            self.server.handlers["message"](self.sid, message)
        except Exception:
            log.exception("message_failed")

    def _skipped(self) -> list[packet.Packet]:
        latest, self._latest = self._latest, {}
        return list(latest.values())


def _heard(ws: Any) -> Any:
    """What comes next over the WebSocket, or None where it ends."""
    try:
        return ws.wait()
    except OSError:
        # The library's WebSocketError too: the other side is gone.
        return None


def _next(ws: Any, kind: int) -> Any:
    """What the next packet holds ("" for nothing), or None where it is not of this kind."""
    said = _heard(ws)
    if said is None:
        return None
    found = StrictEnginePacket(encoded_packet=said)
    return (found.data or "") if found.packet_type == kind else None
