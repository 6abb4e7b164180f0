"""5,000 desks come and go a hundred times: whether the memory of the server grows after the first rounds.

    .venv/bin/python -m benchmarks.comings [desks] [rounds] [seconds]

In each round all connect, and then all go at once: every second one says goodbye, the others break off without a word. The memory is read
after every tenth round, while nobody is connected; it ends early where the seconds are over.
"""

import sys
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks.bench import Bench, Measure, alone
from benchmarks.load import QuietDesk, connect_desks, wire_to
from benchmarks.memory import SIZE
from benchmarks.preparation import Size
from benchmarks.readings import Run
from benchmarks.servers import serving
from benchmarks.stores import Store

DESKS = 5000
ROUNDS = 100
READ_EVERY = 10
MOST_SECONDS = 480
SETTLE_SECONDS = 1.5
# Let everybody in as fast as they come: it is the coming that is measured.
UNBOUNDED = {"CONNECTS_PER_SECOND": "100000"}


@dataclass
class Comings:
    """Rounds → MiB of the server after so many of them."""

    resident: dict[int, float] = field(default_factory=dict)
    rounds: int = 0
    seconds: float = 0.0

    @property
    def grown(self) -> float:
        """MiB between the first reading and the last."""
        readings = list(self.resident.values())
        return readings[-1] - readings[0]


def measure(store: Store, desks: int, rounds: int, core: int, *, most_seconds: float = MOST_SECONDS) -> Comings:
    """Connect so many desks and let them go, again and again; ends after the round in which the time is up."""
    paired, found, began = store.prepared.desks[:desks], Comings(), perf_counter()
    with store.fresh() as copy, serving(copy.settings | UNBOUNDED, core) as server, wire_to(server.url) as wire:
        for number in range(1, rounds + 1):
            connect_desks(wire, paired, [QuietDesk() for _ in paired])
            for place, line in enumerate(list(wire.lines)):
                (line.cut if place % 2 else line.close)()
            found.rounds, found.seconds = number, perf_counter() - began
            is_over = found.seconds > most_seconds or number == rounds
            if number % READ_EVERY == 0 or is_over:
                wire.run_until(lambda: False, SETTLE_SECONDS)
                found.resident[number] = server.process.resident_kib() / 1024
                print(f"after {number} rounds: {found.resident[number]:.1f} MiB ({found.seconds:.0f} s)", flush=True)
            if is_over:
                break
    return found


def figure(bench: Bench) -> Measure:
    """5,000 desks, a hundred times or as often as there is time for; taken once however many runs there are."""
    store = bench.store("sqlite", SIZE)
    taken: dict[str, float] = {}

    def take() -> Run:
        if not taken:
            found = measure(store, DESKS // 10 if bench.is_quick else DESKS, 3 * READ_EVERY if bench.is_quick else ROUNDS, bench.cores.server)
            taken.update({"comings.rounds": found.rounds, "comings.grown": found.grown, "comings.resident": max(found.resident.values())})
        return taken

    return take


def main() -> None:
    desks, rounds, seconds = (int(given) for given in [*sys.argv[1:], *map(str, (DESKS, ROUNDS, MOST_SECONDS)[len(sys.argv) - 1 :])])
    with alone() as bench:
        found = measure(bench.store("sqlite", Size(desks, people=1)), desks, rounds, bench.cores.server, most_seconds=seconds)
        print(f"{desks:,} desks came and went {found.rounds} times in {found.seconds:.0f} s: {found.grown:+.1f} MiB")


if __name__ == "__main__":
    main()
