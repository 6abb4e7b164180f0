"""What is made of how things grow."""

from pathlib import Path

import pytest

from benchmarks.growth_report import BEGINS, ENDS, Growth, growth_power, growth_table, keep_growth, steepest, steepest_told
from benchmarks.report import PAGE

FOUND: Growth = {
    "sites": {10: {"memory MiB": 100.0, "one scan ms": 2.0}, 100: {"memory MiB": 100.0, "one scan ms": 20.0}},
    "desks": {10: {"memory MiB": 100.0, "one scan ms": 2.0}, 100: {"memory MiB": 1000.0, "one scan ms": 2.0}},
}


@pytest.mark.parametrize(("last", "power"), [(2.0, 0), (20.0, 1), (200.0, 2), (0.0, 0)])
def test_the_power_says_how_a_value_grew_over_the_last_step(last: float, power: float) -> None:
    assert growth_power({10: {"x": 7.0}, 100: {"x": 2.0}, 1000: {"x": last}}, "x") == pytest.approx(power)


def test_one_count_alone_does_not_grow() -> None:
    assert growth_power({10: {"x": 7.0}}, "x") == 0


def test_the_table_has_a_row_for_each_thing_measured() -> None:
    assert growth_table(FOUND) == [
        "| with the | | 10 | 100 | power |",
        "|---|---|---|---|---|",
        "| sites | memory MiB | 100 | 100 | 0.0 |",
        "| sites | … KiB for each |  | 0 | |",
        "| sites | one scan ms | 2 | 20 | 1.0 |",
        "| desks | memory MiB | 100 | 1,000 | 1.0 |",
        "| desks | … KiB for each |  | 10,240 | |",
        "| desks | one scan ms | 2 | 2 | 0.0 |",
    ]


def test_what_grows_most_is_named() -> None:
    power, what = steepest(FOUND)
    assert (round(power, 6), what) == (1, "one scan with the sites")
    assert steepest_told(FOUND) == "Nothing grows faster than linearly; what grows most is one scan with the sites, by the power 1.0 over the last step."
    worse: Growth = {**FOUND, "boards": {10: {"one change to all ms": 2.0}, 100: {"one change to all ms": 200.0}}}
    assert steepest_told(worse).startswith("**Something grows faster than linearly**; what grows most is one change to all with the boards, by the power 2.0")


def test_the_plots_are_the_same_for_the_same_figures(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{BEGINS}\n{ENDS}\n")
    keep_growth(FOUND, page, tmp_path / "results", tmp_path / "pictures")
    drawn = {path.name: path.read_bytes() for path in (tmp_path / "pictures").iterdir()}
    keep_growth(FOUND, page, tmp_path / "results", tmp_path / "pictures")
    assert sorted(drawn) == ["growth-desks.svg", "growth-sites.svg"]
    assert {path.name: path.read_bytes() for path in (tmp_path / "pictures").iterdir()} == drawn
    assert "![What grows with the sites](pictures/growth-sites.svg)" in page.read_text()


def test_the_documentation_has_a_place_for_it() -> None:
    assert PAGE.read_text().index(BEGINS) < PAGE.read_text().index(ENDS)
