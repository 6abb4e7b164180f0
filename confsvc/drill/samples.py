"""What is looked at every second: the server's memory, this program's own share, how much is unanswered."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from confsvc.drill.own_share import OwnShare

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
RESIDENT = 1  # the field of /proc/…/statm


@dataclass(frozen=True, slots=True)
class Sample:
    """One look: `at` seconds after the first arrival; who has `come` and who is `answered` until then; `memory` in bytes (0: not watched)."""

    at: float
    come: int
    answered: int
    lines: int
    memory: int
    own_share: float


class Samples:
    """All looks; `pids` are the server's processes, their children not among them."""

    def __init__(self, pids: Sequence[int], own: OwnShare) -> None:
        self._pids = pids
        self.own = own
        self.taken: list[Sample] = []

    def take(self, at: float, come: int, answered: int, lines: int) -> None:
        self.taken.append(Sample(at, come, answered, lines, sum(map(resident_bytes, self._pids)), self.own.mark()))

    def most(self, value: Callable[[Sample], float]) -> float:
        """The highest that was seen."""
        return max(map(value, self.taken), default=0.0)


def resident_bytes(pid: int) -> int:
    """The memory of a process; 0 once it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[RESIDENT]) * PAGE_BYTES
    except OSError:
        return 0
