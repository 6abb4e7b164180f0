"""Numbers of several runs: the middle one, how far they lie apart, ratios taken run by run, and whether a goal is met."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Run = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should be: at least, or at most, so much."""

    bound: float
    at_least: bool

    def is_met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {shown(self.bound)}"


@dataclass(frozen=True, slots=True)
class Summary:
    """What several runs say of one figure."""

    median: float
    least: float
    most: float
    runs: int


@dataclass
class Taken:
    """What the runs have found, what failed and why, and the seconds that each figure took in all."""

    runs: list[Run] = field(default_factory=list)
    failures: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def fail(self, name: str, when: str, problem: Exception) -> None:
        first = (str(problem).splitlines() or [""])[0]
        self.failures.setdefault(name, []).append(f"{when}: {type(problem).__name__}: {first}".removesuffix(": "))

    def told_failures(self) -> list[str]:
        """A line for each figure that failed."""
        return [f"{name} failed ({'; '.join(why)})" for name, why in self.failures.items()]


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that is not below this share of all (nearest rank); 0 of none."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * share // 1) - 1)] if ordered else 0.0


def summarise(values: Sequence[float]) -> Summary:
    return Summary(statistics.median(values), min(values), max(values), len(values))


def ratios(runs: Sequence[Run], above: str, below: str) -> list[float]:
    """How many times `below` goes into `above`, for each run that has both: machines drift between runs more than within one."""
    return [run[above] / run[below] for run in runs if above in run and run.get(below)]


def shown(value: float) -> str:
    """A number as a table shows it: three digits that mean something, thousands set off."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}".removesuffix(".0")
