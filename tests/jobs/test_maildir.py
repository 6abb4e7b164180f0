"""Mail on disk: whole files, one for each message however often it is laid down, readable by its owner and by every mail program."""

import mailbox
from pathlib import Path

import pytest

from confsvc.domain.outbox import Outgoing
from confsvc.jobs.delivery import Unreachable
from confsvc.jobs.maildir import Maildir, file_name

DATA = b"Subject: x\r\n\r\nwords\r\n"


def message(n: int = 0) -> Outgoing:
    return Outgoing(n, f"<{n}@example.org>", "hop@example.org", "dina@example.org", DATA)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_messages_lie_in_the_folder_of_the_new_ones(tmp_path: Path) -> None:
    box = Maildir(tmp_path / "mail")
    box.deliver(message(0))
    box.deliver(message(1))
    assert files(tmp_path / "mail") == ["new/0@example.org", "new/1@example.org"]
    assert (tmp_path / "mail/new/0@example.org").read_bytes() == DATA
    assert file_name("<0@example.org>") == "0@example.org"
    found = mailbox.Maildir(tmp_path / "mail", create=False)
    assert [found_message["Subject"] for found_message in found] == ["x", "x"]


def test_one_that_is_laid_down_twice_is_one(tmp_path: Path) -> None:
    box = Maildir(tmp_path)
    box.deliver(message())
    box.deliver(message())
    assert files(tmp_path) == ["new/0@example.org"]


def test_one_that_somebody_has_opened_already_does_not_come_back(tmp_path: Path) -> None:
    box = Maildir(tmp_path)
    box.deliver(message())
    (tmp_path / "new/0@example.org").rename(tmp_path / "cur/0@example.org:2,S")
    box.deliver(message())
    assert files(tmp_path) == ["cur/0@example.org:2,S"]


def test_what_was_written_half_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp/0@example.org").write_bytes(b"Subj")
    Maildir(tmp_path).deliver(message())
    assert files(tmp_path) == ["new/0@example.org"]
    assert (tmp_path / "new/0@example.org").read_bytes() == DATA


def test_a_folder_that_cannot_be_written_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("in the way")
    with pytest.raises(Unreachable):
        Maildir(tmp_path / "mail").deliver(message())
