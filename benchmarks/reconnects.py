"""5,000 desks lose their line in one moment and come back: seconds until all are in again, and until each has asked for what it missed.

    .venv/bin/python -m benchmarks.reconnects [desks]

The lines break without a word, as those of a switch that lost its power. Real desks spread their return; these come as fast as they are
let in, 256 handshakes at a time, which is what the queue of a listening socket holds.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from benchmarks.bench import Bench, Measure, alone
from benchmarks.load import QuietDesk, connect_desks, wire_to
from benchmarks.memory import SIZE
from benchmarks.preparation import PairedDesk
from benchmarks.readings import Run
from benchmarks.servers import serving
from benchmarks.stores import Store
from confsvc.drill.desks import DESK, DESK_COOKIE, is_ok
from confsvc.drill.own_share import OwnShare
from confsvc.drill.wire import Connection, Wire

DESKS = 5000
AT_ONCE = 256
# What they have seen last, which is all there is: an answer without rows.
SINCE = '{"since":0}'
MOST_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Return:
    """Seconds until all were connected and until all had caught up; how many never did; the load's share of its core."""

    connected: float
    caught_up: float
    lost: int
    load_share: float


class Returning:
    """All desks that come back, as one listener; each asks for what it missed as soon as it is let in."""

    def __init__(self, wire: Wire, paired: Sequence[PairedDesk]) -> None:
        self.connected = self.caught_up = self.lost = 0
        self.connected_at = self.caught_up_at = 0.0
        self._wire = wire
        self._waiting = [one.token for one in reversed(paired)]

    def open_next(self) -> None:
        if self._waiting:
            self._wire.open(DESK, self, cookies={DESK_COOKIE: self._waiting.pop()})

    def opened(self, line: Connection) -> None:
        self.connected += 1
        self.connected_at = perf_counter()
        line.emit("sync", SINCE, self._answer)
        self.open_next()

    def heard(self, line: Connection, message: bytes) -> None:
        """Nothing happens meanwhile that would be told."""

    def closed(self, line: Connection, why: str) -> None:
        self.lost += 1
        self.open_next()

    def _answer(self, ack: bytes) -> None:
        if is_ok(ack):
            self.caught_up += 1
            self.caught_up_at = perf_counter()
        else:
            self.lost += 1


def measure(store: Store, desks: int, core: int) -> Return:
    """Connect so many desks, break every line, and let them come back."""
    paired = store.prepared.desks[:desks]
    with store.fresh() as copy, serving(copy.settings, core) as server, wire_to(server.url) as wire:
        connect_desks(wire, paired, [QuietDesk() for _ in paired])
        for line in list(wire.lines):
            line.cut()
        began, own, returning = perf_counter(), OwnShare(), Returning(wire, paired)
        for _ in range(AT_ONCE):
            returning.open_next()
        wire.run_until(lambda: returning.caught_up + returning.lost >= desks, MOST_SECONDS)
        return Return(returning.connected_at - began, returning.caught_up_at - began, desks - returning.caught_up, own.mean)


def figure(bench: Bench) -> Measure:
    """5,000 desks."""
    store = bench.store("sqlite", SIZE)

    def take() -> Run:
        found = measure(store, DESKS // 5 if bench.is_quick else DESKS, bench.cores.server)
        times = {"reconnects.seconds": found.connected, "reconnects.caught_up": found.caught_up}
        return {**times, "reconnects.lost": found.lost, "load.share": found.load_share}

    return take


def main() -> None:
    desks = int(sys.argv[1]) if len(sys.argv) > 1 else DESKS
    with alone() as bench:
        found = measure(bench.store("sqlite", SIZE), desks, bench.cores.server)
        print(f"{desks:,} desks: all in after {found.connected:.1f} s, caught up after {found.caught_up:.1f} s, {found.lost} lost; load {found.load_share:.0%}")


if __name__ == "__main__":
    main()
