"""One change to many boards: from the moment a desk sends its scan until the last board has the frame that tells of it.

    .venv/bin/python -m benchmarks.fan_out [boards]

The commit lies in between, and the server's own bound of frames a second: a change is sent only when the one before it has long been told.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from benchmarks.bench import Bench, Measure, alone
from benchmarks.load import BusyDesk, Crowd, connect_boards, connect_desks, wire_to
from benchmarks.preparation import Size
from benchmarks.readings import Run, percentile
from benchmarks.servers import serving
from benchmarks.stores import Store
from confsvc.drill.own_share import OwnShare
from confsvc.drill.wire import Wire

# As a province has them.
SIZE = Size(halls=125, people=80)
CHANGES = {1000: 40, 5000: 20}
# Boards of more than a thousand viewers get a frame a second; and after each frame the server sends none for nine times as long as that one took
# it, at most five seconds (confsvc/live/coalescing.py). A change that comes sooner waits, which is not what is measured here.
PAUSE_SECONDS = 1.0
RESTS = 9
MOST_REST_SECONDS = 5.0
SPARE_SECONDS = 0.25
ARRIVE_SECONDS = 15
WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds from the scan until all boards have it: the middle one and p99 of all changes; the load's share of its core meanwhile."""

    p50: float
    p99: float
    load_share: float


def measure(store: Store, boards: int, changes: int, core: int) -> Spread:
    """So many changes to so many boards; raises RuntimeError where a board does not hear of one."""
    with store.fresh() as copy, serving(copy.settings, core) as server, wire_to(server.url) as wire:
        desk = BusyDesk(store.prepared.desks[0])
        connect_desks(wire, store.prepared.desks[:1], [desk])
        crowd = connect_boards(wire, store.prepared, boards)
        found, pause = [], MOST_REST_SECONDS
        for number in range(1, WARM_UP + changes + 1):
            found.append(change_all(wire, crowd, number, desk.scan, pause))
            pause = pause_after(found[-1][0])
        return spread_of(found[WARM_UP:])


def pause_after(milliseconds: float) -> float:
    """Seconds until the server sends the next change at once, after one that took so long."""
    return max(PAUSE_SECONDS, min(RESTS * milliseconds / 1000, MOST_REST_SECONDS)) + SPARE_SECONDS


def spread_of(found: Sequence[tuple[float, float]]) -> Spread:
    """Of the milliseconds and shares of each change."""
    times, shares = zip(*found, strict=True)
    return Spread(percentile(times, 0.5), percentile(times, 0.99), max(shares))


def change_all(wire: Wire, boards: Crowd, revision: int, change: Callable[[], None], pause: float) -> tuple[float, float]:
    """Milliseconds from the change, which comes after a pause, until all boards have its revision; and the load's share of its core meanwhile."""
    wire.run_until(lambda: False, pause)
    own, began = OwnShare(), perf_counter()
    change()
    if not wire.run_until(lambda: boards.all_have(revision), ARRIVE_SECONDS):
        raise RuntimeError(f"{boards.open - boards.arrived} boards did not hear of a change {boards.ended[:1]}")
    return (boards.heard_at - began) * 1000, own.mean


def figure(bench: Bench) -> Measure:
    """To 1,000 and to 5,000 boards."""
    store = bench.store("sqlite", SIZE)

    def take() -> Run:
        found: dict[str, float] = {}
        for boards, changes in CHANGES.items():
            spread = measure(store, boards, changes // 2 if bench.is_quick else changes, bench.cores.server)
            found |= {f"fan_out.{boards}": spread.p99, f"fan_out.{boards}_p50": spread.p50, f"fan_out.{boards}_load": spread.load_share}
        return found

    return take


def main() -> None:
    sizes = {int(sys.argv[1]): 20} if len(sys.argv) > 1 else CHANGES
    with alone() as bench:
        for boards, changes in sizes.items():
            spread = measure(bench.store("sqlite", SIZE), boards, changes, bench.cores.server)
            print(f"{boards:,} boards: all have it after {spread.p50:.1f} ms at the median, {spread.p99:.1f} ms at p99; load {spread.load_share:.0%} of a core")


if __name__ == "__main__":
    main()
