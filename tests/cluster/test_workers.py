"""What is committed at one worker is seen by the clients of another one, with Redis and without."""

import time
from typing import Any

import pytest

from tests.cluster.conftest import SOON_SECONDS, Places
from tests.live.conftest import Line


def heard_in(line: Line, event: str) -> tuple[Any, float]:
    """The payload of the next such event, and the seconds that it took."""
    began = time.monotonic()
    return line.next(event), time.monotonic() - began


@pytest.mark.parametrize("with_redis", [True, False])
def test_a_check_in_is_seen_at_the_other_worker(places: Places, *, with_redis: bool) -> None:
    scene = places.scene
    here, there, board = places.desk(0, scene.main), places.desk(1, scene.main, "Bàn 2"), places.board(1)
    board.call("sync", {})
    if not with_redis:
        places.cluster.valkey.stop()
    try:
        answer = here.call("check_in", scene.scan(scene.dina))
        assert answer["verdict"]["verdict"] == "accepted"
        changed, took = heard_in(there, "attendance_changed")
        assert [row["id"] for row in changed["rows"]] == [scene.dina.id]
        assert took < (SOON_SECONDS if with_redis else 2 * SOON_SECONDS)
        tallied = board.next("tallied")
        while not tallied["total"]["present"]:
            tallied = board.next("tallied")
    finally:
        if not with_redis:
            places.cluster.valkey.start()
