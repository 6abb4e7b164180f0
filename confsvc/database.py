"""The engine as the service needs it: durable SQLite with one writer, or PostgreSQL as it comes."""

import threading
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session, sessionmaker

WRITES = "confsvc_writes"


class WriterTurn:
    """The writers' queue of this process.

    SQLite waits for its lock inside C, where a green thread cannot yield; so writers queue here instead and the lock
    is always free when `BEGIN IMMEDIATE` asks for it.
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


def prepare_engine(engine: Engine) -> None:
    """Set SQLite to WAL, synchronous=FULL and foreign keys, and let transactions begin as their purpose needs."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def session_makers(engine: Engine) -> tuple[sessionmaker[Session], sessionmaker[Session]]:
    """Session factories for reading and for writing; rows stay readable after the commit."""
    writing = engine.execution_options(**{WRITES: True})
    # SQLite reads one state anyway; PostgreSQL would show each statement of a unit a state of its own.
    reading = engine.execution_options(isolation_level="REPEATABLE READ") if engine.dialect.name == "postgresql" else engine
    return sessionmaker(reading, expire_on_commit=False), sessionmaker(writing, expire_on_commit=False)
