"""Who is connected to this process: desks by site, viewers of boards."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ConnectedDesk:
    """One connection of a desk; a desk may have several, e.g. while a page is reloaded.

    `revision`: that of its conference when it came; what lies before it the desk learns when it syncs.
    """

    sid: str
    desk_id: int
    site_id: int
    conference_id: int
    expires_at: datetime
    revision: int


@dataclass(frozen=True, slots=True)
class Viewer:
    """One connection to a board; `token` for the bearers of a public link, `sign_in` (account and its epoch) for organisers."""

    sid: str
    conference_id: int
    token: str | None
    sign_in: tuple[int, int] | None = None


class Presence:
    """In the memory of this process, empty after a start: whoever is there connects anew."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._desks: dict[str, ConnectedDesk] = {}
        # The same connections, the oldest first, by desk and by site.
        self._by_desk: defaultdict[int, dict[str, ConnectedDesk]] = defaultdict(dict)
        self._by_site: defaultdict[int, dict[str, ConnectedDesk]] = defaultdict(dict)
        # By conference: how many desks are connected at each site, and at which sites that has changed since it was asked.
        self._desks_at: defaultdict[int, Counter[int]] = defaultdict(Counter)
        self._moved: defaultdict[int, set[int]] = defaultdict(set)
        # The same of the desks that are connected to other processes only.
        self._elsewhere: dict[int, Counter[int]] = {}
        self._viewers: dict[str, Viewer] = {}
        self._viewers_of: defaultdict[int, dict[str, Viewer]] = defaultdict(dict)

    def desk_came(self, desk: ConnectedDesk) -> None:
        with self._lock:
            if desk.desk_id not in self._by_desk:
                self._count_desk(desk, 1)
            self._desks[desk.sid] = self._by_desk[desk.desk_id][desk.sid] = self._by_site[desk.site_id][desk.sid] = desk

    def desk_left(self, sid: str) -> ConnectedDesk | None:
        with self._lock:
            desk = self._desks.pop(sid, None)
            if desk:
                _remove(self._by_desk, desk.desk_id, sid)
                _remove(self._by_site, desk.site_id, sid)
                if desk.desk_id not in self._by_desk:
                    self._count_desk(desk, -1)
            return desk

    def desk(self, sid: str) -> ConnectedDesk | None:
        return self._desks.get(sid)

    def connections_of_desk(self, desk_id: int) -> list[ConnectedDesk]:
        """The oldest first."""
        with self._lock:
            return list(self._by_desk.get(desk_id, {}).values())

    def connections_of_site(self, site_id: int) -> list[ConnectedDesk]:
        with self._lock:
            return list(self._by_site.get(site_id, {}).values())

    def has_desks(self, conference_id: int) -> bool:
        with self._lock:
            return bool(self._desks_at.get(conference_id))

    def has_desks_at(self, site_id: int) -> bool:
        return site_id in self._by_site

    def desk_ids(self) -> frozenset[int]:
        with self._lock:
            return frozenset(self._by_desk)

    def desks_by_site(self, conference_id: int) -> Counter[int]:
        """Site id → how many desks are connected, each counted once."""
        with self._lock:
            return self._sums(conference_id)

    def desks_moved(self, conference_id: int) -> dict[int, int]:
        """How many desks are connected at those sites where that has changed since this was last asked."""
        with self._lock:
            moved, desks = self._moved.pop(conference_id, ()), self._sums(conference_id)
            return {site_id: desks[site_id] for site_id in moved}

    def places(self) -> dict[int, tuple[int, int]]:
        """Desk id → the site and the conference it is connected for, of this process."""
        with self._lock:
            return {desk.desk_id: (desk.site_id, desk.conference_id) for desk in self._desks.values()}

    def put_elsewhere(self, sums: dict[int, Counter[int]]) -> set[int]:
        """How many desks are connected to other processes, by conference and site; the conferences for which that is new."""
        with self._lock:
            changed = {key for key in self._elsewhere.keys() | sums.keys() if self._elsewhere.get(key) != sums.get(key)}
            for key in changed:
                before, after = self._elsewhere.get(key, Counter()), sums.get(key, Counter())
                self._moved[key] |= {site_id for site_id in before.keys() | after.keys() if before[site_id] != after[site_id]}
            self._elsewhere = sums
            return changed

    def conference_ids(self) -> set[int]:
        """The conferences of which a desk or a viewer is connected to this process."""
        with self._lock:
            return set(self._desks_at) | set(self._viewers_of)

    def viewer_came(self, viewer: Viewer) -> None:
        with self._lock:
            self._viewers[viewer.sid] = self._viewers_of[viewer.conference_id][viewer.sid] = viewer

    def viewer_left(self, sid: str) -> Viewer | None:
        with self._lock:
            viewer = self._viewers.pop(sid, None)
            if viewer:
                _remove(self._viewers_of, viewer.conference_id, sid)
            return viewer

    def viewer(self, sid: str) -> Viewer | None:
        return self._viewers.get(sid)

    def viewers(self, conference_id: int) -> list[Viewer]:
        with self._lock:
            return list(self._viewers_of.get(conference_id, {}).values())

    def viewer_count(self, conference_id: int | None = None) -> int:
        """Of one board, or of all."""
        return len(self._viewers if conference_id is None else self._viewers_of.get(conference_id, ()))

    def _sums(self, conference_id: int) -> Counter[int]:
        return self._desks_at.get(conference_id, Counter()) + self._elsewhere.get(conference_id, Counter())

    def _count_desk(self, desk: ConnectedDesk, step: int) -> None:
        desks = self._desks_at[desk.conference_id]
        desks[desk.site_id] += step
        if not desks[desk.site_id]:
            del desks[desk.site_id]
        if not desks:
            del self._desks_at[desk.conference_id]
        self._moved[desk.conference_id].add(desk.site_id)


def _remove(index: dict[int, dict[str, T]], key: int, sid: str) -> None:
    del index[key][sid]
    if not index[key]:
        del index[key]
