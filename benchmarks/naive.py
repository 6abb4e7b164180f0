"""What the naive handler (`naive_server`) does under the very load of `check_ins`, in the same run.

.venv/bin/python -m benchmarks.naive [seconds]
"""

import sys
from dataclasses import replace

from benchmarks.bench import Bench, Measure
from benchmarks.check_ins import DATABASES, FIFTY, Saturation, Shape, measure, shortened, told
from benchmarks.machine import share_out_cores
from benchmarks.readings import Run
from benchmarks.stores import Copy, Store, sqlite_store


def figure(bench: Bench) -> Measure:
    """50 desks and 100 boards, on both databases."""
    shape = shortened(bench, FIFTY)
    stores = {database: bench.store(database, shape.size) for database in DATABASES}

    def take() -> Run:
        found: dict[str, float] = {}
        for database, store in stores.items():
            one = measure_naive(store, shape, bench.cores.server)
            found |= {f"naive.{database}": one.rate, f"naive.{database}_p99": one.p99}
        return found

    return take


def measure_naive(store: Store, shape: Shape, core: int) -> Saturation:
    return measure(store, shape, core, command=_command)


def _command(copy: Copy) -> list[str]:
    return [sys.executable, "-m", "benchmarks.naive_server", copy.database.render_as_string(hide_password=False)]


def main() -> None:
    shape = replace(FIFTY, seconds=float(sys.argv[1])) if len(sys.argv) > 1 else FIFTY
    core = share_out_cores().server
    with sqlite_store(shape.size) as store:
        print(told(measure_naive(store, shape, core)))


if __name__ == "__main__":
    main()
