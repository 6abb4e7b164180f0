"""The report of a drill: a page of Markdown with its plots beside it, and everything as JSON."""

from importlib.util import find_spec
from pathlib import Path

from confsvc.drill.own_share import MOST_SHARE
from confsvc.drill.result import P99_MS, Result
from confsvc.drill.series import Spread

REPORT, FIGURES = "report.md", "result.json"


def write_report(result: Result, folder: Path) -> list[Path]:
    """Write it all into `folder`, made where it is missing; the plots only where matplotlib (the extra `drill`) is installed. Returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    plots: list[tuple[str, Path]] = []
    if find_spec("matplotlib"):
        from confsvc.drill.plots import draw  # noqa: PLC0415  # needs the extra `drill`

        plots = draw(result.series, folder)
    (folder / FIGURES).write_text(result.to_json() + "\n")
    (folder / REPORT).write_text(as_markdown(result, plots))
    return [folder / REPORT, folder / FIGURES, *(path for _, path in plots)]


def as_markdown(result: Result, plots: list[tuple[str, Path]]) -> str:
    """The page, its plots by their names."""
    wanted, count = result.wanted, result.count
    verdict = "**Passed.**" if result.passed else "**Failed:** " + "; ".join(result.failures) + "."
    lines = [
        f"# Drill: {wanted['sites']:,} sites, {wanted['people']:,} people in {wanted['minutes']:g} minutes",
        "",
        f"{verdict} Begun {result.started}; {result.machine}; {wanted['speed']:g} times as fast as life; seed {wanted['seed']}.",
        "",
        *(f"- {sentence}" for sentence in result.real),
        "",
        "| figure | value | wanted |",
        "|---|---|---|",
        f"| check-ins/s, mean · most in a stretch | {result.throughput['mean']:,.0f} · {result.throughput['most']:,.0f} | |",
        f"| answer, p50 · p95 · p99 · p99.9 · longest | {_in_words(result.at_once)} | p99 ≤ {P99_MS} ms |",
        f"| answer to returning desks, the same | {_in_words(result.returned)} | |",
        f"| acknowledged · lost · doubled | {count.answered:,} · {count.lost} · {count.doubled} | 0 lost, 0 doubled |",
        f"| unanswered · refused · errors tried again | {count.unanswered} · {count.refused} · {sum(result.lines['errors'].values())} | 0 unanswered |",
        f"| in the log · present · tallied | {count.arrived:,} · {count.present:,} · {count.tallied:,} | all alike |",
        f"| board lag, p50 · p95 · p99 · p99.9 · longest | {_in_words(Spread(**result.boards['lag']))} | |",
        f"| board frames · gaps, after which a board asked for all | {result.boards['frames']:,} · {result.boards['gaps']:,} | |",
        f"| lines at a time · ended by the server | {result.lines['most']:,} · {sum(result.lines['ended_by_the_server'].values())} | |",
        f"| memory of the server, first · most · last | {_memory(result)} | |",
        f"| load program's share of a core, mean · most | {result.own['share_mean']:.0%} · {result.own['share_busiest_second']:.0%} | ≤ {MOST_SHARE:.0%} |",
        f"| load program: longest that an answer lay unread | {result.own['longest_turn_ms']:g} ms | |",
        "",
    ]
    for title, path in plots:
        lines += [f"![{title}]({path.name})", ""]
    if not plots:
        lines += ["No plots: they need matplotlib, the extra `drill`.", ""]
    return "\n".join(lines)


def _in_words(spread: Spread) -> str:
    if not spread.count:
        return "none"
    return f"{spread.p50:g} · {spread.p95:g} · {spread.p99:g} · {spread.p999:g} · {spread.longest:g} ms ({spread.count:,})"


def _memory(result: Result) -> str:
    found = result.memory_mib
    return f"{found['first']:g} · {found['most']:g} · {found['last']:g} MiB" if found else "not watched"
