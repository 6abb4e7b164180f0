"""Who is connected to this process: desks by site, viewers of boards."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock


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
    """One connection to a board; `token` for the bearers of a public link, None for organisers."""

    sid: str
    conference_id: int
    token: str | None


class Presence:
    """In the memory of this process, empty after a start: whoever is there connects anew."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._desks: dict[str, ConnectedDesk] = {}
        # The same connections, the oldest first, by desk and by site.
        self._by_desk: defaultdict[int, dict[str, ConnectedDesk]] = defaultdict(dict)
        self._by_site: defaultdict[int, dict[str, ConnectedDesk]] = defaultdict(dict)
        self._viewers: dict[str, Viewer] = {}

    def desk_came(self, desk: ConnectedDesk) -> None:
        with self._lock:
            self._desks[desk.sid] = self._by_desk[desk.desk_id][desk.sid] = self._by_site[desk.site_id][desk.sid] = desk

    def desk_left(self, sid: str) -> ConnectedDesk | None:
        with self._lock:
            desk = self._desks.pop(sid, None)
            if desk:
                _remove(self._by_desk, desk.desk_id, sid)
                _remove(self._by_site, desk.site_id, sid)
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
            return any(desk.conference_id == conference_id for desk in self._desks.values())

    def has_desks_at(self, site_id: int) -> bool:
        return site_id in self._by_site

    def desk_ids(self) -> frozenset[int]:
        with self._lock:
            return frozenset(self._by_desk)

    def desks_by_site(self, conference_id: int) -> Counter[int]:
        """Site id → how many desks are connected, each counted once."""
        return Counter({desk.desk_id: desk.site_id for desk in self._all_desks() if desk.conference_id == conference_id}.values())

    def viewer_came(self, viewer: Viewer) -> None:
        with self._lock:
            self._viewers[viewer.sid] = viewer

    def viewer_left(self, sid: str) -> Viewer | None:
        with self._lock:
            return self._viewers.pop(sid, None)

    def viewer(self, sid: str) -> Viewer | None:
        return self._viewers.get(sid)

    def viewers(self, conference_id: int) -> list[Viewer]:
        with self._lock:
            return [viewer for viewer in self._viewers.values() if viewer.conference_id == conference_id]

    def viewer_count(self) -> int:
        return len(self._viewers)

    def _all_desks(self) -> list[ConnectedDesk]:
        with self._lock:
            return list(self._desks.values())


def _remove(index: dict[int, dict[str, ConnectedDesk]], key: int, sid: str) -> None:
    del index[key][sid]
    if not index[key]:
        del index[key]
