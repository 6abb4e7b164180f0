"""The engine as the service needs it: durable SQLite with one writer, or PostgreSQL as it comes."""

import sqlite3
import threading
import time
from functools import partial
from typing import Any, cast

from gevent import monkey
from gevent.threadpool import ThreadPool
from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from confsvc.domain.work import LONG
from confsvc.loop import off_the_loop

WRITES = "confsvc_writes"
[_LONG] = LONG
# How long a writer waits for another process that holds SQLite's lock (a copy is being taken), and how often it looks.
LOCK_SECONDS = 5.0
LOOK_SECONDS = 0.02
BUSY_MILLISECONDS = 5000
# What a connection keeps of the file in memory: the pages that a morning's check-ins touch again and again.
CACHE_KIB = 16 * 1024
# So many statements that take long are run at a time, each on a processor of its own if there is one.
LONG_AT_A_TIME = 2


class WriterTurn:
    """The writers' queue of this process.

    SQLite waits for its lock inside C, where a green thread cannot yield; so writers queue here instead and the lock
    is free when `BEGIN IMMEDIATE` asks for it, unless another process has it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: int | None = None

    def __enter__(self) -> None:
        if self._holder == threading.get_ident():
            raise RuntimeError("a unit of work was begun inside another one")
        self._lock.acquire()
        self._holder = threading.get_ident()

    def __exit__(self, *_: object) -> None:
        self._holder = None
        self._lock.release()

    def comes_within(self, seconds: float) -> bool:
        """Whether a writer who asks now has the turn before so long; it is given back at once."""
        came = self._lock.acquire(timeout=seconds)
        if came:
            self._lock.release()
        return came


def prepare_engine(engine: Engine) -> None:
    """Set SQLite to WAL, synchronous=FULL and foreign keys, and let transactions begin as their purpose needs; PostgreSQL gets connections of ours."""
    if engine.dialect.name == "postgresql":
        from confsvc.postgres_connections import prepare_postgres  # noqa: PLC0415  # whoever has SQLite may not have its driver

        prepare_postgres(engine)
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MILLISECONDS}", f"cache_size=-{CACHE_KIB}"):
            connection.execute(f"PRAGMA {pragma}")

    if monkey.is_module_patched("threading"):
        _commit_off_the_loop(engine)
        _look_through_off_the_loop(engine)
    take_lock = _LockOfTheFile()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES, False):
            take_lock(connection)
        else:
            connection.exec_driver_sql("BEGIN")


def pool_options(url: str) -> dict[str, Any]:
    """Any number of connections to a file: whoever waits for a thread keeps one, and they cost little.

    The one that came back last is taken first: what it has read is still true as long as nobody else has written, while taking them
    in turn has each of them read everything anew.
    """
    address = make_url(url)
    is_file = address.get_backend_name() == "sqlite" and address.database not in (None, "", ":memory:")
    return {"max_overflow": -1, "pool_use_lifo": True} if is_file else {}


def _commit_off_the_loop(engine: Engine) -> None:
    """Wait for the disk in an OS thread: what is told meanwhile is read, and written together by the next commit."""
    commit, thread = engine.dialect.do_commit, ThreadPool(1)
    # A thread of its own: whoever commits has the writers' turn, and must not wait behind passwords and workbooks.
    engine.dialect.do_commit = lambda connection: off_the_loop(partial(commit, connection), thread)  # type: ignore[assignment,method-assign]  # no event lets one do it elsewhere


def _look_through_off_the_loop(engine: Engine) -> None:
    """Run what readers mark as LONG in an OS thread: SQLite, which has no process of its own, needs the loop for none of it.

    A writer, who has the turn of all, does not wait behind them.
    """
    threads = ThreadPool(LONG_AT_A_TIME)

    @event.listens_for(engine, "do_execute")
    def execute(cursor: sqlite3.Cursor, statement: str, parameters: Any, context: ExecutionContext) -> bool:
        options = context.execution_options
        if not options.get(_LONG) or options.get(WRITES):
            return False
        off_the_loop(partial(cursor.execute, statement, parameters), threads)
        return True


class _LockOfTheFile:
    """Begins writing as soon as no other process does, letting other green threads run meanwhile.

    Once a writer has waited in vain, those after it only look whether the lock is free, so that they need not queue for
    nothing: whoever sent what they would write is told at once, and sends it again.
    """

    def __init__(self) -> None:
        self._patience = LOCK_SECONDS

    def __call__(self, connection: Connection) -> None:
        waits_until = time.monotonic() + self._patience
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        # Waiting is done here and not inside SQLite, which would hold up the whole process.
        driver.execute("PRAGMA busy_timeout=0")
        try:
            while not self._took(connection, last=time.monotonic() >= waits_until):
                time.sleep(LOOK_SECONDS)
        finally:
            driver.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")

    def _took(self, connection: Connection, *, last: bool) -> bool:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError as error:
            if last or "locked" not in str(error.orig):
                self._patience = 0.0
                raise
            return False
        self._patience = LOCK_SECONDS
        return True


def session_makers(engine: Engine) -> tuple[sessionmaker[Session], sessionmaker[Session]]:
    """Session factories for reading and for writing; rows stay readable after the commit."""
    writing = engine.execution_options(**{WRITES: True})
    # SQLite reads one state anyway; PostgreSQL would show each statement of a unit a state of its own. What can only read needs no rollback.
    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True) if engine.dialect.name == "postgresql" else engine
    return sessionmaker(reading, expire_on_commit=False), sessionmaker(writing, expire_on_commit=False)
