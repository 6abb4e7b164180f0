"""How much one sender may send."""

import time
from collections.abc import Callable

AVERAGED_SECONDS = 10


class Allowance:
    """`per_second` events for each key, averaged over ten seconds: a burst of ten seconds' worth is let through."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._left: dict[object, tuple[float, float]] = {}

    def take(self, key: object) -> bool:
        """Whether one more event of `key` is let through now."""
        now, most = self._clock(), self._per_second * AVERAGED_SECONDS
        left, seen = self._left.get(key, (most, now))
        left = min(most, left + (now - seen) * self._per_second)
        allowed = left >= 1
        self._left[key] = (left - 1 if allowed else left, now)
        return allowed

    def forget(self, key: object) -> None:
        self._left.pop(key, None)
