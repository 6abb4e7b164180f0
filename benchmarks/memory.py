"""The memory of one idle worker, and what each idle desk adds to it.

.venv/bin/python -m benchmarks.memory [desks]
"""

import sys
import urllib.request
from dataclasses import dataclass

from benchmarks.bench import Bench, Measure, alone
from benchmarks.load import QuietDesk, connect_desks, wire_to
from benchmarks.preparation import Size
from benchmarks.readings import Run
from benchmarks.servers import serving
from benchmarks.stores import Store

SIZE = Size(halls=5000, people=4)
DESKS = 2000
# The first connections bring what every server needs once.
FIRST = 50
SETTLE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Memory:
    """MiB of a worker that has answered a page, KiB of a desk."""

    worker: float
    desk: float


def measure(store: Store, desks: int, core: int) -> Memory:
    """The resident memory before and after so many desks have come."""
    with store.fresh() as copy, serving(copy.settings, core) as server, wire_to(server.url) as wire:
        urllib.request.urlopen(f"{server.url}/healthz").read()  # noqa: S310  # our own server
        wire.run_until(lambda: False, SETTLE_SECONDS)
        worker = server.process.resident_kib()
        paired = store.prepared.desks
        connect_desks(wire, paired[:FIRST], [QuietDesk() for _ in range(FIRST)])
        wire.run_until(lambda: False, SETTLE_SECONDS)
        before = server.process.resident_kib()
        connect_desks(wire, paired[FIRST : FIRST + desks], [QuietDesk() for _ in range(desks)])
        wire.run_until(lambda: False, SETTLE_SECONDS)
        return Memory(worker / 1024, (server.process.resident_kib() - before) / desks)


def figure(bench: Bench) -> Measure:
    """An idle worker, and 2,000 idle desks."""
    store = bench.store("sqlite", SIZE)

    def take() -> Run:
        found = measure(store, DESKS // 4 if bench.is_quick else DESKS, bench.cores.server)
        return {"memory.worker": found.worker, "memory.desk": found.desk}

    return take


def main() -> None:
    desks = int(sys.argv[1]) if len(sys.argv) > 1 else DESKS
    with alone() as bench:
        found = measure(bench.store("sqlite", SIZE), desks, bench.cores.server)
        print(f"one idle worker {found.worker:.0f} MiB; each of {desks:,} idle desks {found.desk:.1f} KiB")


if __name__ == "__main__":
    main()
