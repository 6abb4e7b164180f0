"""The namespace `/board`: organisers and the bearers of a public link watch the halls fill up; organisers let in who asks."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from flask import request
from flask_socketio import ConnectionRefusedError, join_room

from confsvc.boundary import begin_reading, begin_work
from confsvc.domain.access import organised_conference
from confsvc.domain.board import BoardView, read_board, read_public_board
from confsvc.domain.decisions import Outcome, decide_admission, decide_denial
from confsvc.domain.errors import DomainError, Malformed, NotFound
from confsvc.domain.work import Anonymous, Work
from confsvc.live.door import Door, Payload
from confsvc.live.errors import BoardUnknown, TooManyRequests
from confsvc.live.limits import Allowance
from confsvc.live.presence import Presence, Viewer
from confsvc.live.rechecks import Rechecks
from confsvc.live.rooms import BOARD, organisers_room, public_room
from confsvc.schemas.board import parse_admit, parse_deny, present_board, present_outcome
from confsvc.schemas.live import parse_id, parse_token

MOST_VIEWERS = 10_000


class BoardDoor(Door):
    events: ClassVar[frozenset[str]] = frozenset({"sync", "admit", "deny"})
    final: ClassVar[tuple[type[DomainError], ...]] = (BoardUnknown,)

    def __init__(self, presence: Presence, rechecks: Rechecks, allowance: Allowance) -> None:
        super().__init__(BOARD)
        self._presence = presence
        self._rechecks = rechecks
        self._allowance = allowance

    def on_connect(self, auth: Any = None) -> None:
        """Let in who may see this board: an organiser by the account's cookie, anybody by the token of its public link."""
        if self._presence.viewer_count() >= MOST_VIEWERS:
            raise ConnectionRefusedError(TooManyRequests.code)
        try:
            token, view = _open(auth)
        except DomainError as error:
            raise ConnectionRefusedError(BoardUnknown.code) from error
        viewer = Viewer(request.sid, view.conference.id, token)  # type: ignore[attr-defined]  # set by Flask-SocketIO
        self._presence.viewer_came(viewer)
        join_room(organisers_room(viewer.conference_id) if token is None else public_room(viewer.conference_id))

    def on_disconnect(self, reason: object = None) -> None:
        self.forget(request.sid)  # type: ignore[attr-defined]  # as above

    def forget(self, sid: str) -> None:
        """Count this viewer no longer."""
        self._presence.viewer_left(sid)
        self._rechecks.forget(sid)

    def admit(self, sid: str) -> None:
        if not self._allowance.take(sid):
            raise TooManyRequests

    def on_sync(self, sid: str, payload: Payload) -> Payload:
        viewer = self._viewer(sid)
        try:
            view, now = _view_of(viewer)
        except DomainError as error:
            raise BoardUnknown from error
        return present_board(view, self._presence.desks_by_site(viewer.conference_id), now)

    def on_admit(self, sid: str, payload: Payload) -> Payload:
        asked = parse_admit(payload)
        return self._decide(sid, lambda work, conference_id: decide_admission(work, conference_id, asked.delegate_id, asked.client_ref))

    def on_deny(self, sid: str, payload: Payload) -> Payload:
        asked = parse_deny(payload)
        return self._decide(sid, lambda work, conference_id: decide_denial(work, conference_id, asked.delegate_id, asked.reason, asked.client_ref))

    def _decide(self, sid: str, command: Callable[[Work, int], Outcome]) -> Payload:
        viewer = self._viewer(sid)
        if viewer.token is not None:
            raise BoardUnknown
        with begin_work() as work:
            try:
                organised_conference(work, viewer.conference_id)
            except DomainError as error:
                raise BoardUnknown from error
            try:
                return present_outcome(command(work, viewer.conference_id), work.now)
            except NotFound as error:
                raise Malformed(field="delegate_id") from error

    def _viewer(self, sid: str) -> Viewer:
        viewer = self._presence.viewer(sid)
        if viewer is None:
            raise BoardUnknown
        return viewer


def _view_of(viewer: Viewer) -> tuple[BoardView, datetime]:
    """What this viewer may see now, with the time; raises a DomainError once it may not."""
    with begin_reading(Anonymous() if viewer.token else None) as work:
        return _view(work, viewer.conference_id, viewer.token), work.now


def _open(auth: object) -> tuple[str | None, BoardView]:
    given: Mapping[str, Any] = auth if isinstance(auth, dict) else {}
    token = parse_token(given) if "token" in given else None
    conference_id = 0 if token else parse_id(given, "conference_id")
    with begin_reading(Anonymous() if token else None) as work:
        return token, _view(work, conference_id, token)


def _view(work: Work, conference_id: int, token: str | None) -> BoardView:
    return read_public_board(work, token) if token else read_board(work, conference_id)
