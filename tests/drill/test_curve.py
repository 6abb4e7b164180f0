"""The curve: everybody comes, as the shape wants, and the same way every time."""

from bisect import bisect_right
from itertools import pairwise

import pytest

from confsvc.drill.curve import START, arrival_times, share_by

PEOPLE, SECONDS = 50_000, 1800.0


@pytest.mark.parametrize("people", [0, 1, 7, 1000])
def test_everybody_comes_once_and_within_the_time(people: int) -> None:
    times = arrival_times(people, SECONDS, seed=1)
    assert len(times) == people
    assert list(times) == sorted(times)
    assert all(0 <= time <= SECONDS for time in times)


def test_the_same_seed_gives_the_same_morning() -> None:
    assert arrival_times(1000, SECONDS, seed=1) == arrival_times(1000, SECONDS, seed=1)
    assert arrival_times(1000, SECONDS, seed=1) != arrival_times(1000, SECONDS, seed=2)


def test_the_speed_changes_nothing_but_the_pace() -> None:
    slow, fast = arrival_times(1000, SECONDS, seed=1), arrival_times(1000, SECONDS / 10, seed=1)
    assert [round(time / 10, 6) for time in slow] == [round(time, 6) for time in fast]


@pytest.mark.parametrize("moment", [0.15, 0.5, 0.75, START, 1.0])
def test_as_many_have_come_by_a_moment_as_the_shape_wants(moment: float) -> None:
    times = arrival_times(PEOPLE, SECONDS, seed=3)
    assert bisect_right(times, moment * SECONDS) / PEOPLE == pytest.approx(share_by(moment), abs=0.03)


def test_some_come_late_and_most_before() -> None:
    late = 1 - share_by(START)
    assert 0.05 < late < 0.2


def test_there_are_bursts_above_the_line() -> None:
    times = arrival_times(PEOPLE, SECONDS, seed=4)
    edges = [n * SECONDS / 200 for n in range(201)]
    counts = [bisect_right(times, end) - bisect_right(times, start) for start, end in pairwise(edges)]
    wanted = [PEOPLE * (share_by(end / SECONDS) - share_by(start / SECONDS)) for start, end in pairwise(edges)]
    assert 3 <= sum(count > 1.25 * line for count, line in zip(counts, wanted, strict=True)) <= 18
