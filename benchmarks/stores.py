"""A prepared database, and a fresh copy of it for each run: SQLite as a file, PostgreSQL as a template."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import perf_counter

from sqlalchemy import URL, make_url

from benchmarks.postgres import analyze, create_database, drop_database, postgres
from benchmarks.preparation import Prepared, Size, prepare_conference
from benchmarks.servers import disk_folder, run_confsvc


@dataclass(frozen=True, slots=True)
class Copy:
    """A fresh copy: the settings of a server over it, and its address."""

    settings: dict[str, str]
    database: URL


class Store(ABC):
    """A prepared conference in a database."""

    prepared: Prepared
    # Seconds that the organiser's commands took to make it.
    made_in: float

    @abstractmethod
    def fresh(self) -> AbstractContextManager[Copy]:
        """A copy that nobody has written to, until the end of the block."""


class SqliteStore(Store):
    def __init__(self, folder: Path, size: Size) -> None:
        self._folder = folder / "prepared"
        run_confsvc({"DATA_DIR": str(self._folder)}, "db", "upgrade")
        began = perf_counter()
        self.prepared = prepare_conference(_sqlite(self._folder), size)
        self.made_in = perf_counter() - began

    @contextmanager
    def fresh(self) -> Iterator[Copy]:
        with disk_folder() as folder:
            data = shutil.copytree(self._folder, folder / "data")
            yield Copy({"DATA_DIR": str(data)}, _sqlite(data))


class PostgresStore(Store):
    def __init__(self, server: URL, folder: Path, size: Size) -> None:
        self._server, self._folder, self._numbers = server, folder, count(1)
        database = create_database(server, "prepared")
        run_confsvc(self._settings(database), "db", "upgrade")
        began = perf_counter()
        self.prepared = prepare_conference(database, size)
        self.made_in = perf_counter() - began
        analyze(database)

    @contextmanager
    def fresh(self) -> Iterator[Copy]:
        name = f"run{next(self._numbers)}"
        database = create_database(self._server, name, template="prepared")
        analyze(database)
        yield Copy(self._settings(database), database)
        drop_database(self._server, name)

    def _settings(self, database: URL) -> dict[str, str]:
        return {"DATA_DIR": str(self._folder), "DATABASE_URL": database.render_as_string(hide_password=False)}


@contextmanager
def sqlite_store(size: Size) -> Iterator[Store]:
    """A prepared SQLite file."""
    with disk_folder() as folder:
        yield SqliteStore(folder, size)


@contextmanager
def postgres_store(size: Size) -> Iterator[Store]:
    """A PostgreSQL of its own with a prepared database."""
    with postgres() as server, disk_folder() as folder:
        yield PostgresStore(server, folder, size)


STORES = {"sqlite": sqlite_store, "postgres": postgres_store}


def _sqlite(folder: Path) -> URL:
    return make_url(f"sqlite:///{folder / 'confsvc.sqlite3'}")
