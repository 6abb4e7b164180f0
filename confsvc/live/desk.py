"""The namespace `/desk`: a paired device at its site."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

import structlog
from flask import request
from flask_socketio import ConnectionRefusedError, join_room
from sqlalchemy.exc import OperationalError

from confsvc.boundary import begin_reading, begin_work, runtime
from confsvc.domain.check_in import Act, Answer, Outcome, carry_out, sync_desk
from confsvc.domain.desks import open_desk, see_desk
from confsvc.domain.errors import DeskGone, DomainError, NotFound
from confsvc.domain.work import Anonymous, DeskActor
from confsvc.live.door import Door, Payload
from confsvc.live.errors import DeskUnknown, TooManyRequests, error_ack
from confsvc.live.frames import BoardFrames
from confsvc.live.limits import Allowance
from confsvc.live.presence import ConnectedDesk, Presence
from confsvc.live.rooms import DESK, desks_room, site_room
from confsvc.schemas.acts import ACTS, parse_act, parse_acts
from confsvc.schemas.desk_cookie import DESK_COOKIE
from confsvc.schemas.live import parse_since, present_answer, present_outcome, present_sync

log = structlog.get_logger()
# A page that is reloaded over a bad line leaves connections behind that are noticed late; more than this many are not one person's.
CONNECTIONS_PER_DESK = 6
# The acts that `replaced` somebody, and so tell of two people.
OF_TWO = ("substitute", "withdraw_substitute")


class DeskDoor(Door):
    events: ClassVar[frozenset[str]] = frozenset({"sync", "record", *ACTS})
    final: ClassVar[tuple[type[DomainError], ...]] = (DeskGone,)

    def __init__(self, presence: Presence, frames: BoardFrames, events: Allowance, acts: Allowance) -> None:
        """`events` bounds the messages of a desk, `acts` what it may put into `record`s."""
        super().__init__(DESK)
        self._presence = presence
        self._frames = frames
        self._events = events
        self._acts = acts

    def on_connect(self, auth: object = None) -> None:
        """Let a paired desk in, into the rooms of its site and conference."""
        try:
            with begin_reading(Anonymous()) as work:
                view = open_desk(work, request.cookies.get(DESK_COOKIE, ""))
        except NotFound as error:
            raise ConnectionRefusedError(DeskUnknown.code) from error
        except DeskGone as error:
            raise ConnectionRefusedError(DeskGone.code) from error
        # A page that is still another desk, on a device that was paired anew, must not tell what it holds as this one.
        if isinstance(auth, dict) and auth.get("desk", view.desk.uid) != view.desk.uid:
            raise ConnectionRefusedError(DeskUnknown.code)
        self._note_seen(view.desk.id)
        sid = request.sid  # type: ignore[attr-defined]  # set by Flask-SocketIO
        desk = ConnectedDesk(sid, view.desk.id, view.site.id, view.conference.id, view.desk.expires_at, view.conference.revision)
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

    def handler(self, event: str) -> Callable[[Payload], Payload]:
        return partial(self._on_act, event) if event in ACTS else super().handler(event)

    def admit(self) -> None:
        if not self._events.take(self._desk().desk_id):
            raise TooManyRequests

    def on_sync(self, payload: Payload) -> Payload:
        since = parse_since(payload)
        with begin_reading(self._actor()) as work:
            return present_sync(sync_desk(work, since), work.now)

    def on_record(self, payload: Payload) -> Payload:
        acts = parse_acts(payload)
        if not self._acts.take(self._desk().desk_id, len(acts)):
            raise TooManyRequests
        done, outcome = self._carry_out_each([act for act in acts if isinstance(act, Act)])
        answers = iter(done)
        results = [_result(next(answers) if isinstance(act, Act) else act) for act in acts]
        return present_outcome({"results": results}, outcome.revision, outcome.figures, runtime().clock())

    def _on_act(self, event: str, payload: Payload) -> Payload:
        act = parse_act(event, payload)
        with begin_work(self._actor()) as work:
            outcome = carry_out(work, [act])
            [answer] = outcome.answers
            if isinstance(answer, DomainError):
                raise answer
        said = present_answer(answer)
        if event not in OF_TWO:
            del said["replaced"]
        return present_outcome(said, outcome.revision, outcome.figures, work.now)

    def _carry_out_each(self, acts: Sequence[Act]) -> tuple[list[Answer | DomainError | None], Outcome]:
        """All in one transaction; where that fails each in one of its own, so that none keeps the others from being heard (None: it failed)."""
        try:
            with begin_work(self._actor()) as work:
                outcome = carry_out(work, acts)
            return list(outcome.answers), outcome
        except (DomainError, OperationalError):
            # Where the database is locked or its disk full, no act fares better alone; the whole list may be sent again.
            raise
        except Exception:
            log.exception("record_failed", desk_id=self._desk().desk_id, acts=len(acts))
        answers = [self._carry_out_alone(act) for act in acts]
        with begin_reading(self._actor()) as work:
            return answers, carry_out(work, [])

    def _carry_out_alone(self, act: Act) -> Answer | DomainError | None:
        try:
            with begin_work(self._actor()) as work:
                return carry_out(work, [act]).answers[0]
        except DomainError:
            raise
        except Exception as error:  # noqa: BLE001  # logged with its stack for the whole list
            log.error("act_failed", client_ref=act.client_ref, error=type(error).__name__)
            return None

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
        except OperationalError:
            # A desk may come in all the same while nothing can be written: it reads, and is told of what it sends.
            log.exception("desk_not_noted", desk_id=desk_id)


def _result(done: Answer | DomainError | None) -> Payload:
    return {"ok": True, **present_answer(done)} if isinstance(done, Answer) else error_ack(done)
