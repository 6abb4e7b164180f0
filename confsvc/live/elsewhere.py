"""The desks that are connected to other processes of the cluster: every process writes down its own, and reads what changed of the others'."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from confsvc.domain.work import Work
from confsvc.domain.workers import Place, Pulse, beat, enter_worker, leave_worker, note_desks, read_desks, read_pulses
from confsvc.live.presence import Presence

# A worker whose beat stands still for so long is not there, and its desks are not connected.
SILENT_SECONDS = 4
# After so long it is forgotten; should it come back, it makes itself known anew.
FORGOTTEN_SECONDS = 60


@dataclass(slots=True)
class _Other:
    """Another worker as it was last seen; its beat was new at `heard_at`."""

    uid: str
    pulse: Pulse
    heard_at: float
    desks: dict[int, Place] = field(default_factory=dict)


class Elsewhere:
    """For one process, `uid`, whose own desks are in `presence`; the sums of the others' are put there too."""

    def __init__(self, uid: str, presence: Presence, clock: Callable[[], float] = time.monotonic) -> None:
        self._uid = uid
        self._presence = presence
        self._clock = clock
        self._written: dict[int, Place] = {}
        self._to_write: dict[int, Place] = {}
        self._others: dict[str, _Other] = {}
        # What the sums were made from: they are made anew when it is another.
        self._summed: object = None

    def write(self, work: Work) -> bool:
        """Show that this process lives and which desks it has; whether others have something to read."""
        if not beat(work, self._uid):
            enter_worker(work, self._uid)
            self._written = {}
        now = self._presence.places()
        came = {desk_id: Place(*at) for desk_id, at in now.items() if desk_id not in self._written}
        gone = {desk_id: at for desk_id, at in self._written.items() if desk_id not in now}
        if came or gone:
            note_desks(work, self._uid, came, gone)
        self._to_write = {desk_id: Place(*at) for desk_id, at in now.items()}
        return bool(came or gone)

    def written(self) -> None:
        """What was written is committed."""
        self._written = self._to_write

    def read(self, work: Work) -> set[int]:
        """Read what changed of the others; the conferences at which other desks are connected now than before."""
        pulses = read_pulses(work)
        pulses.pop(self._uid, None)
        for uid in self._others.keys() - pulses.keys():
            del self._others[uid]
        for uid, pulse in pulses.items():
            self._read_one(work, uid, pulse)
        made_from = (self._presence.desk_ids(), {other.uid: other.pulse.version for other in self._living()})
        if made_from == self._summed:
            return set()
        self._summed = made_from
        return self._presence.put_elsewhere(self._sums())

    def forget_silent(self, work: Work) -> None:
        """Forget the workers that have been silent for long."""
        if dead := [uid for uid, other in self._others.items() if self._clock() - other.heard_at > FORGOTTEN_SECONDS]:
            leave_worker(work, dead)
            for uid in dead:
                # Or it would be taken for the one that it was when it makes itself known anew.
                del self._others[uid]

    def leave(self, work: Work) -> None:
        """This process ends."""
        leave_worker(work, [self._uid])

    def desk_ids(self) -> frozenset[int]:
        """The desks that are connected to another process."""
        return frozenset(desk_id for other in self._living() for desk_id in other.desks)

    def _read_one(self, work: Work, uid: str, pulse: Pulse) -> None:
        other = self._others.get(uid)
        if other is None or pulse.version < other.pulse.version or pulse.beats < other.pulse.beats:
            # New, or made known anew. Whether it still beats is seen when it does.
            other = self._others[uid] = _Other(uid, Pulse(pulse.beats, 0), self._clock())
        if pulse.beats != other.pulse.beats:
            other.heard_at = self._clock()
        if pulse.version != other.pulse.version:
            for desk_id, place in read_desks(work, uid, other.pulse.version).items():
                if place:
                    other.desks[desk_id] = place
                else:
                    other.desks.pop(desk_id, None)
        other.pulse = pulse

    def _living(self) -> list[_Other]:
        return [other for other in self._others.values() if self._clock() - other.heard_at < SILENT_SECONDS]

    def _sums(self) -> dict[int, Counter[int]]:
        """Conference id → site id → how many desks, each counted once, and not those that are connected here."""
        here = self._presence.desk_ids()
        places = {desk_id: place for other in self._living() for desk_id, place in other.desks.items() if desk_id not in here}
        sums: defaultdict[int, Counter[int]] = defaultdict(Counter)
        for place in places.values():
            sums[place.conference_id][place.site_id] += 1
        return dict(sums)
