"""How much one sender may send."""

import time
from collections.abc import Callable
from itertools import islice

AVERAGED_SECONDS = 10


class Allowance:
    """`per_second` events for each key, averaged over some seconds: a burst of that many seconds' worth is let through."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic, *, averaged_seconds: float = AVERAGED_SECONDS) -> None:
        self.per_second = per_second
        self._averaged_seconds = averaged_seconds
        self._clock = clock
        # The key that was heard last stands last.
        self._left: dict[object, tuple[float, float]] = {}

    def take(self, key: object, number: int = 1) -> bool:
        """Whether so many more events of `key` are let through now, all or none; never more than a whole burst is asked for."""
        now, most = self._clock(), self.per_second * self._averaged_seconds
        cost = min(number, most)
        left, seen = self._left.pop(key, (most, now))
        left = min(most, left + (now - seen) * self.per_second)
        allowed = left >= cost
        self._left[key] = (left - cost if allowed else left, now)
        self._forget_rested(now)
        return allowed

    def _forget_rested(self, now: float) -> None:
        """Drop whoever was silent for so long that everything is allowed again; a connection that ends forgets nothing."""
        for key, (_, seen) in list(islice(self._left.items(), 2)):
            if now - seen >= self._averaged_seconds:
                self._left.pop(key, None)
