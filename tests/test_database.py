"""SQLite beside others: the lock of its file, wanted by two processes at once, and statements that take long."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Timer
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from confsvc import database
from confsvc.database import pool_options, prepare_engine, session_makers
from confsvc.extensions import db


@pytest.fixture
def engine(data_dir: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{data_dir / 'confsvc.sqlite3'}")
    prepare_engine(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def other(data_dir: Path) -> Iterator[sqlite3.Connection]:
    """Another process, as far as SQLite can tell; it has the lock."""
    connection = sqlite3.connect(data_dir / "confsvc.sqlite3", isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN EXCLUSIVE")
    yield connection
    connection.close()


def test_writer_waits_for_the_lock(engine: Engine, other: sqlite3.Connection) -> None:
    _, write = session_makers(engine)
    letting_go = Timer(0.2, other.execute, ("ROLLBACK",))
    letting_go.start()
    with write() as session:
        assert session.scalar(text("PRAGMA busy_timeout")) == database.BUSY_MILLISECONDS
        session.commit()
    letting_go.join()


def test_after_waiting_in_vain_writers_only_look_until_the_lock_is_free(engine: Engine, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    moments = iter(float(second) for second in range(1000))
    monkeypatch.setattr(database, "time", SimpleNamespace(monotonic=lambda: next(moments), sleep=waited.append))
    _, write = session_makers(engine)

    def attempt() -> int:
        """How often a writer that fails has waited."""
        waited.clear()
        with write() as session, pytest.raises(OperationalError, match="locked"):
            session.connection()
        return len(waited)

    assert [attempt(), attempt(), attempt()] == [4, 0, 0]
    other.execute("ROLLBACK")
    with write() as session:
        session.connection()
    other.execute("BEGIN EXCLUSIVE")
    assert attempt() == 4


def test_readers_read_while_another_process_has_the_lock(engine: Engine, other: sqlite3.Connection) -> None:
    read, _ = session_makers(engine)
    with read() as session:
        assert session.scalar(text("SELECT count(*) FROM conferences")) == 0


def test_whoever_stands_at_a_desk_does_not_wait_for_a_long_statement(data_dir: Path) -> None:
    asked = [sys.executable, "-m", "tests.long_reading", str(data_dir / "confsvc.sqlite3")]
    plain, long, writers, threads = map(int, subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split())
    assert (plain, long > 0, writers, threads) == (0, True, 0, 1)


def test_whoever_waits_for_a_thread_keeps_nobody_from_a_connection(app: Flask) -> None:
    with app.app_context(), ExitStack() as held:
        for _ in range(40):
            held.enter_context(db.engine.connect())
    assert pool_options("sqlite://") == pool_options("postgresql+psycopg:///confsvc") == {}


def test_the_connection_that_has_just_read_reads_again(app: Flask) -> None:
    def driver(connection: Connection) -> object:
        return connection.connection.driver_connection

    with app.app_context():
        with db.engine.connect() as first, db.engine.connect() as second:
            others = {driver(first), driver(second)}
            latest = driver(first)
        with db.engine.connect() as again:
            assert (driver(again) is latest, len(others)) == (True, 2)
