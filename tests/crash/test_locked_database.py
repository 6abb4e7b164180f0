"""Another program has the database for a while, as a copy being taken does: acks come late or say no, everybody reads on, nothing is lost."""

import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from confsvc.database import LOCK_SECONDS
from tests.crash.conftest import DATABASE, WAIT_SECONDS, Province, Server, Serving
from tests.crash.desks import Chance, Desk, by_name

# Holds the lock of writers until it is told to let go.
HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""
# What reading may take at most while another process has the lock; far less than a writer waits for it.
READING_SECONDS = LOCK_SECONDS / 2


class Locked:
    """A process that has the lock while the block runs."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-c", HOLDER, str(folder / DATABASE)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> None:
        assert self._process.stdout
        assert self._process.stdout.readline() == "locked\n"

    def __exit__(self, *_: object) -> None:
        self._process.communicate("let go\n", timeout=WAIT_SECONDS)


def desks_of(server: Server, province: Province) -> list[Desk]:
    def chance(token: str) -> Chance:
        site_id = province.site_of[token]
        return Chance(Random(token), province.codes[site_id], province.delegate_ids[site_id])

    return [Desk(server.url, token, chance(token).act) for token in province.desk_tokens]


def settle(desks: list[Desk], province: Province, server: Server) -> None:
    """Let every desk come to an end, and look whether each act is in the log once, as it was answered."""
    for desk in desks:
        desk.rest()
        desk.close()
    server.stop()
    lines = province.lines(province.folder)
    assert {ref for desk in desks for ref in desk.acts} <= set(lines)
    assert all(desk.answers_agree(lines) for desk in desks)
    assert "agree" in server.verify()


def test_lock_held_for_long_gives_late_or_error_acks_while_everybody_reads(serving: Serving, tmp_path: Path) -> None:
    (folder := tmp_path / "data").mkdir()
    with serving(folder) as (server, province):
        server.start()
        desks = desks_of(server, province)
        for desk in desks:
            desk.work()
            desk.wait_for_more()
        reader = Desk(server.url, province.desk_tokens[0])
        known = province.delegate_ids[province.site_of[province.desk_tokens[0]]]
        reader.do(by_name(known[0]))
        reader.rest()
        with Locked(folder):
            began = time.monotonic()
            while not all(desk.errors for desk in desks):
                asked = time.monotonic()
                assert reader.call("sync", {"since": None})["ok"]
                assert time.monotonic() - asked < READING_SECONDS
            # One writer waits for the lock, those behind it are told without waiting again, also of a list of acts as of one.
            assert time.monotonic() - began < LOCK_SECONDS + WAIT_SECONDS
            began = time.monotonic()
            assert reader.call("record", {"acts": [by_name(delegate_id) for delegate_id in known]})["error"]["code"] == "error"
            assert time.monotonic() - began < READING_SECONDS
        assert {error for desk in desks for error in desk.errors} == {"error"}
        settle([*desks, reader], province, server)


def test_copy_taken_while_desks_work_disturbs_nobody(serving: Serving, tmp_path: Path) -> None:
    (folder := tmp_path / "data").mkdir()
    with serving(folder) as (server, province):
        server.start()
        desks = desks_of(server, province)
        for desk in desks:
            desk.work()
        (copied := tmp_path / "copy").mkdir()
        source, copy = sqlite3.connect(folder / DATABASE), sqlite3.connect(copied / DATABASE)
        for desk in desks:
            desk.wait_for_more()
        source.backup(copy, pages=64, sleep=0.01)
        source.close()
        copy.close()
        for desk in desks:
            desk.wait_for_more()
            assert desk.errors == []
        settle(desks, province, server)
        # The copy is a state that there was: a beginning of the log, and what is kept of it.
        assert province.lines(copied).items() <= province.lines(folder).items()
        assert province.differences(copied) == []
