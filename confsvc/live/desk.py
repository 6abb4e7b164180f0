"""The namespace `/desk`: a paired device at its site."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar

import structlog
from flask import Flask
from werkzeug.http import parse_cookie

from confsvc.boundary import begin_reading, begin_work, runtime_of
from confsvc.domain.check_in import PLAIN_ACTS, Act, Answer, Outcome, carry_out, sync_desk
from confsvc.domain.desks import open_desk
from confsvc.domain.errors import DeskGone, DomainError, NotFound
from confsvc.domain.work import Anonymous, DeskActor
from confsvc.live.act_counts import count_acts
from confsvc.live.door import Door, Environ, Payload
from confsvc.live.errors import DeskUnknown, TooManyRequests, error_ack
from confsvc.live.frames import BoardFrames
from confsvc.live.group_commit import NOT_BETTER_ALONE, GroupCommit
from confsvc.live.limits import Allowance
from confsvc.live.presence import ConnectedDesk, Presence
from confsvc.live.rooms import DESK, desks_room, site_room
from confsvc.live.seen_desks import SeenDesks
from confsvc.live.site_frames import SiteFrames
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
    hot: ClassVar[frozenset[str]] = events | {"connect"}
    final: ClassVar[tuple[type[DomainError], ...]] = (DeskGone,)

    def __init__(
        self,
        app: Flask,
        presence: Presence,
        frames: BoardFrames,
        sites: SiteFrames,
        seen: SeenDesks,
        group: GroupCommit,
        *,
        events: Allowance,
        acts: Allowance,
    ) -> None:
        """`events` bounds the messages of a desk, `acts` what it may put into `record`s."""
        super().__init__(DESK)
        self._app = app
        self._presence = presence
        self._frames = frames
        self._sites = sites
        self._seen = seen
        self._group = group
        self._events = events
        self._acts = acts

    def let_in(self, sid: str, environ: Environ, auth: object) -> None:
        """Let a paired desk in, into the rooms of its site and conference."""
        try:
            with begin_reading(Anonymous()) as work:
                opened = open_desk(work, parse_cookie(environ.get("HTTP_COOKIE")).get(DESK_COOKIE, ""))
        except NotFound as error:
            raise DeskUnknown from error
        # A page that is still another desk, on a device that was paired anew, must not tell what it holds as this one.
        if isinstance(auth, dict) and auth.get("desk", opened.uid) != opened.uid:
            raise DeskUnknown
        self._seen.note(opened.id)
        desk = ConnectedDesk(sid, opened.id, opened.site_id, opened.conference_id, opened.expires_at, opened.revision)
        self._sites.watch(desk, is_first=not self._presence.has_desks(desk.conference_id))
        self._presence.desk_came(desk)
        self.enter_room(sid, site_room(desk.site_id))
        self.enter_room(sid, desks_room(desk.conference_id))
        for old in self._presence.connections_of_desk(desk.desk_id)[:-CONNECTIONS_PER_DESK]:
            self.disconnect(old.sid)
        self._frames.touch(desk.conference_id)

    def forget(self, sid: str) -> None:
        """Let the board know, and keep when a desk was last seen that has no other connection."""
        desk = self._presence.desk_left(sid)
        if desk is None:
            return
        self._sites.left(desk)
        self._frames.touch(desk.conference_id)
        if not self._presence.connections_of_desk(desk.desk_id):
            self._seen.note(desk.desk_id)

    def handler(self, event: str) -> Callable[[str, Payload], Payload]:
        return partial(self._on_act, event) if event in ACTS else super().handler(event)

    def admit(self, sid: str) -> None:
        if not self._events.take(self._desk(sid).desk_id):
            raise TooManyRequests

    def on_sync(self, sid: str, payload: Payload) -> Payload:
        since = parse_since(payload)
        with self._app.app_context(), begin_reading(DeskActor(self._desk(sid).desk_id)) as work:
            return present_sync(sync_desk(work, since), work.now)

    def on_record(self, sid: str, payload: Payload) -> Payload:
        desk, acts = self._desk(sid), parse_acts(payload)
        if not self._acts.take(desk.desk_id, len(acts)):
            raise TooManyRequests
        done, outcome = self._carry_out_each(desk, [act for act in acts if isinstance(act, Act)])
        answers = iter(done)
        # What is wrong is said in words, whose language the application knows.
        with self._app.app_context():
            results = [_result(next(answers) if isinstance(act, Act) else act, desk.site_id) for act in acts]
        return present_outcome({"results": results}, outcome.revision, outcome.figures, self._now())

    def _on_act(self, event: str, sid: str, payload: Payload) -> Payload:
        desk = self._desk(sid)
        outcome = self._carry_out_acts(desk, [parse_act(event, payload)])
        [answer] = outcome.answers
        if isinstance(answer, DomainError):
            raise answer
        said = present_answer(answer, desk.site_id)
        if event not in OF_TWO:
            del said["replaced"]
        return present_outcome(said, outcome.revision, outcome.figures, self._now())

    def _carry_out_each(self, desk: ConnectedDesk, acts: Sequence[Act]) -> tuple[list[Answer | DomainError | None], Outcome]:
        """All in one transaction; where that fails each in one of its own, so that none keeps the others from being heard (None: it failed)."""
        try:
            outcome = self._carry_out_acts(desk, acts)
            return list(outcome.answers), outcome
        except NOT_BETTER_ALONE:
            raise
        except Exception:
            log.exception("record_failed", desk_id=desk.desk_id, acts=len(acts))
        answers = [self._carry_out_alone(desk, act) for act in acts]
        return answers, self._carry_out_acts(desk, [])

    def _carry_out_alone(self, desk: ConnectedDesk, act: Act) -> Answer | DomainError | None:
        try:
            return self._carry_out_acts(desk, [act]).answers[0]
        except DomainError:
            raise
        except Exception as error:  # noqa: BLE001  # logged with its stack for the whole list
            log.error("act_failed", client_ref=act.client_ref, error=type(error).__name__)
            return None

    def _carry_out_acts(self, desk: ConnectedDesk, acts: Sequence[Act]) -> Outcome:
        """Plain acts together with those of other desks; what is typed at a door is rare, and concerns more than one line."""
        if all(isinstance(act, PLAIN_ACTS) for act in acts):
            return count_acts(acts, lambda: self._group.carry_out(desk.conference_id, desk.desk_id, acts))
        return count_acts(acts, lambda: self._carry_out_by_itself(desk, acts))

    def _carry_out_by_itself(self, desk: ConnectedDesk, acts: Sequence[Act]) -> Outcome:
        with self._app.app_context(), begin_work(DeskActor(desk.desk_id)) as work:
            return carry_out(work, acts)

    def _desk(self, sid: str) -> ConnectedDesk:
        desk = self._presence.desk(sid)
        if desk is None or desk.expires_at <= self._now():
            raise DeskGone
        return desk

    def _now(self) -> datetime:
        return runtime_of(self._app).clock()


def _result(done: Answer | DomainError | None, site_id: int) -> Payload:
    return {"ok": True, **present_answer(done, site_id)} if isinstance(done, Answer) else error_ack(done)
