"""Distributions, and what changes over time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from confsvc.drill.answers import AT_ONCE, Answers
from confsvc.drill.samples import Samples
from confsvc.drill.viewers import Lags

MIB = 2**20
# The points of a plot: more cannot be seen.
PLOTTED = 300


@dataclass(frozen=True, slots=True)
class Spread:
    """`count` durations, in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float
    p999: float
    longest: float


@dataclass(slots=True)
class Series:
    """What changes over time: `at` are the ends of stretches, in seconds; None where nothing happened."""

    at: list[float] = field(default_factory=list)
    come: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    p50_ms: list[float | None] = field(default_factory=list)
    p99_ms: list[float | None] = field(default_factory=list)
    lag_ms: list[float | None] = field(default_factory=list)
    memory_mib: list[float] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    own_share: list[float] = field(default_factory=list)


def spread(seconds: Sequence[float]) -> Spread:
    """The distribution of these durations; all 0 where there are none."""
    ordered = sorted(seconds)
    if not ordered:
        return Spread(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    return Spread(len(ordered), *map(partial(quantile_ms, ordered), (0.5, 0.95, 0.99, 0.999, 1.0)))


def quantile_ms(ordered: Sequence[float], part: float) -> float:
    """The least duration that so large a part of all does not exceed."""
    return round(ordered[max(-int(-part * len(ordered) // 1) - 1, 0)] * 1000, 1)


def gather(samples: Samples, answers: Answers, lags: Lags) -> Series:
    """Stretches of a second, or longer where there would be too many."""
    taken = samples.taken
    taken = taken[:: max(1, len(taken) // PLOTTED)]
    people = answers.numbers(AT_ONCE)
    lag_order = sorted(range(len(lags.seconds)), key=lags.seen_at.__getitem__)
    series, person, lag = Series(), 0, 0
    for before, sample in pairwise(taken):
        stretch = sample.at - before.at
        durations, late = [], []
        while person < len(people) and answers.at[people[person]] <= sample.at:
            durations.append(answers.latency[people[person]])
            person += 1
        while lag < len(lag_order) and lags.seen_at[lag_order[lag]] <= sample.at:
            late.append(lags.seconds[lag_order[lag]])
            lag += 1
        durations.sort()
        series.at.append(round(sample.at, 2))
        series.come.append(round((sample.come - before.come) / stretch, 1))
        series.answered.append(round((sample.answered - before.answered) / stretch, 1))
        series.waiting.append(sample.come - sample.answered)
        series.p50_ms.append(quantile_ms(durations, 0.5) if durations else None)
        series.p99_ms.append(quantile_ms(durations, 0.99) if durations else None)
        series.lag_ms.append(quantile_ms(sorted(late), 0.99) if late else None)
        series.memory_mib.append(round(sample.memory / MIB, 1))
        series.lines.append(sample.lines)
        series.own_share.append(round(sample.own_share, 3))
    return series
