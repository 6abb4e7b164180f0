"""How the clients of this process learn of what other processes committed: it is read from the database, when woken and every second anyway."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import cast

import gevent
import structlog
from flask import Flask

from confsvc.boundary import Runtime, begin_reading, hear
from confsvc.domain.facts import AttendanceRecorded, Fact, RosterChanged
from confsvc.domain.facts_kept import KEPT, drop_old_facts, last_fact, read_facts
from confsvc.domain.work import System, Work, begin_work
from confsvc.domain.workers import read_revisions
from confsvc.live.elsewhere import Elsewhere
from confsvc.live.frames import BoardFrames
from confsvc.live.leaving import hang_up_all
from confsvc.live.presence import Presence
from confsvc.live.wake_ups import WakeUps

log = structlog.get_logger()
LOOK_SECONDS = 1
# However many wake-ups come, nobody looks more often.
PAUSE_SECONDS = 0.05
BEAT_SECONDS = 1
SWEEP_SECONDS = 600
# Without the database for so long, this process is given no new connections.
CUT_OFF_SECONDS = 4


class CatchingUp:
    """For the process `app`: looks, beats, and wakes the others, until it is ended."""

    def __init__(self, app: Flask, presence: Presence, frames: BoardFrames) -> None:
        self._app = app
        self._here = cast("Runtime", app.extensions["confsvc"])
        self._presence = presence
        self._frames = frames
        self.elsewhere = Elsewhere(self._here.origin, presence)
        # Conference id → the revision up to which clients of this process were told.
        self._told: dict[int, int] = {}
        self._failing: set[str] = set()
        # What could not be told when it was read: it is told once more.
        self._to_tell_again: list[Fact] = []
        self._looked_at = self._swept_at = time.monotonic()
        with app.app_context(), begin_reading(System()) as work:
            self._last = last_fact(work)
        self._wake_ups = WakeUps(self._here.settings.redis_url)
        self._greenlets = [gevent.spawn(self._run_looks), gevent.spawn(self._run_beats)]

    def committed(self, fact: Fact) -> None:
        """This process has committed this and told its own clients: the others are woken."""
        if isinstance(fact, AttendanceRecorded):
            # Revisions have no gap, so its own clients were brought past those of others too.
            self._told[fact.conference_id] = max(fact.revision, self._told.get(fact.conference_id, 0))
        self._wake_ups.send()

    def end(self) -> None:
        """Say good-bye, so that nobody waits for the next beat."""
        gevent.killall(self._greenlets)
        self._wake_ups.end()
        try:
            with self._app.app_context(), self._noting() as work:
                self.elsewhere.leave(work)
        except Exception:
            log.exception("worker_not_left")

    @property
    def is_cut_off(self) -> bool:
        """Whether the database has not answered for so long that nobody is to come here now."""
        return time.monotonic() - self._looked_at > CUT_OFF_SECONDS

    def look(self) -> None:
        """Tell the clients of this process what others have committed since the last look."""
        watched = self._presence.conference_ids()
        with begin_reading(System()) as work:
            read = read_facts(work, self._last, self._here.origin)
            revisions = read_revisions(work, watched)
        if time.monotonic() - self._looked_at > KEPT.total_seconds() / 2:
            # Too long away: some facts may be forgotten, so everybody reads everything anew.
            read.facts.extend(RosterChanged(conference_id) for conference_id in watched)
        was_alone = self.is_cut_off and self._wake_ups.was_away
        self._looked_at, self._last, self._wake_ups.was_away = time.monotonic(), read.last, False
        if was_alone:
            log.warning("was_cut_off")
            gevent.spawn(hang_up_all, self._app.extensions["socketio"].server.eio.sockets, gevent.sleep)
        self._to_tell_again = [fact for fact in dict.fromkeys((*self._to_tell_again, *read.facts)) if not hear(fact)]
        for conference_id, revision in revisions.items():
            if revision > self._told.get(conference_id, -1) and hear(AttendanceRecorded(conference_id, revision)):
                self._told[conference_id] = revision
        for conference_id in self._told.keys() - watched:
            del self._told[conference_id]
        if not read.is_whole:
            self._wake_ups.heard.set()

    def beat(self) -> None:
        """Write down who is connected here, read who is elsewhere."""
        with self._noting() as work:
            self.elsewhere.write(work)
            moved = self.elsewhere.read(work)
            self.elsewhere.forget_silent(work)
            if time.monotonic() - self._swept_at > SWEEP_SECONDS:
                self._swept_at = time.monotonic()
                drop_old_facts(work)
        self.elsewhere.written()
        for conference_id in moved:
            self._frames.touch(conference_id)

    def _noting(self) -> AbstractContextManager[Work]:
        """A unit that waits for no other writer of this process: a beat must not stand still because the others do."""
        here = self._here
        return begin_work(
            here.open_writing,
            turn=nullcontext(),
            now=here.clock(),
            new_id=here.new_id,
            secret=here.secret,
            actor=System(),
            publish=lambda fact: None,
        )

    def _run_looks(self) -> None:
        while True:
            self._wake_ups.heard.wait(LOOK_SECONDS)
            self._wake_ups.heard.clear()
            self._safely(self.look)
            gevent.sleep(PAUSE_SECONDS)

    def _run_beats(self) -> None:
        while True:
            self._safely(self.beat)
            gevent.sleep(BEAT_SECONDS)

    def _safely(self, do: Callable[[], None]) -> None:
        try:
            with self._app.app_context():
                do()
            if do.__name__ in self._failing:
                log.info("caught_up_again", what=do.__name__)
            self._failing.discard(do.__name__)
        except Exception:
            # The database is away: what is missed is read when it is back. Said once.
            if do.__name__ not in self._failing:
                log.exception("catching_up_failed", what=do.__name__)
            self._failing.add(do.__name__)
            # Whoever was to be told meanwhile may not have been: everybody watched is told once more.
            self._told.clear()
            gevent.sleep(LOOK_SECONDS)
