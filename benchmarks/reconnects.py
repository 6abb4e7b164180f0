"""5,000 desks lose their line in one moment and come back: seconds until all are in again, and until each has asked for what it missed.

    .venv/bin/python -m benchmarks.reconnects [desks]

The lines break without a word, as those of a switch that lost its power. Real desks spread their return; these come as fast as they are
let in, 256 handshakes at a time. As a page does, each gives up an attempt that brings nothing within 20 seconds, and sets out anew whenever it is
turned away or cut off: how often that was is a figure too.
"""

import sys
from collections import Counter
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
from confsvc.drill.schedule import Schedule
from confsvc.drill.wire import Connection, Wire

DESKS = 5000
AT_ONCE = 256
# What they have seen last, which is all there is: an answer without rows.
SINCE = '{"since":0}'
MOST_SECONDS = 120
# As pages do it (static/src/live/transport.ts).
ATTEMPT_SECONDS = 20.0
AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Return:
    """Seconds until all were connected and until all had caught up; how many never did; why attempts came to nothing; the load's share of its core."""

    connected: float
    caught_up: float
    lost: int
    in_vain: Counter[str]
    load_share: float


class Returning:
    """All desks that come back."""

    def __init__(self, wire: Wire, paired: Sequence[PairedDesk]) -> None:
        self.wire = wire
        self.schedule = Schedule(wire.clock)
        self.schedule.start()
        self.connected_at = self.caught_up_at = 0.0
        self.back: set[ReturningDesk] = set()
        self.in_vain: Counter[str] = Counter()
        self._desks = len(paired)
        self._waiting = [ReturningDesk(self, one.token) for one in reversed(paired)]

    @property
    def lost(self) -> int:
        """How many are not back."""
        return self._desks - len(self.back)

    def send_next(self) -> None:
        """Have one more set out."""
        if self._waiting:
            self._waiting.pop().set_out()

    def is_over(self) -> bool:
        """Whether all are back; asked between the turns of the wire, when whoever has waited long enough sets out anew."""
        self.schedule.run_due()
        return not self.lost


class ReturningDesk:
    """A desk that asks for what it missed as soon as it is let in, and sets out anew until it has heard it."""

    __slots__ = ("_all", "_line", "_token")

    def __init__(self, returning: Returning, token: str) -> None:
        self._all = returning
        self._token = token
        self._line: Connection | None = None

    def set_out(self) -> None:
        self._line = line = self._all.wire.open(DESK, self, cookies={DESK_COOKIE: self._token})
        self._all.schedule.after(ATTEMPT_SECONDS, lambda: self._give_up(line, "no answer"))

    def opened(self, line: Connection) -> None:
        self._all.connected_at = perf_counter()
        line.emit("sync", SINCE, lambda ack: self._hear(line, ack))
        self._all.send_next()

    def heard(self, line: Connection, message: bytes) -> None:
        """Nothing happens meanwhile that would be told."""

    def closed(self, line: Connection, why: str) -> None:
        self._line = None
        self._all.back.discard(self)
        self._all.in_vain[why] += 1
        self._all.schedule.after(AGAIN_SECONDS, self.set_out)

    def _hear(self, line: Connection, ack: bytes) -> None:
        if is_ok(ack):
            self._all.back.add(self)
            self._all.caught_up_at = perf_counter()
        else:
            self._give_up(line, ack.decode(errors="replace"))

    def _give_up(self, line: Connection, why: str) -> None:
        if line is self._line and self not in self._all.back:
            line.cut()
            self.closed(line, why)


def measure(store: Store, desks: int, core: int) -> Return:
    """Connect so many desks, break every line, and let them come back."""
    paired = store.prepared.desks[:desks]
    with store.fresh() as copy, serving(copy.settings, core) as server, wire_to(server.url) as wire:
        connect_desks(wire, paired, [QuietDesk() for _ in paired])
        for line in list(wire.lines):
            line.cut()
        began, own, returning = perf_counter(), OwnShare(), Returning(wire, paired)
        for _ in range(AT_ONCE):
            returning.send_next()
        wire.run_until(returning.is_over, MOST_SECONDS)
        return Return(returning.connected_at - began, returning.caught_up_at - began, returning.lost, returning.in_vain, own.mean)


def figure(bench: Bench) -> Measure:
    """5,000 desks."""
    store = bench.store("sqlite", SIZE)

    def take() -> Run:
        found = measure(store, DESKS // 5 if bench.is_quick else DESKS, bench.cores.server)
        times = {"reconnects.seconds": found.connected, "reconnects.caught_up": found.caught_up}
        return {**times, "reconnects.lost": found.lost, "reconnects.in_vain": found.in_vain.total(), "load.share": found.load_share}

    return take


def main() -> None:
    desks = int(sys.argv[1]) if len(sys.argv) > 1 else DESKS
    with alone() as bench:
        found = measure(bench.store("sqlite", SIZE), desks, bench.cores.server)
        print(f"{desks:,} desks: all in after {found.connected:.1f} s, caught up after {found.caught_up:.1f} s, {found.lost} lost; load {found.load_share:.0%}")
        for why, number in found.in_vain.most_common():
            print(f"{number:,} attempts in vain: {why}")


if __name__ == "__main__":
    main()
