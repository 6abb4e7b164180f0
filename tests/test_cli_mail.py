"""`confsvc mail receive`, called as a person or a timer calls it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from confsvc.cli import cli
from tests.answering import letter
from tests.conftest import SECRET

Run = Callable[..., Result]


@pytest.fixture
def run(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run(INBOX_DIR=…)`: one look over a fresh database, with these settings."""
    for name, value in {"DATA_DIR": str(data_dir), "SECRET_KEY": SECRET, "ARGON2_MEMORY_KIB": "32", "LOG_LEVEL": "ERROR"}.items():
        monkeypatch.setenv(f"CONFSVC_{name}", value)

    def call(**settings: str) -> Result:
        for name, value in settings.items():
            monkeypatch.setenv(f"CONFSVC_{name}", value)
        return CliRunner().invoke(cli, ["mail", "receive"])

    return call


def test_receive_says_how_many_came_in_and_what_became_of_them(run: Run, tmp_path: Path) -> None:
    new = tmp_path / "inbox" / "new"
    new.mkdir(parents=True)
    for number in (1, 2):
        (new / str(number)).write_bytes(letter(str(number)))
    (new / "3").write_bytes(letter("1"))
    done = run(INBOX_DIR=str(tmp_path / "inbox"))
    assert (done.exit_code, done.output) == (0, "3 messages: 2 ignored, 1 repeated.\n")
    again = run()
    assert (again.exit_code, again.output) == (0, "0 messages.\n")


def test_receive_fails_where_something_cannot_be_read_or_reached(run: Run, tmp_path: Path) -> None:
    (tmp_path / "inbox" / "new" / "folder").mkdir(parents=True)
    unreadable = run(INBOX_DIR=str(tmp_path / "inbox"))
    assert (unreadable.exit_code, "1 messages: 1 set aside." in unreadable.output.splitlines()) == (1, True)
    (tmp_path / "file").touch()
    unreachable = run(INBOX_DIR=str(tmp_path / "file"))
    assert unreachable.exit_code == 1
    assert unreachable.output.endswith("Error: 1 mailboxes could not be reached, 0 messages were set aside; the log says why.\n")


def test_receive_says_that_it_was_told_nowhere_to_look(run: Run) -> None:
    done = run()
    assert (done.exit_code, "Neither inbox_dir nor imap_host is set" in done.output) == (1, True)


@pytest.mark.parametrize("missing", ["IMAP_USER", "IMAP_PASSWORD"])
def test_mailbox_without_an_account_stops_the_boot(run: Run, missing: str) -> None:
    account = {"IMAP_HOST": "imap.example.org", "IMAP_USER": "confsvc", "IMAP_PASSWORD": "a secret"}
    done = run(**{name: value for name, value in account.items() if name != missing})
    assert done.exit_code == 1
    assert "imap_user and imap_password are needed" in str(done.exception)
    assert "a secret" not in str(done.exception)
