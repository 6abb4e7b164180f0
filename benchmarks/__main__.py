"""Every figure beside its goal and its peers, taken in the same runs: `./dev bench [--only figure …] [--runs 3] [--quick]`.

The server has one core to itself; the load, and PostgreSQL, have another one. Each run takes every figure once, so that ratios compare what was
measured within minutes. Results go to benchmarks/results/<date>.json and, if all figures were taken, into docs/performance.md.
"""

import argparse
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

from benchmarks.bench import Bench
from benchmarks.catalogue import BY_KEY
from benchmarks.figures import FIGURES
from benchmarks.machine import allow_many_sockets, describe, share_out_cores
from benchmarks.readings import Run, shown
from benchmarks.report import heading, rewrite_page, summaries, table, write_results
from benchmarks.servers import two_cores

LOAD_SHARE = "load.share"


def main() -> None:
    given = argparse.ArgumentParser(prog="./dev bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--only", nargs="+", choices=sorted(FIGURES), metavar="figure", help=f"of {', '.join(sorted(FIGURES))}")
    given.add_argument("--runs", type=int, default=3)
    given.add_argument("--quick", action="store_true", help="shorter runs and fewer clients: a hint, no figure")
    options = given.parse_args()
    names = options.only or list(FIGURES)
    allow_many_sockets()
    cores, began = share_out_cores(), datetime.now(UTC)
    ground = describe(cores) | {"quick": options.quick}
    print(f"{options.runs} runs of {', '.join(names)}; {two_cores(cores)}", flush=True)
    with ExitStack() as closing:
        runs = _take(names, options.runs, Bench(cores, options.quick, closing))
    lines = heading(ground, began, options.runs) + table(summaries(runs))
    print("\n".join(["", *lines, *(["", "Quick: fewer clients, shorter runs than the table says. No figure."] if options.quick else [])]))
    if not options.quick:
        print(f"\nkept in {write_results(ground, runs, began)}")
    if not options.quick and set(names) >= set(FIGURES):
        rewrite_page(lines)


def _take(names: Sequence[str], count: int, bench: Bench) -> list[Run]:
    """Prepare every figure, then measure them all, so many times over."""
    measures = {}
    for name in names:
        began = time.perf_counter()
        measures[name] = FIGURES[name](bench)
        print(f"· {name} prepared in {time.perf_counter() - began:.0f} s", flush=True)
    runs: list[Run] = []
    for number in range(1, count + 1):
        found: dict[str, float] = {}
        for name, measure in measures.items():
            taken = measure()
            print(f"run {number}, {name}: {_told(taken)}", flush=True)
            found |= {**taken, LOAD_SHARE: max(found.get(LOAD_SHARE, 0.0), taken.get(LOAD_SHARE, 0.0))}
        runs.append(found)
    return runs


def _told(taken: Run) -> str:
    return ", ".join(f"{key} {shown(value)} {BY_KEY[key].unit if key in BY_KEY else ''}".strip() for key, value in taken.items())


if __name__ == "__main__":
    main()
