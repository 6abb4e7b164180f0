"""The disk of PostgreSQL is full: desks are told so by errors, nothing that was answered is lost, and all goes on once there is room."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from cluster.programs import UNPRIVILEGED
from cluster.running import Cluster
from tests.cluster.conftest import Places, started
from tests.cluster.load import open_load
from tests.nursery import Nursery

BLOCK = 64 * 1024
# The programs, an empty database, and a few segments of the log.
SMALL_DISK = "320m"
ROOM_OF_A_FILE = 64 * 1024
RIGHT_SECONDS = 5


class SmallDisk:
    """PostgreSQL lies on a file system of its own, which is filled; it lives on, and what is there can be read."""

    kind = "a small file system"
    is_readable = True

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"

    def take_room(self, cluster: Cluster) -> None:
        # A fresh segment of the log first, which has its room already: it is the tables that find none.
        engine = create_engine(cluster.postgres.server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_switch_wal()"))
        engine.dispose()
        with self._filler.open("wb", buffering=0) as filler, suppress(OSError):
            while True:
                filler.write(bytes(BLOCK))

    def give_room(self, cluster: Cluster) -> None:
        self._filler.unlink()


class SmallFiles:
    """Where nobody may mount: no file of PostgreSQL may grow, its log neither, and without that it stops; an administrator starts it again."""

    kind = "a limit on the size of files"
    is_readable = False

    def take_room(self, cluster: Cluster) -> None:
        for pid in cluster.postgres.processes():
            # By its own user: root may not do it everywhere. One that has ended meanwhile needs none.
            subprocess.run(["prlimit", f"--fsize={ROOM_OF_A_FILE}:", "--pid", str(pid)], user=UNPRIVILEGED, check=False, capture_output=True)

    def give_room(self, cluster: Cluster) -> None:
        cluster.postgres.restart()


@pytest.fixture(scope="module")
def disk() -> Iterator[tuple[Path, SmallDisk | SmallFiles]]:
    services = Path(tempfile.mkdtemp(prefix="cd"))
    services.chmod(0o711)
    (folder := services / "postgres").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK},mode=755", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode == 0:
        yield services, SmallDisk(folder)
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
    else:
        yield services, SmallFiles()
    shutil.rmtree(services, ignore_errors=True)


@pytest.fixture
def cluster(nursery: Nursery, disk: tuple[Path, SmallDisk | SmallFiles], tmp_path: Path) -> Iterator[Cluster]:
    """One of its own: the disk of the others' must not be full."""
    with started(nursery, tmp_path, disk[0], workers=1) as cluster:
        yield cluster


def test_a_full_disk_gives_errors_and_loses_nothing(
    places: Places, disk: tuple[Path, SmallDisk | SmallFiles], record_property: Callable[[str, object], None]
) -> None:
    small, cluster = disk[1], places.cluster
    record_property("full is", small.kind)
    with open_load(places, cluster.url) as load:
        board = places.board(0)
        for desk in load.desks:
            desk.work()
            desk.wait_for_more()
        small.take_room(cluster)
        for desk in load.desks:
            desk.wait_for_an_error()
        assert cluster.workers[0].is_alive()
        if small.is_readable:
            assert board.call("sync", {})["ok"]
        small.give_room(cluster)
        returned_at = time.monotonic()
        for desk in load.desks:
            desk.wait_for_more()
        load.rest()
        assert board.call("sync", {})["ok"]
        assert time.monotonic() - returned_at < RIGHT_SECONDS
        assert {error for desk in load.desks for error in desk.errors} == {"error"}
        load.check()
