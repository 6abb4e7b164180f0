"""What is to happen when: the drill's own clock, which waits for nobody."""

import heapq
from collections.abc import Callable
from itertools import count


class Schedule:
    """Calls that are due at moments, in seconds from the first arrival; before `start` it is earlier than all of them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._zero: float | None = None
        self._serial = count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        # How late a call was made at the worst: how busy this program is with itself.
        self.latest = 0.0

    def start(self) -> None:
        """Now is the first moment."""
        self._zero = self._clock()

    @property
    def now(self) -> float:
        return -1.0 if self._zero is None else self._clock() - self._zero

    def at(self, moment: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._due, (moment, next(self._serial), call))

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """The same, so long from now on."""
        self.at(self.now + seconds, call)

    def run_due(self) -> None:
        """Make every call whose moment has come."""
        while self._due and self._due[0][0] <= (now := self.now):
            moment, _, call = heapq.heappop(self._due)
            self.latest = max(self.latest, now - moment)
            call()

    def until_next(self, most: float) -> float:
        """How long nothing is due, at most so long."""
        return min(most, max(self._due[0][0] - self.now, 0.0)) if self._due else most
