"""Which process of a cluster does the jobs: the one whose session of PostgreSQL holds the lock; another takes over once that session ends."""

from collections.abc import Callable

import gevent
import structlog
from flask import Flask
from sqlalchemy import Connection, Engine, func, select

log = structlog.get_logger()
# An advisory lock; any number that nothing else of the service takes.
JOBS_LOCK = 0x636F6E66_0002
LOOK_SECONDS = 1
RETRY_SECONDS = 2


class Leadership:
    """Runs what `start` starts while this process holds the lock; `start` returns what ends it again."""

    def __init__(self, app: Flask, start: Callable[[], Callable[[], None]]) -> None:
        with app.app_context():
            self._engine: Engine = app.extensions["sqlalchemy"].engine
        self._start = start
        self._end_jobs: Callable[[], None] | None = None
        self._is_ending = False
        self._greenlet = gevent.spawn(self._run)

    def end(self) -> None:
        """End the jobs, and then let another process do them."""
        self._is_ending = True
        self._stand_down()
        self._greenlet.kill()

    def _run(self) -> None:
        while True:
            try:
                # A connection of its own, past the pool: who gives it back keeps the lock.
                with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.detach()
                    self._lead(connection)
            except Exception as error:  # noqa: BLE001  # the database is away, and with it the lock
                log.warning("jobs_lock_lost", error=type(error).__name__)
            self._stand_down()
            gevent.sleep(RETRY_SECONDS)

    def _lead(self, connection: Connection) -> None:
        is_waiting = False
        while not connection.scalar(select(func.pg_try_advisory_lock(JOBS_LOCK))):
            if not is_waiting:
                log.info("jobs_are_done_elsewhere")
            is_waiting = True
            gevent.sleep(LOOK_SECONDS)
        if self._is_ending:
            return
        log.info("jobs_are_done_here")
        self._end_jobs = self._start()
        while connection.scalar(select(1)):
            gevent.sleep(LOOK_SECONDS)

    def _stand_down(self) -> None:
        end, self._end_jobs = self._end_jobs, None
        if end:
            end()


def start_alone(app: Flask, start: Callable[[], Callable[[], None]]) -> Callable[[], None]:
    """Start the jobs if no other process does them, or as soon as none does; at once where the database is this process's own."""
    with app.app_context():
        shared = app.extensions["sqlalchemy"].engine.dialect.name == "postgresql"
    return Leadership(app, start).end if shared else start()
