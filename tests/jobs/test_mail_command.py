"""`confsvc mail send`: what is due goes out, and what could not go is said."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from confsvc.cli import cli
from confsvc.domain.inviting import send_invitations
from tests.conftest import SECRET
from tests.crash.conftest import begin
from tests.factories import make_conference, make_delegate, make_mandate, make_site
from tests.jobs.mail_servers import HOST, free_port, real_server

Run = Callable[..., Result]


@pytest.fixture
def send(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`send(SMTP_PORT=…)`: the command over a database with two invitations in its outbox."""
    with begin(data_dir) as work:
        starts_at = work.now.replace(year=work.now.year + 1, month=6, day=1)
        conference = make_conference(work, starts_at=starts_at, ends_at=starts_at + timedelta(hours=3))
        mandate = make_mandate(work, conference, make_site(work, conference))
        for n in range(2):
            make_delegate(work, mandate, f"Người thứ {n}", email=f"nguoi-{n}@example.org")
        send_invitations(work, conference.id, web_address="https://hop.example.org")
    for name, value in {"DATA_DIR": str(data_dir), "SECRET_KEY": SECRET, "LOG_LEVEL": "ERROR"}.items():
        monkeypatch.setenv(f"CONFSVC_{name}", value)

    def call(**settings: object) -> Result:
        for name, value in settings.items():
            monkeypatch.setenv(f"CONFSVC_{name}", str(value))
        return CliRunner().invoke(cli, ["mail", "send"])

    return call


def smtp(port: int) -> dict[str, object]:
    return {"SMTP_HOST": HOST, "SMTP_PORT": port, "SMTP_SECURITY": "none", "MAIL_FROM": "hop@example.org"}


def test_without_a_mail_server_it_lays_down(send: Run, data_dir: Path) -> None:
    done = send()
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "2 messages sent.")
    assert len(list((data_dir / "mail/new").iterdir())) == 2
    assert send().output.splitlines()[-1] == "0 messages sent."


def test_it_sends_to_the_mail_server(send: Run) -> None:
    with real_server() as kept:
        assert send(**smtp(kept.port)).exit_code == 0
        assert kept.recipients() == ["nguoi-0@example.org", "nguoi-1@example.org"]


def test_it_fails_where_the_mail_server_does_not_answer(send: Run) -> None:
    done = send(**smtp(free_port()))
    assert done.exit_code == 1
    assert "It stays in the outbox." in done.output
    with real_server() as kept:
        assert send(**smtp(kept.port)).exit_code == 0
        assert sorted(kept.recipients()) == ["nguoi-0@example.org", "nguoi-1@example.org"]
