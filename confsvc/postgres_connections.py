"""Connections to PostgreSQL for a server of green threads: they wait in its loop, send together what needs no answer, and keep what they have prepared."""

import select
from collections.abc import Sequence
from time import monotonic
from typing import Any, TypeVar, cast

import psycopg
from gevent import get_hub, monkey
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from psycopg.waiting import Ready, Wait
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import ExecutionContext

from confsvc.domain.prepared import SENT_BEFORE, Sent

RV = TypeVar("RV")
# A connection that was silent for so long is asked whether it still is one before it is used.
SILENT_SECONDS = 1.0
# The one of the system, which looks and does not wait.
_look_at = monkey.get_original("select", "poll")


class KeptConnection(psycopg.Connection[Any]):
    """psycopg's, but of a service that is full of green threads and changes no tables while it serves."""

    _heard_at = 0.0

    @property
    def is_well(self) -> bool:
        """Whether it has answered just now and nobody has ended it since: whoever ends it says so on its socket."""
        return monotonic() - self._heard_at < SILENT_SECONDS and not _ready_now(self.pgconn.socket) & Ready.R

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """By the loop's own watcher: the driver would make a poll, its watchers and a timer anew for each statement."""
        is_green = timeout is None and monkey.is_module_patched("select")
        found = self._wait_in_the_loop(gen) if is_green else super().wait(gen, interval, timeout)
        self._heard_at = monotonic()
        return found

    def rollback(self) -> None:
        """What could only read is committed instead, which is the same: after a rollback the driver forgets every statement that it has prepared."""
        if self.read_only and self.info.transaction_status == TransactionStatus.INTRANS:
            self.commit()
        else:
            super().rollback()

    def _wait_in_the_loop(self, gen: PQGen[RV]) -> RV:
        try:
            wanted = next(gen)
            while True:
                wanted = gen.send(_ready_for(self.pgconn.socket, wanted))
        except StopIteration as end:
            found: RV = end.value
            return found


def prepare_postgres(engine: Engine) -> None:
    """Have this engine make such connections, and use them as they are meant."""

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, arguments: Any, options: Any) -> psycopg.Connection[Any]:
        return KeptConnection.connect(*arguments, **options)

    @event.listens_for(engine, "do_execute")
    def send_together(cursor: psycopg.Cursor[Any], statement: Any, parameters: Any, context: ExecutionContext) -> bool:
        before: Sequence[Sent] = context.execution_options.get(SENT_BEFORE, ())
        if before:
            _send_together(before, cursor, statement, parameters)
        return bool(before)

    ping = engine.dialect.do_ping
    engine.dialect.do_ping = lambda dbapi_connection: cast("Any", dbapi_connection).is_well or ping(dbapi_connection)  # type: ignore[method-assign]  # no event lets one do without


def _send_together(before: Sequence[Sent], cursor: psycopg.Cursor[Any], statement: Any, parameters: Any) -> None:
    connection = cursor.connection
    with connection.pipeline():
        answers = [connection.execute(one.sql, one.values) for one in before]
        cursor.execute(statement, parameters)
    for one, answer in zip(before, answers, strict=True):
        one.found = answer.fetchall() if answer.rownumber is not None else ()


def _ready_for(descriptor: int, wanted: Wait) -> Ready:
    """Wait until the socket is ready for one of these; to be written to it nearly always is."""
    if wanted & Wait.W and (ready := _ready_now(descriptor)):
        return ready
    hub = get_hub()
    watcher = hub.loop.io(descriptor, int(wanted))
    try:
        hub.wait(watcher)
    finally:
        watcher.close()
    return _ready_now(descriptor)


def _ready_now(descriptor: int) -> Ready:
    looking = _look_at()
    looking.register(descriptor, select.POLLIN | select.POLLOUT)
    found = looking.poll(0)
    seen = found[0][1] if found else 0
    # Also an error, and the end of the line, are read.
    return Ready((Ready.R if seen & ~select.POLLOUT else 0) | (Ready.W if seen & select.POLLOUT else 0))
