"""Desks that scan as fast as they are answered, and boards that watch, over the drill's own connections."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from uuid import uuid4

from benchmarks.preparation import PairedDesk, Prepared
from confsvc.drill.desks import BOARD, DESK, DESK_COOKIE, check_in, is_ok
from confsvc.drill.wire import Connection, Wire

CONNECT_SECONDS = 120
# So many handshakes are under way at once: a server's queue of those it has not accepted yet is bounded.
AT_ONCE = 64
ACCEPTED = b'"accepted"'


class Watcher:
    """A board, or a desk that does nothing: it counts what it hears and keeps the last of it."""

    __slots__ = ("ended", "heard_at", "is_open", "last", "line", "messages")

    def __init__(self) -> None:
        self.is_open = False
        self.ended = ""
        self.messages = 0
        self.heard_at = 0.0
        self.last = b""
        self.line: Connection | None = None

    def opened(self, line: Connection) -> None:
        self.is_open, self.line = True, line

    def heard(self, line: Connection, message: bytes) -> None:
        self.messages += 1
        self.heard_at = perf_counter()
        self.last = message

    def closed(self, line: Connection, why: str) -> None:
        self.is_open, self.ended = False, why


class BusyDesk(Watcher):
    """A desk that scans one pass after the other, each as soon as the one before it was answered.

    `waits` are the seconds from each scan to its ack, `wrong` the acks that said anything but accepted.
    """

    __slots__ = ("_codes", "_place", "_sent_at", "answered", "is_at_work", "waits", "wrong")

    def __init__(self, paired: PairedDesk) -> None:
        super().__init__()
        self._codes = paired.codes
        self._place = 0
        self._sent_at = 0.0
        self.is_at_work = False
        self.answered = 0
        self.waits: list[float] = []
        self.wrong: list[bytes] = []

    @property
    def is_through(self) -> bool:
        """Whether everybody of its hall was scanned."""
        return self._place >= len(self._codes)

    def begin(self) -> None:
        self.is_at_work = True
        self._scan()

    def _scan(self) -> None:
        if self.line is None or self.is_through:
            return
        code = self._codes[self._place]
        self._place += 1
        payload = check_in(str(uuid4()), code=code)
        self._sent_at = perf_counter()
        self.line.emit("check_in", payload, self._answer)

    def _answer(self, ack: bytes) -> None:
        self.waits.append(perf_counter() - self._sent_at)
        self.answered += 1
        if not is_ok(ack) or ACCEPTED not in ack:
            self.wrong.append(ack)
        if self.is_at_work:
            self._scan()


def connect_desks(wire: Wire, desks: Sequence[PairedDesk], watchers: Sequence[Watcher]) -> None:
    """Connect each as its watcher; raises RuntimeError where one is refused."""
    pairs = zip(desks, watchers, strict=True)
    _open_each(wire, [lambda paired=paired, watcher=watcher: wire.open(DESK, watcher, cookies={DESK_COOKIE: paired.token}) for paired, watcher in pairs])
    _require_open(watchers)


def connect_boards(wire: Wire, prepared: Prepared, count: int) -> list[Watcher]:
    """So many viewers of the public board; raises RuntimeError where one is refused."""
    boards = [Watcher() for _ in range(count)]
    auth = {"token": prepared.board_token}
    _open_each(wire, [lambda board=board: wire.open(BOARD, board, auth=auth) for board in boards])
    _require_open(boards)
    return boards


def _open_each(wire: Wire, openings: Sequence[Callable[[], Connection]]) -> None:
    """Open them all, a few at a time."""
    lines: list[Connection] = []

    def settled() -> int:
        """How many are open, or were refused."""
        return sum(line.is_open or line not in wire.lines for line in lines)

    for open_one in openings:
        lines.append(open_one())
        if len(lines) >= AT_ONCE:
            wire.run_until(settled, CONNECT_SECONDS)
            lines[:] = [line for line in lines if not line.is_open and line in wire.lines]
    wire.run_until(lambda: settled() == len(lines), CONNECT_SECONDS)


def _require_open(watchers: Iterable[Watcher]) -> None:
    shut = [watcher for watcher in watchers if not watcher.is_open]
    if shut:
        raise RuntimeError(f"{len(shut)} connections were not let in: {shut[0].ended or 'no answer'}")


@contextmanager
def wire_to(url: str) -> Iterator[Wire]:
    """Connections that are closed at the end of the block."""
    wire = Wire(url)
    try:
        yield wire
    finally:
        wire.close()
