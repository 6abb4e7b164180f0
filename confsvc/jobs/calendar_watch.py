"""Calendars are told of what has changed, once the changes have settled."""

from datetime import timedelta

import gevent
import structlog
from flask import Flask

from confsvc.boundary import begin_reading, begin_work
from confsvc.domain.calendar_watch import put_calendar_messages, settled_conferences
from confsvc.domain.work import System

log = structlog.get_logger()
ROUND_SECONDS = 5.0
SHORTEST_ROUND_SECONDS = 0.5
# Bounds how long other writers wait for one round.
MESSAGES_IN_A_ROUND = 5_000


class CalendarWatch:
    """Looks every few seconds for conferences that are marked as changed.

    The mark is taken off in the transaction that puts the messages, so a crash between the two can forget nobody, and a second
    process that looks at the same moment finds nothing left to say.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._settle = timedelta(seconds=app.extensions["confsvc"].settings.calendar_settle_seconds)
        # Where changes are to be told at once, nobody waits longer for the round than for the changes to settle.
        self._round_seconds = max(SHORTEST_ROUND_SECONDS, min(ROUND_SECONDS, self._settle.total_seconds()))

    def run(self) -> None:
        """Look for ever."""
        while True:
            gevent.sleep(self._round_seconds)
            self.look()

    def look(self) -> int:
        """Put out what every settled conference has to tell: for how many. What goes wrong is logged and tried again."""
        told = 0
        with self._app.app_context():
            try:
                with begin_reading(System()) as work:
                    settled = settled_conferences(work, self._settle)
            except Exception:
                log.exception("calendar_watch_failed")
                return 0
            for conference_id in settled:
                told += self._tell(conference_id)
        return told

    def _tell(self, conference_id: int) -> int:
        """One conference that cannot be told keeps no other from being told."""
        try:
            with begin_work(System()) as work:
                put_calendar_messages(work, conference_id, most=MESSAGES_IN_A_ROUND)
        except Exception:
            log.exception("calendar_watch_failed", conference_id=conference_id)
            return 0
        return 1
