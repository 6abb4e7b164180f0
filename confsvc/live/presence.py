"""Who is connected to this process: desks by site, viewers of boards."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from threading import Lock


@dataclass(frozen=True, slots=True)
class ConnectedDesk:
    """One connection of a desk; a desk may have several, e.g. while a page is reloaded."""

    sid: str
    desk_id: int
    site_id: int
    conference_id: int
    expires_at: datetime


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
        self._viewers: dict[str, Viewer] = {}

    def desk_came(self, desk: ConnectedDesk) -> None:
        with self._lock:
            self._desks[desk.sid] = desk

    def desk_left(self, sid: str) -> ConnectedDesk | None:
        with self._lock:
            return self._desks.pop(sid, None)

    def desk(self, sid: str) -> ConnectedDesk | None:
        return self._desks.get(sid)

    def connections_of_desk(self, desk_id: int) -> list[ConnectedDesk]:
        """The oldest first."""
        return [desk for desk in self._all_desks() if desk.desk_id == desk_id]

    def connections_of_site(self, site_id: int) -> list[ConnectedDesk]:
        return [desk for desk in self._all_desks() if desk.site_id == site_id]

    def desk_ids(self) -> frozenset[int]:
        return frozenset(desk.desk_id for desk in self._all_desks())

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
