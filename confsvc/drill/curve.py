"""When people come: few at first, most shortly before it begins, some when whole buses stop, some late."""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from random import Random

# How many come at each part of the time, against the mean, joined by straight lines; it begins at START, and who comes after that is late.
START = 0.85
SHAPE = ((0.0, 0.45), (0.15, 0.85), (0.5, 1.25), (0.75, 1.35), (START, 1.05), (1.0, 0.5))
# Buses: for a hundredth of the time so many more come.
BURSTS = 6
BURST_WIDTH = 0.01
BURST_HEIGHT = 0.6
BURSTS_BETWEEN = (0.2, 0.8)
STEPS = 2000


def arrival_times(people: int, seconds: float, seed: int) -> "array[float]":
    """When each of so many comes, in seconds from the beginning, rising, all within `seconds`; the same for the same seed.

    Each comes when chance wants, as in life: two may come at one moment, and a second may hold none.
    """
    random = Random(f"arrivals {seed}")  # noqa: S311  # to be the same every time
    come_until = list(accumulate(_densities(random)))
    whole = come_until[-1]
    draws = sorted(random.random() * whole for _ in range(people))
    return array("d", (_moment(come_until, draw) * seconds for draw in draws))


def share_by(moment: float) -> float:
    """Which share of all has come at this part (0…1) of the time, buses left aside."""
    whole = sum(_area(one, other, 1.0) for one, other in pairwise(SHAPE))
    return sum(_area(one, other, moment) for one, other in pairwise(SHAPE)) / whole


def _densities(random: Random) -> list[float]:
    """How many come in each of STEPS equal steps, against each other."""
    bursts = [random.uniform(*BURSTS_BETWEEN) for _ in range(BURSTS)]
    found = []
    for step in range(STEPS):
        moment = (step + 0.5) / STEPS
        inside = sum(start <= moment < start + BURST_WIDTH for start in bursts)
        found.append(_height(moment) + BURST_HEIGHT * inside)
    return found


def _height(moment: float) -> float:
    one, other = next((one, other) for one, other in pairwise(SHAPE) if moment <= other[0])
    return one[1] + (other[1] - one[1]) * (moment - one[0]) / (other[0] - one[0])


def _area(one: tuple[float, float], other: tuple[float, float], moment: float) -> float:
    """Below the line from one point to the other, as far as `moment`."""
    until = min(max(moment, one[0]), other[0])
    return (until - one[0]) * (one[1] + _height(until)) / 2 if until > one[0] else 0.0


def _moment(come_until: Sequence[float], draw: float) -> float:
    """The part of the time at which so many have come."""
    step = min(bisect_right(come_until, draw), len(come_until) - 1)
    before = come_until[step - 1] if step else 0.0
    return (step + (draw - before) / (come_until[step] - before)) / len(come_until)
