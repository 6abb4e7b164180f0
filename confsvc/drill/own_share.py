"""What the measuring program itself costs, so that a result can say that it was not what was measured."""

import time

# Above this share of a core something that has come may have to wait for the program, and the figures say more about it than about the server.
MOST_SHARE = 0.7
# A stretch that is shorter says nothing.
LEAST_STRETCH_SECONDS = 0.5


class OwnShare:
    """This process's share of one core, from its making on: on the whole, and in the busiest stretch between two `mark`s."""

    def __init__(self) -> None:
        self._began = self._marked = (time.perf_counter(), time.process_time())
        self.busiest = 0.0

    def mark(self) -> float:
        """End a stretch; returns its share."""
        now = (time.perf_counter(), time.process_time())
        share = _share(self._marked, now)
        if now[0] - self._marked[0] >= LEAST_STRETCH_SECONDS:
            self.busiest = max(self.busiest, share)
        self._marked = now
        return share

    @property
    def mean(self) -> float:
        return _share(self._began, (time.perf_counter(), time.process_time()))

    @property
    def is_small(self) -> bool:
        """Whether the program was never near its limit."""
        return max(self.mean, self.busiest) <= MOST_SHARE


def _share(start: tuple[float, float], end: tuple[float, float]) -> float:
    """CPU seconds for each second on the clock."""
    return (end[1] - start[1]) / max(end[0] - start[0], 1e-9)
