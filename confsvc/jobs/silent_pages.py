"""Online participants whose pages have fallen silent leave, one round after another."""

from datetime import timedelta

import gevent
import structlog
from flask import Flask

from confsvc.boundary import begin_reading, begin_work, runtime
from confsvc.domain.online import leave_silent, somebody_is_silent
from confsvc.domain.work import System

log = structlog.get_logger()
ROUND_SECONDS = 5
ROUNDS_IN_GRACE = 3
# Bounds how long other writers wait for one round.
PAGES_IN_A_ROUND = 100


class SilentPages:
    """Looks every few seconds; listens for a whole grace before the first look, and again after anything that kept it from looking.

    While the server was down, asleep or could not reach its database it could hear nobody, so silence then says nothing.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        settings = app.extensions["confsvc"].settings
        self._grace = timedelta(seconds=settings.online_grace_seconds)
        self._pause = min(ROUND_SECONDS, settings.online_grace_seconds / ROUNDS_IN_GRACE)
        self._listening_since = self._looked_at = app.extensions["confsvc"].clock()

    def run(self) -> None:
        """Look for ever."""
        while True:
            gevent.sleep(self._pause)
            self.look()

    def look(self) -> int:
        """Let everybody leave who is silent by now: how many. What goes wrong is logged and tried again."""
        with self._app.app_context():
            self._notice_absence()
            try:
                return self._let_leave()
            except Exception:
                log.exception("silent_pages_failed")
                self._listening_since = runtime().clock()
                return 0

    def _notice_absence(self) -> None:
        now = runtime().clock()
        if now - self._looked_at > self._grace:
            self._listening_since = now
        self._looked_at = now

    def _let_leave(self) -> int:
        gone = 0
        while self._is_due():
            with begin_work(System()) as work:
                left = leave_silent(work, grace=self._grace, listening_since=self._listening_since, most=PAGES_IN_A_ROUND)
            gone += left
            if not left:
                break
        return gone

    def _is_due(self) -> bool:
        """Whether anybody is silent at all: to look must not make other writers wait."""
        with begin_reading(System()) as work:
            return somebody_is_silent(work, grace=self._grace, listening_since=self._listening_since)
