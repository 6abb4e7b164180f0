"""The namespace `/desk`: a paired device at its site."""

from typing import ClassVar

from flask import request
from flask_socketio import ConnectionRefusedError, join_room

from confsvc.boundary import begin_reading, begin_work, runtime
from confsvc.domain.check_in import check_in, sync_desk, undo_check_in
from confsvc.domain.desks import find_desk, see_desk
from confsvc.domain.errors import DeskGone, DomainError
from confsvc.domain.work import Anonymous, DeskActor
from confsvc.live.door import Door, Payload
from confsvc.live.errors import DeskUnknown, TooManyRequests
from confsvc.live.frames import BoardFrames
from confsvc.live.limits import Allowance
from confsvc.live.presence import ConnectedDesk, Presence
from confsvc.live.rooms import DESK, desks_room, site_room
from confsvc.schemas.desk_cookie import DESK_COOKIE
from confsvc.schemas.live import parse_check_in, parse_since, parse_undo_check_in, present_answer, present_sync

# A page that is reloaded over a bad line leaves connections behind that are noticed late; more than this many are not one person's.
CONNECTIONS_PER_DESK = 6


class DeskDoor(Door):
    events: ClassVar[frozenset[str]] = frozenset({"sync", "check_in", "undo_check_in"})
    final: ClassVar[tuple[type[DomainError], ...]] = (DeskGone,)

    def __init__(self, presence: Presence, frames: BoardFrames, allowance: Allowance) -> None:
        super().__init__(DESK)
        self._presence = presence
        self._frames = frames
        self._allowance = allowance

    def on_connect(self, auth: object = None) -> None:
        """Let a paired desk in, into the rooms of its site and conference."""
        with begin_reading(Anonymous()) as work:
            view = find_desk(work, request.cookies.get(DESK_COOKIE, ""))
        if view is None:
            raise ConnectionRefusedError(DeskUnknown.code)
        self._note_seen(view.desk.id)
        desk = ConnectedDesk(request.sid, view.desk.id, view.site.id, view.conference.id, view.desk.expires_at)  # type: ignore[attr-defined]  # set by Flask-SocketIO
        self._presence.desk_came(desk)
        join_room(site_room(desk.site_id))
        join_room(desks_room(desk.conference_id))
        for old in self._presence.connections_of_desk(desk.desk_id)[:-CONNECTIONS_PER_DESK]:
            self.disconnect(old.sid)
        self._frames.touch(desk.conference_id)

    def on_disconnect(self, reason: object = None) -> None:
        self.forget(request.sid)  # type: ignore[attr-defined]  # as above

    def forget(self, sid: str) -> None:
        """Let the board know, and keep when a desk was last seen that has no other connection."""
        desk = self._presence.desk_left(sid)
        if desk is None:
            return
        self._frames.touch(desk.conference_id)
        if not self._presence.connections_of_desk(desk.desk_id):
            self._note_seen(desk.desk_id)

    def admit(self) -> None:
        if not self._allowance.take(self._desk().desk_id):
            raise TooManyRequests

    def on_sync(self, payload: Payload) -> Payload:
        since = parse_since(payload)
        with begin_reading(self._actor()) as work:
            return present_sync(sync_desk(work, since), work.now)

    def on_check_in(self, payload: Payload) -> Payload:
        command = parse_check_in(payload)
        with begin_work(self._actor()) as work:
            answer = check_in(work, command)
        return present_answer(answer, work.now)

    def on_undo_check_in(self, payload: Payload) -> Payload:
        command = parse_undo_check_in(payload)
        with begin_work(self._actor()) as work:
            answer = undo_check_in(work, command)
        return present_answer(answer, work.now)

    def _desk(self) -> ConnectedDesk:
        desk = self._presence.desk(request.sid)  # type: ignore[attr-defined]  # as above
        if desk is None or desk.expires_at <= runtime().clock():
            raise DeskGone
        return desk

    def _actor(self) -> DeskActor:
        return DeskActor(self._desk().desk_id)

    def _note_seen(self, desk_id: int) -> None:
        try:
            with begin_work(DeskActor(desk_id)) as work:
                see_desk(work)
        except DomainError:
            # Revoked in this very moment: its next event will tell it so.
            return
