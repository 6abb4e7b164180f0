"""Settings: what stops the boot, and the key that is kept beside the database."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from confsvc.settings import Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for name in ("sign_in_limit", "pairing_limit", "link_limit") for value in ("", "ten", "10 per fortnight")),
        *(("default_timezone", value) for value in ("", "Asia", "Asia/Phan_Thiet", "../etc/passwd", "/etc/localtime")),
        *(
            ("public_url", value)
            for value in ("conference.example.org", "ftp://example.org", "https://", "https://[", "https://a b", "https://a:x", "https://a/?b")
        ),
        ("secret_key", "x" * 31),
        *(("redis_url", value) for value in ("localhost:6379", "http://localhost", "redis://", "redis://localhost:6379/0")),
        *(("mail_from", value) for value in ("", "hop", "Hop <hop@example.org>", "hop@example.org\r\nBcc: all@example.org", "hộp@example.org")),
        ("smtp_security", "ssl"),
        ("smtp_port", "0"),
        ("mail_per_minute", "-1"),
        ("mail_timeout_seconds", "0"),
    ],
)
def test_a_bad_value_stops_the_boot_and_its_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"CONFSVC_{name.upper()}", value)
    with pytest.raises(ValidationError, match=name) as refused:
        Settings()
    assert refused.value.error_count() == 1
    assert "x" * 31 not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sign_in_limit", "10 per 10 minutes; 100 per day"),
        ("default_timezone", "UTC"),
        ("public_url", ""),
        ("public_url", "https://conference.example.org:8443/hoi-nghi/"),
        ("secret_key", "x" * 32),
        ("secret_key", ""),
        ("mail_from", "hop@example.org"),
    ],
)
def test_a_good_value_is_kept(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"CONFSVC_{name.upper()}", value)
    assert getattr(Settings(), name) == value


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    with ThreadPoolExecutor(8) as pool:
        [key] = set(pool.map(lambda _: settings.effective_secret_key(), range(8)))
    assert len(key) == 64
    assert [(path.name, oct(path.stat().st_mode & 0o777)) for path in settings.data_dir.iterdir()] == [("secret.key", "0o600")]
    assert oct(settings.data_dir.stat().st_mode & 0o777) == "0o700"


def test_a_crash_while_the_key_is_written_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_number: int) -> None:
        raise OSError("no space left")

    settings = Settings(data_dir=tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", crash)
        with pytest.raises(OSError, match="no space left"):
            settings.effective_secret_key()
    assert list(tmp_path.iterdir()) == []
    assert len(settings.effective_secret_key()) == 64


@pytest.mark.parametrize("kept", ["", "\n", "abc"])
def test_a_key_cut_short_stops_the_boot_and_is_kept(tmp_path: Path, kept: str) -> None:
    (tmp_path / "secret.key").write_text(kept)
    with pytest.raises(RuntimeError, match=r"secret\.key is empty or cut short"):
        Settings(data_dir=tmp_path).effective_secret_key()
    assert (tmp_path / "secret.key").read_text() == kept


def test_a_mail_server_needs_an_address_that_people_can_answer_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFSVC_SMTP_HOST", "mail.example.org")
    with pytest.raises(ValidationError, match="mail_from is needed where smtp_host is set"):
        Settings()
    monkeypatch.setenv("CONFSVC_MAIL_FROM", "hop@example.org")
    assert Settings().smtp_host == "mail.example.org"


def test_a_cluster_needs_a_database_that_its_processes_share() -> None:
    shared = Settings(redis_url="redis://localhost:6379/0", database_url="postgresql+psycopg://localhost/confsvc")
    assert (shared.redis_url, Settings().redis_url) == ("redis://localhost:6379/0", "")
