"""What `growth` has found: a file of results, a plot for each thing that there can be many of, and a table in docs/performance.md."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import ceil, floor, log10
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from benchmarks.machine import ROOT
from benchmarks.readings import Run, shown
from benchmarks.report import PAGE, RESULTS, rewrite_page

BEGINS, ENDS = "<!-- growth: ./dev bench writes what is between these two lines -->", "<!-- end of growth -->"
PICTURES = ROOT / "docs" / "pictures"
# Dimension → how many of it → what was measured.
Growth = dict[str, dict[int, Run]]
MEMORY = "memory MiB"
# Told apart by lightness too.
COLOURS = ("#0b3c6f", "#c2571a", "#8fb4d9", "#3d7a3a", "#e3a857", "#7a4a8c", "#555555", "#d98cb3", "#000000")
# What a measurement strays by on a quiet machine, as a power over one step.
LINEAR = 1.2
INCHES = (9.0, 3.2)


def keep_growth(found: Growth, page: Path = PAGE, results: Path = RESULTS, pictures: Path = PICTURES) -> None:
    """Write the file, the plots and the table."""
    results.mkdir(parents=True, exist_ok=True)
    pictures.mkdir(parents=True, exist_ok=True)
    (results / f"{datetime.now(UTC):%Y-%m-%d}-growth.json").write_text(json.dumps(found, indent=2) + "\n")
    links = []
    for dimension, points in found.items():
        name = f"growth-{dimension}.svg"
        plot(dimension, points, pictures / name)
        links.append(f"![What grows with the {dimension}]({pictures.name}/{name})")
    rewrite_page([*growth_table(found), "", steepest_told(found), "", *links], page, BEGINS, ENDS)


def growth_table(found: Growth) -> list[str]:
    """One row for each thing that was measured, with the power of the number by which it grew over the last step: 1 is linearly, 0 not at all."""
    counts = sorted({count for points in found.values() for count in points})
    lines = ["| with the | | " + " | ".join(f"{count:,}" for count in counts) + " | power |", "|---|---|" + "---|" * (len(counts) + 1)]
    for dimension, points in found.items():
        for name in points[max(points)]:
            values = [f"{shown(points[count][name])}" if count in points else "" for count in counts]
            lines.append(f"| {dimension} | {name} | {' | '.join(values)} | {growth_power(points, name):.1f} |".replace("-0.0", "0.0"))
            if name == MEMORY:
                each = [memory_of_each(points, count) for count in counts]
                lines.append(f"| {dimension} | … KiB for each | {' | '.join(each)} | |")
    return lines


def memory_of_each(points: Mapping[int, Run], count: int) -> str:
    """What each beyond the least number of them adds, in KiB."""
    least = min(points)
    return shown((points[count][MEMORY] - points[least][MEMORY]) * 1024 / (count - least)) if count in points and count > least else ""


def steepest(found: Growth) -> tuple[float, str]:
    """The largest power of all, and what has it."""
    return max(
        ((growth_power(points, name), f"{name.rpartition(' ')[0]} with the {dimension}") for dimension, points in found.items() for name in points[max(points)])
    )


def steepest_told(found: Growth) -> str:
    """A sentence for the page."""
    power, what = steepest(found)
    verdict = "Nothing grows faster than linearly" if power <= LINEAR else "**Something grows faster than linearly**"
    return f"{verdict}; what grows most is {what}, by the power {power:.1f} over the last step."


def growth_power(points: Mapping[int, Run], name: str) -> float:
    """The p of n^p that leads from the last count but one to the last; 0 where there is only one."""
    counts: Sequence[int] = sorted(points)[-2:]
    if len(counts) < len(("before", "last")):
        return 0.0
    before, last = (points[count][name] for count in counts)
    return log10(last / before) / log10(counts[1] / counts[0]) if before > 0 and last > 0 else 0.0


def whole_decades(values: Sequence[float]) -> tuple[float, float]:
    """The powers of ten around them, so that the steps of a line look the same in every plot."""
    low = floor(log10(min(values)))
    return 10.0**low, 10.0 ** max(ceil(log10(max(values))), low + 1)


def plot(dimension: str, points: Mapping[int, Run], path: Path) -> None:
    """Times on the left, memory on the right, both axes by powers of ten; the same file for the same figures."""
    counts = sorted(points)
    with rc_context({"svg.hashsalt": "confsvc", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=INCHES, layout="constrained")
        times, memory = figure.subplots(1, 2, width_ratios=(3, 2))
        names = [name for name in points[counts[-1]] if name != MEMORY]
        for colour, name in zip(COLOURS[: len(names)], names, strict=True):
            factor = 1000 if name.endswith(" s") else 1
            times.loglog(counts, [points[count][name] * factor for count in counts], "o-", color=colour, linewidth=1.2, markersize=3, label=name[:-2].strip())
        memory.semilogx(counts, [points[count][MEMORY] for count in counts], "o-", color=COLOURS[0], linewidth=1.2, markersize=3)
        times.set(title="Time", xlabel=dimension, ylabel="ms")
        memory.set(title="Memory of the server", xlabel=dimension, ylabel="MiB")
        memory.set_ylim(0, max(points[count][MEMORY] for count in counts) * 1.1)
        times.legend(frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
        times.set_ylim(*whole_decades([value for line in times.lines for value in line.get_ydata()]))
        times.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
        for axes in (times, memory):
            axes.set_xticks(counts, [f"{count:,}" for count in counts])
            axes.minorticks_off()
            axes.grid(alpha=0.3)
        figure.savefig(path, format="svg", metadata={"Date": None})
