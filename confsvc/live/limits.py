"""How much one sender may send."""

import time
from collections.abc import Callable
from itertools import islice

AVERAGED_SECONDS = 10


class Allowance:
    """`per_second` events for each key, averaged over ten seconds: a burst of ten seconds' worth is let through."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        # The key that was heard last stands last.
        self._left: dict[object, tuple[float, float]] = {}

    def take(self, key: object) -> bool:
        """Whether one more event of `key` is let through now."""
        now, most = self._clock(), self._per_second * AVERAGED_SECONDS
        left, seen = self._left.pop(key, (most, now))
        left = min(most, left + (now - seen) * self._per_second)
        allowed = left >= 1
        self._left[key] = (left - 1 if allowed else left, now)
        self._forget_rested(now)
        return allowed

    def _forget_rested(self, now: float) -> None:
        """Drop whoever was silent for so long that everything is allowed again; a connection that ends forgets nothing."""
        for key, (_, seen) in list(islice(self._left.items(), 2)):
            if now - seen >= AVERAGED_SECONDS:
                self._left.pop(key, None)
