"""Prepare figures and take them, run after run; one that fails is told of, and the others are taken all the same."""

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter

from benchmarks.bench import Bench, Figure, Measure
from benchmarks.catalogue import BY_KEY
from benchmarks.readings import Run, Taken, shown

LOAD_SHARE = "load.share"


def estimate(figures: Mapping[str, Figure], runs: int) -> list[str]:
    """About how long each figure takes, and all of them, a line each."""
    each = {name: figure.seconds(runs) for name, figure in figures.items()}
    lines = [f"· {name}: about {seconds:.0f} s" for name, seconds in each.items()]
    return [*lines, f"about {sum(each.values()) / 60:.0f} minutes in all on two quiet cores"]


def take(figures: Mapping[str, Figure], count: int, bench: Bench, say: Callable[[str], None] = print) -> Iterator[Taken]:
    """Prepare every figure, then measure them all, so many times over; what there is so far, after each run."""
    taken = Taken()
    measures = _prepare(figures, bench, taken, say)
    for number in range(1, count + 1):
        found: dict[str, float] = {}
        for name, measure in measures.items():
            if number > 1 and figures[name].once:
                continue
            began = perf_counter()
            try:
                one = measure()
            except Exception as problem:  # noqa: BLE001  # whatever is wrong with one figure, the others are taken
                _tell_failure(taken, name, f"run {number}", problem, say)
            else:
                say(f"run {number}, {name} ({perf_counter() - began:.0f} s): {_told(one)}")
                found |= {**one, LOAD_SHARE: max(found.get(LOAD_SHARE, 0.0), one.get(LOAD_SHARE, 0.0))}
            taken.seconds[name] += perf_counter() - began
        taken.runs.append(found)
        yield taken


def _prepare(figures: Mapping[str, Figure], bench: Bench, taken: Taken, say: Callable[[str], None]) -> dict[str, Measure]:
    measures: dict[str, Measure] = {}
    for name, figure in figures.items():
        began = perf_counter()
        try:
            measures[name] = figure.prepare(bench)
        except Exception as problem:  # noqa: BLE001  # as above
            _tell_failure(taken, name, "prepared", problem, say)
        else:
            say(f"· {name} prepared in {perf_counter() - began:.0f} s")
        taken.seconds[name] = perf_counter() - began
    return measures


def _tell_failure(taken: Taken, name: str, when: str, problem: Exception, say: Callable[[str], None]) -> None:
    taken.fail(name, when, problem)
    say("".join(traceback.format_exception(problem)).rstrip())
    say(f"{when}, {name} FAILED; the others go on")


def _told(taken: Run) -> str:
    return ", ".join(f"{key} {shown(value)} {BY_KEY[key].unit if key in BY_KEY else ''}".strip() for key, value in taken.items())


def wanted(only: Sequence[str] | None, further: Sequence[str], figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """The figures that are asked for, in their order: those named alone, or all that are taken by default, and some further ones."""
    named = set(only) if only else {name for name, figure in figures.items() if figure.is_default}
    return {name: figure for name, figure in figures.items() if name in named | set(further)}
