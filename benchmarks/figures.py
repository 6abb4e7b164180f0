"""The figures by name; each prepares what it needs and returns how it is measured."""

from benchmarks import check_ins, comings, commits, fan_out, growth, memory, naive, organiser_pages, reconnects
from benchmarks.bench import Figure
from benchmarks.peers import node, pretix

FIGURES = {
    "check-ins": Figure(check_ins.figure, 60, 30),
    "wide": Figure(check_ins.wide_figure, 60, 30),
    "naive": Figure(naive.figure, 0, 30),
    "commits": Figure(commits.figure, 0, 25),
    "fan-out": Figure(fan_out.figure, 5, 100),
    "node": Figure(node.figure, 10, 45),
    "memory": Figure(memory.figure, 20, 20),
    "reconnects": Figure(reconnects.figure, 5, 25),
    "comings-and-goings": Figure(comings.figure, 5, 480, once=True, is_default=False),
    "pages": Figure(organiser_pages.figure, 20, 30),
    "growth": Figure(growth.figure, 0, 300, once=True),
    "pretix": Figure(pretix.figure, 180, 20, is_default=False),
}
BY_DEFAULT = tuple(name for name, figure in FIGURES.items() if figure.is_default)
