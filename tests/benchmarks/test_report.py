"""The file of results and the table in the documentation."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.catalogue import ENTRIES
from benchmarks.readings import Run, Taken
from benchmarks.report import BEGINS, ENDS, PAGE, heading, rewrite_page, summaries, table, write_results

BEGAN = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RUNS: list[Run] = [{"check_ins.sqlite": 2600.0, "naive.sqlite": 200.0}, {"check_ins.sqlite": 3000.0, "naive.sqlite": 300.0}]


def test_every_ratio_is_one_of_figures_that_there_are() -> None:
    keys = {entry.key for entry in ENTRIES}
    assert len(keys) == len(ENTRIES)
    assert {one for entry in ENTRIES for one in entry.ratio_of or ()} <= keys


def test_the_table_says_medians_spreads_goals_and_whether_they_are_met() -> None:
    assert table(summaries(RUNS))[2:] == [
        "| durable check-ins, SQLite FULL, 50 desks + 100 boards, saturated | 2,800 /s | 2,600 – 3,000 | ≥ 2,500 /s | met |",
        "| … against the naive handler | 11.5 × | 10 – 13 | ≥ 12 × | **missed** |",
        "| naive handler (ORM, emit per scan), SQLite FULL, 50 desks + 100 boards, saturated | 250 /s | 200 – 300 |  |  |",
    ]


def test_one_run_has_no_spread() -> None:
    assert table(summaries([{"memory.worker": 86.0}]))[2] == "| memory of one idle worker | 86 MiB |  | ≤ 120 MiB | met |"


def test_the_results_keep_each_run_and_what_was_made_of_them(tmp_path: Path) -> None:
    taken = Taken(RUNS, {"node": ["run 2: RuntimeError: gone"]}, {"naive": 61.4})
    kept = json.loads(write_results({"revision": "abc"}, taken, BEGAN, folder=tmp_path / "results").read_text())
    assert (kept["revision"], kept["runs"], kept["taken_at"]) == ("abc", RUNS, "2026-11-23T12:00:00+00:00")
    assert (kept["failures"], kept["seconds"]) == (taken.failures, {"naive": 61})
    assert kept["figures"][1] == {
        "key": "check_ins.sqlite / naive.sqlite",
        "title": "… against the naive handler",
        "unit": "×",
        "median": 11.5,
        "least": 10.0,
        "most": 13.0,
        "runs": 2,
        "goal": "≥ 12",
        "met": False,
    }
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["2026-11-23.json"]


def test_a_part_of_the_figures_replaces_no_whole_file(tmp_path: Path) -> None:
    assert write_results({}, Taken(RUNS), BEGAN, ["naive", "node"], tmp_path).name == "2026-11-23-naive-node.json"


def test_only_what_is_between_the_marks_is_written_anew(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGINS}\nold\n{ENDS}\nafter\n")
    rewrite_page(["new"], page)
    assert page.read_text() == f"before\n{BEGINS}\n\nnew\n\n{ENDS}\nafter\n"


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n")
    with pytest.raises(RuntimeError, match="no place for the figures"):
        rewrite_page(["new"], page)
    assert page.read_text() == "before\n"


def test_the_documentation_has_a_place_for_the_table() -> None:
    assert PAGE.read_text().index(BEGINS) < PAGE.read_text().index(ENDS)


def test_the_heading_says_what_the_figures_were_taken_on() -> None:
    machine = {"server_and_load_apart": False, "cores": 1, "processor": "Fast", "memory_gib": 2, "kernel": "6.1", "load_average_before": 0.25}
    said = heading({"machine": machine, "versions": {"python": "3.11.7", "sqlite": "3.40"}, "revision": "f" * 40}, BEGAN, 1)
    assert said[0].startswith("Taken on 2026-11-23 at revision `ffffffffff`: 1 run, all on one core. Machine: 1 × Fast, 2 GiB, Linux 6.1; Python 3.11.7")
