"""A copy of the database as one file, and the way back: SQLite by its online backup, PostgreSQL by its own programs."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, create_engine, inspect, make_url
from sqlalchemy.exc import SQLAlchemyError

from confsvc.backup.errors import BackupFailed

# A step of four megabytes and a breath: the disk is to be free in between for what waits to be durable.
PAGES_IN_A_STEP = 1024
BREATH_SECONDS = 0.002


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy the state of one moment, however much is written meanwhile; the copy has passed SQLite's own checks.

    The reading transaction holds that state: without it the copy would begin anew at every commit of the server, and never end.
    In WAL mode a reader keeps no writer waiting.
    """
    if not source.is_file():
        raise BackupFailed(f"there is no database at {source}")
    try:
        with closing(sqlite3.connect(source, isolation_level=None)) as live, closing(sqlite3.connect(target, isolation_level=None)) as copy:
            copy.execute("PRAGMA synchronous=OFF")  # the whole file is made durable at its end
            live.execute("BEGIN")
            live.execute("SELECT count(*) FROM sqlite_master").fetchone()
            live.backup(copy, pages=PAGES_IN_A_STEP, sleep=BREATH_SECONDS)
        check_sqlite(target)
    except sqlite3.Error as error:
        raise BackupFailed(f"the database could not be copied: {error}") from error


def check_sqlite(path: Path) -> None:
    """Raise BackupFailed where SQLite finds anything wrong with this file; leaves the one file, without a journal beside it."""
    try:
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA journal_mode=DELETE")
            wrong = [row[0] for row in database.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
            wrong += [f"table {row[0]}: a row points to nothing" for row in database.execute("PRAGMA foreign_key_check").fetchmany(3)]
    except sqlite3.Error as error:
        raise BackupFailed(f"{path.name} is no whole database: {error}") from error
    if wrong:
        raise BackupFailed(f"{path.name} is damaged: {'; '.join(wrong)}")


def require_unused(path: Path) -> None:
    """Raise BackupFailed while any process has this SQLite database open: to leave WAL mode needs that nobody else does."""
    with closing(sqlite3.connect(path, timeout=0)) as database:
        try:
            database.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.DatabaseError as error:
            if "locked" in str(error):
                raise BackupFailed("a server is still running on this database: stop it first") from error
            # It is damaged, which is why it is replaced.


def dump_postgres(url: str, target: Path) -> None:
    """The state of one moment by `pg_dump`, in its own compressed format."""
    _run("pg_dump", make_url(url), "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
    _run("pg_restore", None, "--list", str(target))


def load_postgres(url: str, dump: Path) -> None:
    """Fill the empty database at `url` in one transaction; raises BackupFailed where it is not empty."""
    engine = create_engine(url)
    try:
        if inspect(engine).get_table_names():
            raise BackupFailed("the database in CONFSVC_DATABASE_URL is not empty: make a new one (createdb) and name that")
    except SQLAlchemyError as error:
        raise BackupFailed(f"the database in CONFSVC_DATABASE_URL does not answer: {error}") from error
    finally:
        engine.dispose()
    _run("pg_restore", make_url(url), "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(dump))


def _run(program: str, url: URL | None, *arguments: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise BackupFailed(f"{program} is not on PATH: install the client programs of PostgreSQL, of the server's version or later")
    env = dict(os.environ)
    if url is not None:
        # The address is seen by everybody on the machine; the password is not among the arguments.
        shown = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
        arguments = (f"--dbname={shown.render_as_string()}", *arguments)
        if url.password is not None:
            env["PGPASSWORD"] = str(url.password)
    done = subprocess.run([path, *arguments], env=env, capture_output=True, text=True, check=False)  # noqa: S603  # no shell, our own arguments
    if done.returncode:
        raise BackupFailed(f"{program} failed: {done.stderr.strip()}")
