"""What changed at a site, told to its desks: gathered, so that a hundred check-ins of a moment cost one reading and one message a site."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from flask import Flask
from flask_socketio import SocketIO

from confsvc.boundary import begin_reading, runtime
from confsvc.domain.roster_changes import Stretch, changes_since
from confsvc.domain.work import System
from confsvc.live.coalescing import Coalesced
from confsvc.live.fan_out import FanOut
from confsvc.live.presence import ConnectedDesk, Presence
from confsvc.live.rooms import DESK, site_room
from confsvc.schemas.live import present_changes

# A desk at the other door of a hall learns of a check-in within this.
PAUSE_SECONDS = 0.2
# Whoever tells many sites lets others have a turn after so many of them.
MOST_IN_A_TURN = 8


class SiteFrames:
    """Brings the desks of every site from one revision of their conference to the next; left out is only what a desk that is alone did itself."""

    def __init__(self, app: Flask, socketio: SocketIO, presence: Presence, fan_out: FanOut, send_away: Callable[[int], None]) -> None:
        self._socketio = socketio
        self._presence = presence
        self._fan_out = fan_out
        self._send_away = send_away
        self._coalesced = Coalesced(app, socketio, self._tell)
        # Conference id → the revision that its desks were brought to.
        self._told: dict[int, int] = {}
        # The sites where a connection has ended since that was last asked, by conference.
        self._left: defaultdict[int, set[int]] = defaultdict(set)

    def watch(self, desk: ConnectedDesk, *, is_first: bool) -> None:
        """This desk has come and will hear of everything after its revision; `is_first`: no other desk of the conference is here."""
        if is_first:
            self._told[desk.conference_id] = desk.revision

    def left(self, desk: ConnectedDesk) -> None:
        """This connection has ended."""
        if self._presence.has_desks_at(desk.site_id):
            self._left[desk.conference_id].add(desk.site_id)

    def touch(self, conference_id: int) -> None:
        """Something was written to the log of this conference."""
        if self._presence.has_desks(conference_id):
            self._coalesced.ask(conference_id)

    def _tell(self, conference_id: int) -> float:
        stretch, now = self._read(conference_id, self._left.pop(conference_id, set()))
        for number, (site_id, changes) in enumerate(stretch.sites.items(), start=1):
            self._send_late_ones_away(site_id)
            said = present_changes(site_id, changes.rows, changes.revoked, stretch.revision, changes.figures, now)
            self._fan_out.tell(DESK, site_room(site_id), "attendance_changed", said)
            if number % MOST_IN_A_TURN == 0:
                self._socketio.sleep(0)
        self._told[conference_id] = stretch.revision
        if not stretch.is_whole:
            self._coalesced.ask(conference_id)
        return PAUSE_SECONDS

    def _read(self, conference_id: int, left: set[int]) -> tuple[Stretch, datetime]:
        # Another process may have another line to the same desk.
        is_one_of_many = bool(runtime().origin)

        def alone_at(site_id: int) -> int | None:
            """Who is at the other end of the only line of a site; nobody where one has just ended, over which the same desk may have told of something."""
            connections = self._presence.connections_of_site(site_id)
            is_alone = len(connections) == 1 and site_id not in left and site_id not in self._left.get(conference_id, ())
            return connections[0].desk_id if is_alone and not is_one_of_many else None

        try:
            with begin_reading(System()) as work:
                return changes_since(work, conference_id, self._told[conference_id], self._presence.has_desks_at, alone_at), work.now
        except Exception:
            self._left[conference_id] |= left
            raise

    def _send_late_ones_away(self, site_id: int) -> None:
        """Whose time is over hears nothing more."""
        for desk in self._presence.connections_of_site(site_id):
            if desk.expires_at <= runtime().clock():
                self._send_away(desk.desk_id)
