"""`confsvc backup` and `confsvc restore` over SQLite."""

import json
import os
import resource
import sqlite3
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from confsvc.backup.databases import copy_sqlite
from confsvc.backup.taking import drop_old, take_backup
from confsvc.settings import Settings
from tests.backup.conftest import DATABASE, Run, contents, rows_of

NOW = datetime(2023, 1, 16, 6, 30, tzinfo=UTC)
# More than a step of the copy, so that others write in between.
MANY_ROWS, ROW_BYTES = 4000, 4000


def only(folder: Path) -> Path:
    """The one backup of a folder, which holds nothing else."""
    [path] = folder.iterdir()
    return path


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """A disk that is full, as far as this process can tell."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def repack(archive: Path, changed: Path, **files: bytes | None) -> None:
    """The archive with some files changed, or (None) left out."""
    with tarfile.open(archive) as source, tarfile.open(changed, "w:gz") as target:
        for member in source:
            read = source.extractfile(member)
            assert read
            content: bytes | None = files.get(member.name.replace(".", "_"), read.read())
            if content is not None:
                member.size = len(content)
                target.addfile(member, BytesIO(content))


def test_what_was_backed_up_comes_back(data: Path, tmp_path: Path, run: Run) -> None:
    rows, files = rows_of(data / DATABASE), contents(data)
    assert run(data, "backup", data / "copies").exit_code == 0
    done = run(tmp_path / "other", "restore", only(data / "copies"))
    assert (done.exit_code, done.output) == (0, f"Restored into {tmp_path / 'other'}.\n")
    assert rows_of(tmp_path / "other" / DATABASE) == rows
    del files["mail/tmp/ba@example.org"]
    assert contents(tmp_path / "other") == files
    assert {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "other").rglob("*") if path.is_file()} == {"0o600"}


def test_a_backup_is_its_owners_only_and_names_the_key_by_a_fingerprint(data: Path, run: Run) -> None:
    run(data, "backup", data / "copies")
    path = only(data / "copies")
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    with tarfile.open(path) as tar:
        first, *others = tar.getmembers()
        manifest = json.load(tar.extractfile(first))  # type: ignore[arg-type]  # it is a file
    assert first.name == "manifest.json"
    assert list(manifest["files"]) == [member.name for member in others]
    assert (manifest["format"], manifest["database"]) == (1, "sqlite")
    assert (data / "secret.key").read_text() not in json.dumps(manifest)


def test_a_key_of_the_settings_is_not_in_it_and_must_be_the_same_again(data: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (data / "secret.key").unlink()
    monkeypatch.setenv("CONFSVC_SECRET_KEY", "k" * 40)
    assert "stands in CONFSVC_SECRET_KEY" in run(data, "backup", data / "copies").output
    monkeypatch.setenv("CONFSVC_SECRET_KEY", "x" * 40)
    refused = run(tmp_path / "other", "restore", only(data / "copies"))
    assert (refused.exit_code, refused.output) == (
        1,
        "Error: links of this backup were made with another secret key: set CONFSVC_SECRET_KEY to that one. Nothing was changed.\n",
    )
    monkeypatch.setenv("CONFSVC_SECRET_KEY", "k" * 40)
    assert run(tmp_path / "other", "restore", only(data / "copies")).exit_code == 0
    assert not (tmp_path / "other" / "secret.key").exists()


def test_the_newest_are_kept_and_other_files_left_alone(data: Path, run: Run) -> None:
    copies = data / "copies"
    copies.mkdir()
    (copies / "notes.txt").write_text("mine")
    taken = []
    for _ in range(4):
        said = run(data, "backup", copies, "--keep", "2")
        taken.append(said.output.split(" ")[0])
    assert sorted(path.name for path in copies.iterdir()) == sorted([*(Path(path).name for path in taken[-2:]), "notes.txt"])
    assert drop_old(copies, 2) == []


def test_a_copy_under_writes_is_one_moment_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    source = tmp_path / DATABASE
    with closing(sqlite3.connect(source)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, number INTEGER, filling BLOB)")
        database.executemany("INSERT INTO rows (number, filling) VALUES (0, ?)", ((b"x" * ROW_BYTES,) for _ in range(MANY_ROWS)))
        database.commit()
    done, waits = threading.Event(), []

    def write() -> None:
        with closing(sqlite3.connect(source)) as writer:
            writer.execute("PRAGMA synchronous=OFF")
            while not done.is_set():
                began = time.monotonic()
                # The first row and the last one: a copy that mixes two moments shows it.
                writer.execute("UPDATE rows SET number = number + 1 WHERE id IN (1, ?)", (MANY_ROWS,))
                writer.commit()
                waits.append(time.monotonic() - began)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        while not waits:
            time.sleep(0.001)
        before = len(waits)
        copy_sqlite(source, tmp_path / "copy")
        during = len(waits) - before
    finally:
        done.set()
        thread.join()
    assert during > 10
    assert max(waits) < 1
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        [(lowest, highest)] = copy.execute("SELECT min(number), max(number) FROM rows WHERE id IN (1, ?)", (MANY_ROWS,))
    assert lowest == highest >= 1


@pytest.mark.parametrize("most_bytes", [8192, 40_000])
def test_a_full_disk_leaves_nothing_behind_and_earlier_backups_alone(data: Path, run: Run, most_bytes: int) -> None:
    run(data, "backup", data / "copies")
    path = only(data / "copies")
    kept = path.read_bytes()
    # The compressed archive needs less than the database: the second bound lets the copy of a small database through.
    (data / "mail" / "new" / "big@example.org").write_bytes(os.urandom(30_000))
    with files_no_longer_than(most_bytes if most_bytes < 10_000 else (data / DATABASE).stat().st_size - 1):
        refused = run(data, "backup", data / "copies", "--keep", "1")
    assert refused.exit_code == 1
    assert refused.output.endswith("No backup was written.\n")
    assert only(data / "copies").read_bytes() == kept


def test_a_disk_that_fills_up_while_the_archive_is_written_leaves_nothing_behind(data: Path, run: Run) -> None:
    for number in range(40):
        (data / "mail" / "new" / f"{number}@example.org").write_bytes(os.urandom(50_000))
    with files_no_longer_than((data / DATABASE).stat().st_size + 100_000):
        refused = run(data, "backup", data / "copies")
    assert (refused.exit_code, "File too large" in refused.output) == (1, True)
    assert list((data / "copies").iterdir()) == []


def test_a_damaged_database_is_not_backed_up(data: Path, run: Run) -> None:
    with closing(sqlite3.connect(data / DATABASE)) as database:
        database.execute("PRAGMA journal_mode=DELETE")
    content = bytearray((data / DATABASE).read_bytes())
    content[4096 * 3 : 4096 * 6] = b"\x55" * (4096 * 3)
    (data / DATABASE).write_bytes(content)
    refused = run(data, "backup", data / "copies")
    assert (refused.exit_code, list((data / "copies").iterdir())) == (1, [])


def test_a_place_that_is_taken_stays_as_it_is_unless_replace_is_said(data: Path, run: Run) -> None:
    run(data, "backup", data / "copies")
    archive = only(data / "copies")
    with closing(sqlite3.connect(data / DATABASE)) as database:
        database.execute("UPDATE conferences SET title = 'Sau này'")
        database.commit()
    rows, files = rows_of(data / DATABASE), contents(data)
    refused = run(data, "restore", archive)
    assert refused.exit_code == 1
    assert refused.output == f"Error: {data} is not empty (mail, secret.key, {DATABASE}): name another folder, or say --replace. Nothing was changed.\n"
    assert (rows_of(data / DATABASE), contents(data)) == (rows, files)
    done = run(data, "restore", archive, "--replace")
    [aside] = data.glob("replaced-*")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, f"What was there lies in {aside}.")
    assert rows_of(aside / DATABASE) == rows
    assert [title for (title,) in sqlite3.connect(data / DATABASE).execute("SELECT title FROM conferences")] != ["Sau này"]


def test_a_database_that_a_server_has_open_is_not_replaced(data: Path, run: Run) -> None:
    run(data, "backup", data / "copies")
    with closing(sqlite3.connect(data / DATABASE)) as server:
        server.execute("PRAGMA journal_mode=WAL")
        server.execute("SELECT count(*) FROM accounts").fetchone()
        refused = run(data, "restore", only(data / "copies"), "--replace")
        assert refused.output == "Error: a server is still running on this database: stop it first. Nothing was changed.\n"
    assert list(data.glob("replaced-*")) == []


@pytest.mark.parametrize("how", ["cut", "garbage", "empty", "other_tar", "changed", "missing", "damaged", "escaping", "newer"])
def test_a_broken_archive_changes_nothing(data: Path, tmp_path: Path, run: Run, how: str) -> None:
    run(data, "backup", data / "copies")
    archive = only(data / "copies")
    content = archive.read_bytes()
    with tarfile.open(archive) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]  # it is a file
    broken = tmp_path / "broken.tar.gz"
    match how:
        case "cut":
            broken.write_bytes(content[: len(content) // 2])
        case "garbage":
            broken.write_bytes(b"\x00\x01garbage" * 100)
        case "empty":
            broken.write_bytes(b"")
        case "other_tar":
            with tarfile.open(broken, "w:gz") as tar:
                tar.add(data / "secret.key", "secret.key")
        case "changed":
            repack(archive, broken, secret_key=b"z" * 64)
        case "missing":
            repack(archive, broken, secret_key=None)
        case "damaged":
            flipped = bytearray(content)
            flipped[len(content) // 2] ^= 0xFF
            broken.write_bytes(flipped)
        case "escaping":
            manifest["files"]["mail/new/../../../../escaped"] = "0" * 64
            repack(archive, broken, manifest_json=json.dumps(manifest).encode())
        case "newer":
            repack(archive, broken, manifest_json=json.dumps({**manifest, "format": 2, "more": 1}).encode())
    (other := tmp_path / "other").mkdir()
    (other / "secret.key").write_text("k" * 64)
    refused = run(other, "restore", broken, "--replace")
    assert (refused.exit_code, refused.output.endswith("Nothing was changed.\n")) == (1, True)
    assert contents(other) == {"secret.key": b"k" * 64}
    assert [path.name for path in other.iterdir()] == ["secret.key"]


def test_there_must_be_a_database(tmp_path: Path, run: Run) -> None:
    refused = run(tmp_path / "empty", "backup", tmp_path / "copies")
    assert (refused.exit_code, "there is no database" in refused.output) == (1, True)


def test_backups_of_one_second_have_names_of_their_own(data: Path) -> None:
    settings = Settings(data_dir=data)
    paths = {take_backup(settings, data / "copies", NOW.replace(microsecond=number)) for number in range(2)}
    assert len(paths) == 2
