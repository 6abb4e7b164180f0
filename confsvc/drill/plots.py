"""The plots of a drill, as SVG files that are the same for the same figures."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from confsvc.drill.result import P99_MS
from confsvc.drill.series import Series

Curve = tuple[str, Sequence[float | None], str]
# Told apart by lightness too.
DARK, MIDDLE, LIGHT = "#0b3c6f", "#c2571a", "#8fb4d9"
INCHES = (9.0, 2.8)


def draw(series: Series, folder: Path) -> list[tuple[str, Path]]:
    """Title and file of each plot."""
    plots: list[tuple[str, str, str, list[Curve], float | None]] = [
        ("latency", "From standing at the desk to the answer", "ms", [("p99", series.p99_ms, MIDDLE), ("p50", series.p50_ms, DARK)], P99_MS),
        ("throughput", "People a second", "1/s", [("come", series.come, LIGHT), ("answered", series.answered, DARK)], None),
        ("waiting", "People who have come and are not answered yet, those at desks without a line among them", "", [("", series.waiting, DARK)], None),
        ("boards", "How far boards are behind, p99", "ms", [("", series.lag_ms, DARK)], None),
        ("lines", "Open lines", "", [("", series.lines, DARK)], None),
        ("load", "The load program's share of a core", "", [("", series.own_share, DARK)], None),
    ]
    if any(series.memory_mib):
        plots.append(("memory", "Memory of the server", "MiB", [("", series.memory_mib, DARK)], None))
    return [(title, _plot(folder / f"{name}.svg", series.at, title, unit, curves, bound)) for name, title, unit, curves, bound in plots]


def _plot(path: Path, at: Sequence[float], title: str, unit: str, curves: Sequence[Curve], bound: float | None) -> Path:
    with rc_context({"svg.hashsalt": "confsvc", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=INCHES, layout="constrained")
        axes = figure.subplots()
        for label, values, colour in curves:
            # Joined over stretches in which nothing happened: a point between two gaps would not be seen.
            shown = [(moment, value) for moment, value in zip(at, values, strict=True) if value is not None]
            axes.plot(*zip(*shown, strict=True) if shown else ((), ()), color=colour, linewidth=1.2, label=label)
        if bound is not None:
            axes.axhline(bound, color="#888888", linewidth=0.8, linestyle="--")
        axes.set(title=title, xlabel="seconds from the first arrival", ylabel=unit)
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", alpha=0.3)
        if len(curves) > 1:
            axes.legend(frameon=False, ncols=len(curves))
        figure.savefig(path, format="svg", metadata={"Date": None})
    return path
