"""The queues of desks, and the orders in which they may come in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from tests.domain.attendance_stories import Act
from tests.domain.attendance_world import Told


@dataclass
class Waiting:
    """An act in the queue of a desk."""

    act: Act
    occurred_at: datetime
    offset: timedelta

    def heard(self, now: datetime) -> Told:
        """What the server makes of it: nothing happens in the future."""
        return Told(replace(self.act, moment=min(self.occurred_at + self.offset, now)), self.occurred_at, self.offset)


def shuffled(told: Sequence[Told], random: Random) -> list[Told]:
    """Another order in which a queue may come in: only what rests on something told before comes after it."""
    left, order = list(told), []
    while left:
        free = [one for number, one in enumerate(left) if not any(rests_on(one, before) for before in left[:number])]
        order.append(random.choice(free))
        left.remove(order[-1])
    return order


def rests_on(later: Told, earlier: Told) -> bool:
    """Of one moment the order decides; what was taken back must be there; a stranger can be named once a scan has shown who it is."""
    named_after_a_scan = bool(later.act.who) and earlier.act.scanned is not None
    return later.act.moment == earlier.act.moment or later.act.of == earlier.act.ref or named_after_a_scan
