"""The folder of a process goes with it: by itself, or when the next one begins to serve, and with no other one."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from confsvc.web.own_folder import PREFIX, own_folder, remove_left_folders

SECONDS = 60
OWNER = "from confsvc.web.own_folder import own_folder; owner = type('Owner', (), {})(); print(own_folder(owner), flush=True); input()"


class Owner:
    """Whoever has a folder."""


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, here and in processes that are begun."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def began() -> tuple[subprocess.Popen[str], Path]:
    """Another process, and the file in its folder."""
    process = subprocess.Popen([sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    file = Path(process.stdout.readline().strip()) / "passes.pdf"
    file.write_text("x")
    return process, file


def test_what_a_killed_process_has_left_is_removed_and_what_one_uses_is_not(temporary: Path) -> None:
    (killed, left), (living, used) = began(), began()
    remove_left_folders()
    assert sorted(temporary.iterdir()) == sorted([left.parent, used.parent])
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=SECONDS)
    assert left.exists()
    remove_left_folders()
    assert (list(temporary.iterdir()), used.read_text()) == ([used.parent], "x")
    # In good order it takes its folder away by itself.
    living.communicate("\n", timeout=SECONDS)
    assert list(temporary.iterdir()) == []


def test_folder_is_for_this_user_alone_and_goes_with_its_owner(temporary: Path) -> None:
    owner = Owner()
    folder = own_folder(owner)
    (folder / "passes.pdf").write_text("x")
    assert (folder.parent, folder.stat().st_mode & 0o777) == (temporary, 0o700)
    del owner
    assert list(temporary.iterdir()) == []


def test_what_is_not_ours_is_left_alone(temporary: Path) -> None:
    (temporary / "other").mkdir()
    (temporary / f"{PREFIX}file").write_text("x")
    (temporary / f"{PREFIX}link").symlink_to(temporary / "other")
    before = sorted(temporary.iterdir())
    remove_left_folders()
    assert sorted(temporary.iterdir()) == before


def test_what_another_user_has_put_there_is_not_even_looked_into(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = temporary / f"{PREFIX}theirs"
    (theirs / "anything").mkdir(parents=True)
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    remove_left_folders()
    assert list(theirs.iterdir()) == [theirs / "anything"]


def test_server_begins_without_what_a_killed_one_has_left_and_forgets_in_time(data_dir: Path, temporary: Path) -> None:
    killed, _left = began()
    killed.kill()
    killed.communicate(timeout=SECONDS)
    told = subprocess.run([sys.executable, "-m", "tests.short_keeping", str(data_dir)], check=True, capture_output=True, text=True, timeout=SECONDS).stdout
    assert json.loads(told.splitlines()[-1]) == [[], [".xlsx"], []]
    assert list(temporary.iterdir()) == []


@pytest.mark.usefixtures("temporary")
def test_no_folder_is_removed_while_it_is_made() -> None:
    is_over = threading.Event()

    def remove() -> None:
        while not is_over.is_set():
            remove_left_folders()

    removing = threading.Thread(target=remove)
    removing.start()
    owners = [Owner() for _ in range(300)]
    folders = [own_folder(owner) for owner in owners]
    is_over.set()
    removing.join()
    remove_left_folders()
    assert [folder.exists() for folder in folders] == [True] * len(folders)
