"""The moments of acts: the device's own clock, and what the server's clock is ahead of it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

FURTHEST_OFFSET_MS = 2**31 - 1
FIRST_YEAR, LAST_YEAR = 2000, 2099  # the protocol says from 2000 to 2100


def steady_ms() -> int:
    """Milliseconds that only ever go on, also while the device sleeps where the system can tell."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return int((time.monotonic() if boot is None else time.clock_gettime(boot)) * 1000)


def present() -> datetime:
    return datetime.now(UTC)


class Clock:
    """Knows the server's time from the `now` of the last frame, whatever is done to the device's clock meanwhile."""

    def __init__(self, offset_ms: int = 0, *, wall: Callable[[], datetime] = present) -> None:
        self._wall = wall
        self._ahead_of_steady = self._wall_ms() + offset_ms - steady_ms()

    def hear(self, now: str) -> None:
        """The server says that it is `now`."""
        self._ahead_of_steady = int(datetime.fromisoformat(now).timestamp() * 1000) - steady_ms()

    @property
    def offset_ms(self) -> int:
        return steady_ms() + self._ahead_of_steady - self._wall_ms()

    def moment(self) -> datetime:
        """Now, by the server's clock."""
        return self._wall() + timedelta(milliseconds=self.offset_ms)

    def stamp(self) -> dict[str, Any]:
        """`occurred_at` and `clock_offset_ms` of an act that happens now; a clock that is too far off is replaced by the server's."""
        wall, offset = self._wall(), self.offset_ms
        if abs(offset) > FURTHEST_OFFSET_MS or not FIRST_YEAR <= wall.year <= LAST_YEAR:
            return {"occurred_at": written(wall + timedelta(milliseconds=offset))}
        return {"occurred_at": written(wall), "clock_offset_ms": offset}

    def _wall_ms(self) -> int:
        return int(self._wall().timestamp() * 1000)


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
