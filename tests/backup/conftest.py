"""A data folder as a server leaves it, and the commands over it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from confsvc.backup.databases import copy_sqlite
from confsvc.cli import cli
from confsvc.settings import Settings
from tests.conftest import BeginWork
from tests.factories import make_account, make_conference, make_delegate, make_mandate, make_site

Run = Callable[..., Result]
DATABASE = "confsvc.sqlite3"


def rows_of(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything a database holds, by table."""
    with closing(sqlite3.connect(path)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")]
        return {name: sorted(database.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but databases, by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and DATABASE not in path.name}


@pytest.fixture
def data(data_dir: Path, begin: BeginWork) -> Path:
    """A data folder with a conference, a key and three messages, one of them half written."""
    with begin() as work:
        conference = make_conference(work, make_account(work))
        site = make_site(work, conference)
        make_delegate(work, make_mandate(work, conference, site, seats=9), "Nguyễn Thị Dina")
    # The connections of the test stay with the database it came from.
    served = data_dir / "served"
    served.mkdir()
    copy_sqlite(data_dir / DATABASE, served / DATABASE)
    Settings(data_dir=served).effective_secret_key()
    for part, name in (("new", "một@example.org"), ("cur", "hai@example.org:2,S"), ("tmp", "ba@example.org")):
        folder = served / "mail" / part
        folder.mkdir(parents=True)
        (folder / name).write_bytes(f"Subject: {name}".encode())
    return served


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run(folder, "backup", …)`: a command over the data of this folder."""

    def call(folder: Path, *words: str | Path) -> Result:
        monkeypatch.setenv("CONFSVC_DATA_DIR", str(folder))
        return CliRunner().invoke(cli, [str(word) for word in words])

    return call
