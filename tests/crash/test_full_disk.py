"""The disk is full: whoever tells something is told that it was not kept, the server lives, and nothing is lost once there is room again."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
import requests

from tests.crash.conftest import WAIT_SECONDS, Province, Server, Serving
from tests.crash.desks import Chance, Desk, by_name

BLOCK = 4096
SMALL_DISK = "16m"
# A writer that finds no room has still to grow the log it writes ahead, which begins small.
ROOM_AT_FIRST = 64 * 1024
Disk = tuple[Path, Callable[[Server], None], Callable[[Server], None]]


def fill(folder: Path) -> None:
    with (folder / "filler").open("wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(bytes(BLOCK))


@pytest.fixture(params=["small disk", "limited files"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """A folder, and how to take the room of the server in it and give it back.

    Where no file system can be mounted, both are a limit on the size of the server's files.
    """
    (folder := tmp_path / "data").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(folder)]
    if request.param == "small disk" and subprocess.run(mount, check=False, capture_output=True).returncode == 0:
        yield folder, lambda server: fill(folder), lambda server: (folder / "filler").unlink()
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        return
    yield folder, lambda server: server.limit_files(ROOM_AT_FIRST), lambda server: server.limit_files(2**31)


def test_full_disk_gives_error_acks_and_loses_nothing(serving: Serving, disk: Disk) -> None:
    folder, take_room, give_room = disk
    with serving(folder) as (server, province):
        server.start()
        desks = [working(server, province, token) for token in province.desk_tokens[:-1]]
        for desk in desks:
            desk.work()
            desk.wait_for_more()
        take_room(server)
        for desk in desks:
            desk.wait_for_an_error()
        # A desk that comes now is let in and reads, and so does everybody.
        late = working(server, province, province.desk_tokens[-1])
        late.do(by_name(province.delegate_ids[province.site_of[province.desk_tokens[-1]]][0]))
        late.wait_for_an_error()
        assert late.call("sync", {"since": None})["ok"]
        assert requests.get(f"{server.url}/sign-in", timeout=WAIT_SECONDS).status_code == 200
        assert server.is_alive()
        give_room(server)
        for desk in (*desks, late):
            desk.rest()
            desk.close()
        assert {error for desk in (*desks, late) for error in desk.errors} == {"error"}
        server.stop()

        lines, acts = province.lines(folder), {ref: act for desk in (*desks, late) for ref, act in desk.acts.items()}
        assert set(acts) <= set(lines)
        assert all(desk.answers_agree(lines) for desk in (*desks, late))
        assert "agree" in server.verify()


def working(server: Server, province: Province, token: str) -> Desk:
    site_id = province.site_of[token]
    return Desk(server.url, token, Chance(Random(token), province.codes[site_id], province.delegate_ids[site_id]).act)
