"""The command line of the administrator, called as a person calls it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

from confsvc.cli import cli
from tests.conftest import SECRET

Run = Callable[..., Result]
GOOD = "a long enough password"


@pytest.fixture
def run(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("account", "create", …, typed="…")`: a command over a fresh database; `typed` answers what it asks."""
    for name, value in {"DATA_DIR": str(data_dir), "SECRET_KEY": SECRET, "ARGON2_MEMORY_KIB": "32", "LOG_LEVEL": "ERROR"}.items():
        monkeypatch.setenv(f"CONFSVC_{name}", value)

    def call(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(cli, words, input=typed)

    return call


@pytest.fixture
def rows(data_dir: Path) -> Callable[[str], list[tuple[object, ...]]]:
    """`rows("SELECT …")` of the database."""

    def ask(statement: str) -> list[tuple[object, ...]]:
        engine = create_engine(f"sqlite:///{data_dir / 'confsvc.sqlite3'}")
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.execute(text(statement))]
        engine.dispose()
        return found

    return ask


def test_account_create_asks_for_the_password_and_stores_its_argon2_hash(run: Run, rows: Callable[[str], list[tuple[object, ...]]]) -> None:
    done = run("account", "create", "Olga@Example.ORG", "--name", "Olga", typed=f"{GOOD}\n{GOOD}\n")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "Olga@Example.ORG can sign in now.")
    assert GOOD not in done.output
    [(email, role, stored)] = rows("SELECT email, role, password_hash FROM accounts")
    assert (email, role) == ("olga@example.org", "organiser")
    assert str(stored).startswith("$argon2id$")


def test_account_create_makes_administrators(run: Run, rows: Callable[[str], list[tuple[object, ...]]]) -> None:
    assert run("account", "create", "a@example.org", "--name", "A", "--administrator", "--password", GOOD).exit_code == 0
    assert rows("SELECT role FROM accounts") == [("administrator",)]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("a@example.org", "--name", "A", "--password", "short"), "Error: password: A password needs at least 12 characters.\n"),
        (("nobody", "--name", "A", "--password", GOOD), "Error: email: This is not an e-mail address.\n"),
        (("a@example.org", "--name", " ", "--password", GOOD), "Error: name: Please fill in this field.\n"),
    ],
)
def test_account_create_says_what_is_wrong_and_makes_nothing(
    run: Run, rows: Callable[[str], list[tuple[object, ...]]], words: tuple[str, ...], complaint: str
) -> None:
    done = run("account", "create", *words)
    assert (done.exit_code, done.output) == (1, complaint)
    assert rows("SELECT * FROM accounts") == []


def test_account_create_refuses_a_taken_address(run: Run, rows: Callable[[str], list[tuple[object, ...]]]) -> None:
    run("account", "create", "a@example.org", "--name", "A", "--password", GOOD)
    done = run("account", "create", "A@EXAMPLE.org", "--name", "B", "--password", GOOD)
    assert (done.exit_code, done.output) == (1, "Error: email: There is already an account with this e-mail address.\n")
    assert rows("SELECT name FROM accounts") == [("A",)]


def test_reset_password_ends_every_sign_in(run: Run, rows: Callable[[str], list[tuple[object, ...]]]) -> None:
    run("account", "create", "a@example.org", "--name", "A", "--password", GOOD)
    [(before,)] = rows("SELECT password_hash FROM accounts")
    assert run("account", "reset-password", "a@example.org", "--password", "another long password").exit_code == 0
    [(after, epoch)] = rows("SELECT password_hash, session_epoch FROM accounts")
    assert (after != before, epoch) == (True, 1)


def test_reset_password_knows_nobody_of_another_address(run: Run) -> None:
    assert run("account", "reset-password", "nobody@example.org", "--password", GOOD).exit_code == 1


def test_demo_prints_a_door_for_every_kind_of_person_and_loads_once(run: Run, rows: Callable[[str], list[tuple[object, ...]]]) -> None:
    first = run("demo", "--address", "http://127.0.0.1:8123")
    assert first.exit_code == 0
    title, *doors = first.output.splitlines()
    assert title == "Hội nghị tổng kết công tác năm 2022, triển khai nhiệm vụ năm 2023: loaded."
    addresses = [line.split()[-1] for line in doors[::2]]
    assert [line.rsplit(" ", 1)[0].strip() for line in doors[::2]] == ["organiser", "delegate", "liaison", "desk", "desk", "board", "public board"]
    assert [address.removeprefix("http://127.0.0.1:8123").split("/")[1] for address in addresses] == ["sign-in", "d", "r", "pair", "pair", "conferences", "b"]
    second = run("demo", "--address", "http://127.0.0.1:8123")
    assert second.output.splitlines()[0].endswith(": was loaded before.")
    assert second.output.splitlines()[2] == first.output.splitlines()[2]
    assert second.output.splitlines()[5] == first.output.splitlines()[5]
    assert rows("SELECT count(*) FROM conferences") == [(2,)]


def test_demo_does_not_print_a_password_that_was_changed(run: Run) -> None:
    run("demo")
    run("account", "reset-password", "bantochuc@example.org", "--password", GOOD)
    assert run("demo").output.splitlines()[2].strip() == "bantochuc@example.org, password (the one you gave it)"


def test_two_servers_give_their_example_different_passwords(run: Run, migrated_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = run("demo").output.splitlines()[2]
    (tmp_path / "other").mkdir()
    shutil.copy(migrated_database, tmp_path / "other")
    monkeypatch.setenv("CONFSVC_DATA_DIR", str(tmp_path / "other"))
    monkeypatch.setenv("CONFSVC_SECRET_KEY", "another " + SECRET)
    assert here != run("demo").output.splitlines()[2]


def test_a_bad_setting_stops_the_start_and_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFSVC_LOG_FORMAT", "xml")
    done = run("db", "upgrade")
    assert done.exit_code == 1
    assert "log_format" in str(done.exception)


def test_what_the_command_makes_is_for_its_own_user_only(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CONFSVC_")} | {"CONFSVC_DATA_DIR": str(folder)}
    command = f"umask 022; exec '{sys.executable}' -m confsvc db upgrade"
    subprocess.run(["sh", "-c", command], env=environment, check=True, capture_output=True)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in [folder, *folder.iterdir()]}
    assert modes == {"data": "0o700", "secret.key": "0o600", "confsvc.sqlite3": "0o600"}


def test_attendance_verify_agrees_with_the_example_and_finds_what_was_tampered_with(run: Run, data_dir: Path) -> None:
    run("demo")
    well = run("attendance", "verify")
    assert (well.exit_code, well.output) == (0, "2 conferences: the log and what is kept of it agree.\n")
    engine = create_engine(f"sqlite:///{data_dir / 'confsvc.sqlite3'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE site_tallies SET present = present - 1 WHERE site_id = 1"))
    engine.dispose()
    spoilt = run("attendance", "verify")
    assert spoilt.exit_code == 1
    assert spoilt.output.startswith("conference 1, site 1, present: kept ")
    assert spoilt.output.endswith("Error: 1 differences in 2 conferences.\n")


def test_demo_says_why_it_cannot_sign_anybody_in(run: Run, data_dir: Path) -> None:
    run("account", "create", "bantochuc@example.org", "--name", "A", "--password", GOOD)
    engine = create_engine(f"sqlite:///{data_dir / 'confsvc.sqlite3'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE accounts SET disabled_at = created_at"))
    engine.dispose()
    done = run("demo")
    assert (done.exit_code, done.output) == (1, "Error: email: There is already an account with this e-mail address.\n")


def test_a_program_older_than_its_database_works_on_beside_the_newer_one(run: Run, data_dir: Path) -> None:
    engine = create_engine(f"sqlite:///{data_dir / 'confsvc.sqlite3'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0099'"))
    engine.dispose()
    assert run("attendance", "verify").output == "0 conferences: the log and what is kept of it agree.\n"
