"""Reminders go out when their moment has come, one look after another."""

import gevent
import structlog
from flask import Flask

from confsvc.boundary import begin_reading, begin_work
from confsvc.domain.reminding import due_reminders, remind
from confsvc.domain.work import System

log = structlog.get_logger()
ROUND_SECONDS = 30


class Reminders:
    """Looks every half minute for reminders that are due; what was missed meanwhile goes out as far as it still helps."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def run(self) -> None:
        """Look for ever."""
        while True:
            self.look()
            gevent.sleep(ROUND_SECONDS)

    def look(self) -> int:
        """Put the messages of every reminder that is due: how many reminders went out. What goes wrong is logged and tried again."""
        with self._app.app_context():
            try:
                with begin_reading(System()) as work:
                    due = due_reminders(work)
            except Exception:
                log.exception("reminders_failed")
                return 0
            return sum(self._remind(reminder_id) for reminder_id in due)

    def _remind(self, reminder_id: int) -> bool:
        """In a unit of its own: one that fails holds up no other."""
        try:
            with begin_work(System()) as work:
                return remind(work, reminder_id) is not None
        except Exception:
            log.exception("reminder_failed", reminder=reminder_id)
            return False
