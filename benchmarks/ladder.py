"""What each step of the hot path gains: the same load as in `check_ins`, on the server with one step taken out.

.venv/bin/python -m benchmarks.ladder [seconds] [runs]
"""

import sys
from dataclasses import replace
from functools import partial
from statistics import median

from benchmarks.check_ins import FIFTY, measure
from benchmarks.machine import share_out_cores
from benchmarks.naive import measure_naive
from benchmarks.stores import Copy, sqlite_store

# What is told of each step that `without` can take out.
STEPS = {
    "nothing": "all of it",
    "thread": "without the thread that waits for the disk (`database._commit_off_the_loop`)",
    "statements": "without statements that are compiled once (`domain/prepared.py`)",
    "gathering": "without gathering what desks are told (`live/coalescing.py`)",
    "sockets": "without writing straight to sockets (`live/outlet.py`, `live/straight.py`)",
    "hot": "without events beside the request context (`Door.hot`)",
    "group": "without the group commit (`live/group_commit.py`)",
}


def main() -> None:
    seconds, runs = (float(sys.argv[1]) if len(sys.argv) > 1 else FIFTY.seconds), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    shape, core = replace(FIFTY, seconds=seconds), share_out_cores().server
    print("| server | check-ins/s | ack p99 ms | a commit |\n|---|---|---|---|")
    with sqlite_store(shape.size) as store:
        for step, title in STEPS.items():
            found = [measure(store, shape, core, command=partial(_command, step)) for _run in range(runs)]
            _tell(title, [one.rate for one in found], [one.p99 for one in found], [one.batch for one in found])
        naive = [measure_naive(store, shape, core) for _run in range(runs)]
        _tell("the naive handler", [one.rate for one in naive], [one.p99 for one in naive], [one.batch for one in naive])


def _command(step: str, _: Copy) -> list[str]:
    return [sys.executable, "-m", "benchmarks.without", step, "serve", "--port", "0"]


def _tell(title: str, rates: list[float], waits: list[float], batches: list[float]) -> None:
    print(f"| {title} | {median(rates):,.0f} | {median(waits):.0f} | {median(batches):.1f} |", flush=True)


if __name__ == "__main__":
    main()
