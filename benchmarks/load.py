"""Desks that scan as fast as they are answered, and boards that watch, over the drill's own connections."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from time import perf_counter

from benchmarks.preparation import PairedDesk, Prepared
from confsvc.drill.desks import BOARD, DESK, DESK_COOKIE, check_in, is_ok, number_in
from confsvc.drill.wire import Connection, Wire
from confsvc.terminal_desk.refs import new_ref

CONNECT_SECONDS = 120
# So many handshakes are under way at once: a server's queue of those it has not accepted yet is bounded.
AT_ONCE = 64
ACCEPTED = b'"accepted"'


class Crowd:
    """All boards, as one listener: how many have the newest revision that any of them has, and when the last of those got it."""

    __slots__ = ("arrived", "ended", "frames", "heard_at", "open", "revision")

    def __init__(self) -> None:
        self.open = self.frames = self.revision = self.arrived = 0
        self.heard_at = 0.0
        self.ended: list[str] = []

    def opened(self, line: Connection) -> None:
        self.open += 1

    def heard(self, line: Connection, message: bytes) -> None:
        self.heard_at = perf_counter()
        self.frames += 1
        revision = number_in(message, b"revision") or 0
        if revision == self.revision:
            self.arrived += 1
        elif revision > self.revision:
            self.revision, self.arrived = revision, 1

    def closed(self, line: Connection, why: str) -> None:
        self.ended.append(why)

    def all_have(self, revision: int) -> bool:
        return not self.open or (self.revision == revision and self.arrived == self.open)


class QuietDesk:
    """A desk that is connected and does nothing."""

    __slots__ = ("ended", "line")

    def __init__(self) -> None:
        self.ended = ""
        self.line: Connection | None = None

    @property
    def is_open(self) -> bool:
        return self.line is not None

    def opened(self, line: Connection) -> None:
        self.line = line

    def heard(self, line: Connection, message: bytes) -> None:
        """What happens at its site is told to it; it has nobody to show it to."""

    def closed(self, line: Connection, why: str) -> None:
        self.line, self.ended = None, why


class BusyDesk(QuietDesk):
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
        self.scan()

    def scan(self) -> None:
        """Send the next pass."""
        if self.line is None or self.is_through:
            return
        code = self._codes[self._place]
        self._place += 1
        payload = check_in(new_ref(), code=code)
        self._sent_at = perf_counter()
        self.line.emit("check_in", payload, self._answer)

    def _answer(self, ack: bytes) -> None:
        self.waits.append(perf_counter() - self._sent_at)
        self.answered += 1
        if not is_ok(ack) or ACCEPTED not in ack:
            self.wrong.append(ack)
        if self.is_at_work:
            self.scan()


def connect_desks(wire: Wire, paired: Sequence[PairedDesk], desks: Sequence[QuietDesk]) -> None:
    """Connect each; raises RuntimeError where one is refused."""
    pairs = list(zip(paired, desks, strict=True))
    _open_each(wire, [partial(wire.open, DESK, desk, cookies={DESK_COOKIE: one.token}) for one, desk in pairs])
    _require(len(desks), sum(desk.is_open for desk in desks), [desk.ended for desk in desks if desk.ended])


def connect_boards(wire: Wire, prepared: Prepared, count: int) -> Crowd:
    """So many viewers of the public board; raises RuntimeError where one is refused."""
    crowd, auth = Crowd(), {"token": prepared.board_token}
    _open_each(wire, [lambda: wire.open(BOARD, crowd, auth=auth)] * count)
    _require(count, crowd.open, crowd.ended)
    return crowd


def _open_each(wire: Wire, openings: Sequence[Callable[[], Connection]]) -> None:
    """Open them all, a few at a time."""
    lines: list[Connection] = []

    def settled() -> int:
        """How many are open, or were refused."""
        return sum(line.is_open or line not in wire.lines for line in lines)

    for open_one in openings:
        lines.append(open_one())
        if len(lines) >= AT_ONCE:
            wire.run_until(lambda: settled() > 0, CONNECT_SECONDS)
            lines[:] = [line for line in lines if not line.is_open and line in wire.lines]
    wire.run_until(lambda: settled() == len(lines), CONNECT_SECONDS)


def _require(wanted: int, found: int, ended: Sequence[str]) -> None:
    if found < wanted or ended:
        raise RuntimeError(f"{wanted - found} connections were not let in: {ended[0] if ended else 'no answer'}")


@contextmanager
def wire_to(url: str) -> Iterator[Wire]:
    """Connections that are closed at the end of the block."""
    wire = Wire(url)
    try:
        yield wire
    finally:
        wire.close()
