"""Every figure beside its goal and its peers, taken in the same runs: `./dev bench [--only figure …] [--with pretix] [--runs 3] [--quick]`.

The server has one core to itself; the load, and PostgreSQL, have another one. Each run takes every figure once, so that ratios compare what was
measured within minutes. Results go to benchmarks/results/<date>.json after each run and, if all figures were asked for, into
docs/performance.md. A figure that fails is named, the others are kept, and the exit status is 1.
"""

import argparse
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial

from benchmarks.bench import Bench
from benchmarks.figures import BY_DEFAULT, FIGURES
from benchmarks.machine import allow_many_sockets, describe, share_out_cores
from benchmarks.report import heading, rewrite_page, summaries, table, write_results
from benchmarks.servers import two_cores
from benchmarks.taking import estimate, take, wanted

say = partial(print, flush=True)


def main() -> None:
    given = argparse.ArgumentParser(prog="./dev bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--only", nargs="+", choices=sorted(FIGURES), metavar="figure", help=f"of {', '.join(sorted(FIGURES))}")
    optional = sorted(set(FIGURES) - set(BY_DEFAULT))
    given.add_argument("--with", nargs="+", choices=optional, default=[], dest="further", metavar="figure", help=f"also {', '.join(optional)}")
    given.add_argument("--runs", type=int, default=3)
    given.add_argument("--quick", action="store_true", help="shorter runs and fewer clients: a hint, no figure")
    options = given.parse_args()
    figures = wanted(options.only, options.further, FIGURES)
    allow_many_sockets()
    cores, began = share_out_cores(), datetime.now(UTC)
    ground = describe(cores) | {"quick": options.quick}
    is_whole = set(figures) >= set(BY_DEFAULT)
    say("\n".join([f"{options.runs} runs of {', '.join(figures)}; {two_cores(cores)}", *([] if options.quick else estimate(figures, options.runs))]))
    with ExitStack() as closing:
        for taken in take(figures, options.runs, Bench(cores, options.quick, closing), say):
            if not options.quick:
                kept = write_results(ground, taken, began, () if is_whole else tuple(figures))
        lines = heading(ground, began, len(taken.runs)) + table(summaries(taken.runs)) + [f"\n{one}." for one in taken.told_failures()]
        say("\n".join(["", *lines, *(["", "Quick: fewer clients, shorter runs than the table says. No figure."] if options.quick else [])]))
        if not options.quick:
            say(f"\nkept in {kept}")
        if not options.quick and is_whole:
            rewrite_page(lines)
    if taken.failures:
        sys.exit(1)


if __name__ == "__main__":
    main()
