"""Runs of figures, of which one may fail."""

from contextlib import ExitStack

import pytest

from benchmarks.bench import Bench, Figure, Measure
from benchmarks.figures import BY_DEFAULT, FIGURES
from benchmarks.machine import Cores
from benchmarks.readings import Taken
from benchmarks.taking import estimate, take, wanted


def figure(*answers: float | Exception, once: bool = False, is_default: bool = True) -> Figure:
    """One that says these numbers, or fails, run after run."""
    left = iter(answers)

    def measure() -> dict[str, float]:
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return {"a figure": answer, "load.share": answer / 10}

    return Figure(lambda _: measure, 60, 30, once=once, is_default=is_default)


def broken(_: Bench) -> Measure:
    raise RuntimeError("no such package\nand more lines")


def taken(figures: dict[str, Figure], runs: int) -> tuple[Taken, list[str]]:
    said: list[str] = []
    with ExitStack() as closing:
        found = list(take(figures, runs, Bench(Cores(0, 1), True, closing), said.append))
    assert len(found) == runs
    return found[-1], said


def test_each_run_takes_every_figure() -> None:
    found, _ = taken({"one": figure(1, 2), "other": Figure(lambda _: lambda: {"another": 5.0}, 0, 0)}, 2)
    assert found.runs == [{"a figure": 1, "another": 5, "load.share": 0.1}, {"a figure": 2, "another": 5, "load.share": 0.2}]
    assert found.failures == {}
    assert set(found.seconds) == {"one", "other"}


def test_the_load_is_the_most_that_any_figure_had() -> None:
    found, _ = taken({"one": figure(9), "other": figure(3)}, 1)
    assert found.runs[0]["load.share"] == 0.9


def test_a_figure_that_fails_is_named_and_the_others_are_kept() -> None:
    found, said = taken({"bad": figure(RuntimeError("a board did not follow"), 4), "good": Figure(lambda _: lambda: {"another": 5.0}, 0, 0)}, 2)
    assert found.runs == [{"another": 5, "load.share": 0}, {"a figure": 4, "another": 5, "load.share": 0.4}]
    assert found.told_failures() == ["bad failed (run 1: RuntimeError: a board did not follow)"]
    assert "run 1, bad FAILED; the others go on" in said


def test_a_figure_that_cannot_be_prepared_is_never_taken() -> None:
    found, _ = taken({"bad": Figure(broken, 0, 0), "good": figure(1, 2)}, 2)
    assert [run["a figure"] for run in found.runs] == [1, 2]
    assert found.told_failures() == ["bad failed (prepared: RuntimeError: no such package)"]


def test_a_figure_that_is_taken_once_is_not_taken_again() -> None:
    found, _ = taken({"one": figure(1, once=True)}, 3)
    assert ["a figure" in run for run in found.runs] == [True, False, False]
    assert found.failures == {}


def test_the_estimate_adds_what_each_takes() -> None:
    assert estimate({"one": figure(), "other": figure(once=True)}, 3) == [
        "· one: about 150 s",
        "· other: about 90 s",
        "about 4 minutes in all on two quiet cores",
    ]


@pytest.mark.parametrize(
    ("only", "further", "names"),
    [(None, [], ["a", "b"]), (None, ["slow"], ["a", "b", "slow"]), (["b"], [], ["b"]), (["b"], ["slow"], ["b", "slow"]), (["slow", "a"], [], ["a", "slow"])],
)
def test_what_is_slow_to_set_up_is_taken_when_asked_for(only: list[str] | None, further: list[str], names: list[str]) -> None:
    figures = {"a": figure(), "b": figure(), "slow": figure(is_default=False)}
    assert list(wanted(only, further, figures)) == names


def test_all_but_what_takes_long_are_taken_by_default() -> None:
    assert set(FIGURES) - set(BY_DEFAULT) == {"pretix", "comings-and-goings"}


def test_three_runs_of_all_fit_into_half_an_hour() -> None:
    assert sum(FIGURES[name].seconds(3) for name in BY_DEFAULT) <= 30 * 60
