"""The namespace `/board`: organisers and the bearers of a public link watch the halls fill up; organisers let in who asks."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from flask_login import current_user

from confsvc.boundary import begin_reading, begin_work
from confsvc.domain.access import organised_conference
from confsvc.domain.board import public_board, still_organising
from confsvc.domain.decisions import Outcome, decide_admission, decide_denial
from confsvc.domain.errors import DomainError, Malformed, NotFound
from confsvc.domain.work import Anonymous, System, Work
from confsvc.live.door import Door, Environ, Payload
from confsvc.live.errors import BoardUnknown, TooManyRequests
from confsvc.live.limits import Allowance
from confsvc.live.pictures import Pictures
from confsvc.live.presence import Presence, Viewer
from confsvc.live.rooms import BOARD, organisers_room, public_room
from confsvc.models import Conference
from confsvc.schemas.board import parse_admit, parse_deny, parse_find, present_outcome
from confsvc.schemas.live import parse_id, parse_token

MOST_VIEWERS = 10_000


class BoardDoor(Door):
    events: ClassVar[frozenset[str]] = frozenset({"sync", "find", "admit", "deny"})
    final: ClassVar[tuple[type[DomainError], ...]] = (BoardUnknown,)

    def __init__(self, presence: Presence, pictures: Pictures, allowance: Allowance) -> None:
        super().__init__(BOARD)
        self._presence = presence
        self._pictures = pictures
        self._allowance = allowance

    def let_in(self, sid: str, environ: Environ, auth: object) -> None:  # the cookie is read by the request
        """Let in who may see this board: an organiser by the account's cookie, anybody by the token of its public link."""
        if self._presence.viewer_count() >= MOST_VIEWERS:
            raise TooManyRequests
        try:
            token, conference_id = _open(auth)
        except DomainError as error:
            raise BoardUnknown from error
        sign_in = None if token else (current_user.id, current_user.epoch)
        viewer = Viewer(sid, conference_id, token, sign_in)
        self._presence.viewer_came(viewer)
        self.enter_room(sid, organisers_room(viewer.conference_id) if token is None else public_room(viewer.conference_id))

    def forget(self, sid: str) -> None:
        """Count this viewer no longer."""
        self._presence.viewer_left(sid)

    def admit(self, sid: str) -> None:
        if not self._allowance.take(sid):
            raise TooManyRequests

    def on_sync(self, sid: str, payload: Payload) -> Payload:
        viewer = self._viewer(sid)
        conference, now = _watched(viewer)
        return self._pictures.of(viewer.conference_id).snapshot(conference, now, names=viewer.token is None)

    def on_find(self, sid: str, payload: Payload) -> Payload:
        query, within = parse_find(payload)
        viewer = self._viewer(sid)
        conference, now = _watched(viewer)
        return self._pictures.of(viewer.conference_id).find(conference.revision, query, within, now)

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


def _watched(viewer: Viewer) -> tuple[Conference, datetime]:
    """The conference as it stands, with the time; raises BoardUnknown once this viewer may not see its board."""
    with begin_reading(System()) as work:
        conference = work.session.get(Conference, viewer.conference_id)
        if conference is None or not _may_see(work, viewer):
            raise BoardUnknown
        return conference, work.now


def _may_see(work: Work, viewer: Viewer) -> bool:
    if viewer.token is None:
        return viewer.sign_in is not None and bool(still_organising(work, viewer.conference_id, [viewer.sign_in]))
    try:
        return public_board(work, viewer.token).id == viewer.conference_id
    except DomainError:
        return False


def _open(auth: object) -> tuple[str | None, int]:
    """The token of a public link, or none for an organiser, and the conference; raises a DomainError for everybody else."""
    given: Mapping[str, Any] = auth if isinstance(auth, dict) else {}
    if "token" in given:
        token = parse_token(given)
        with begin_reading(Anonymous()) as work:
            return token, public_board(work, token).id
    with begin_reading() as work:
        return None, organised_conference(work, parse_id(given, "conference_id")).id
