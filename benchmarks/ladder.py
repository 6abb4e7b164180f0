"""What each step of the hot path gains: the same load as in `check_ins`, on the server with one step taken out.

.venv/bin/python -m benchmarks.ladder [seconds] [runs]
"""

import sys
from collections import defaultdict
from dataclasses import replace
from functools import partial
from statistics import median

from benchmarks.check_ins import FIFTY, Saturation, measure
from benchmarks.machine import share_out_cores
from benchmarks.naive import measure_naive
from benchmarks.stores import Copy, sqlite_store

# What is told of each step that `without` can take out.
STEPS = {
    "nothing": "all of it",
    "packets": "without handing messages on as they came (`live/straight.py`)",
    "context": "without acts beside the application context (`live/door.py`; a group enters it once)",
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
    found: defaultdict[str, list[Saturation]] = defaultdict(list)
    with sqlite_store(shape.size) as store:
        # In turns: the pace of a machine that is shared changes within minutes.
        for _run in range(runs):
            for step, title in STEPS.items():
                found[title].append(measure(store, shape, core, command=partial(_command, step)))
            found["the naive handler (`benchmarks/naive_server.py`)"].append(measure_naive(store, shape, core))
    print("| server | processor time of each check-in, µs | check-ins/s | ack p99 ms | check-ins a commit |\n|---|---|---|---|---|")
    for title, taken in found.items():
        _tell(title, taken)


def _command(step: str, _: Copy) -> list[str]:
    return [sys.executable, "-m", "benchmarks.without", step, "serve", "--port", "0"]


def _tell(title: str, taken: list[Saturation]) -> None:
    rate, wait, batch = (median(getattr(one, key) for one in taken) for key in ("rate", "p99", "batch"))
    took = median(one.server_share / one.rate for one in taken)
    print(f"| {title} | {took * 1e6:,.0f} | {rate:,.0f} | {wait:.0f} | {batch:.1f} |")


if __name__ == "__main__":
    main()
