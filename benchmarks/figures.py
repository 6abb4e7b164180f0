"""The figures by name; each prepares what it needs and returns how it is measured."""

from collections.abc import Callable

from benchmarks import check_ins, commits, fan_out, growth, memory, naive, organiser_pages, reconnects
from benchmarks.bench import Bench, Measure
from benchmarks.peers import node

FIGURES: dict[str, Callable[[Bench], Measure]] = {
    "check-ins": check_ins.figure,
    "wide": check_ins.wide_figure,
    "naive": naive.figure,
    "commits": commits.figure,
    "fan-out": fan_out.figure,
    "node": node.figure,
    "memory": memory.figure,
    "reconnects": reconnects.figure,
    "pages": organiser_pages.figure,
    "growth": growth.figure,
}
