"""Who is let in, and who is told to come again."""

import select
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from confsvc.live.entrance import Entrance
from tests.live.hall import open_hall

# More than a library's usual queue holds, as far as this system lets a queue be.
MANY = min(500, int(Path("/proc/sys/net/core/somaxconn").read_text()))
# Whoever finds the queue full asks again after a second.
AT_ONCE_SECONDS = 0.5


# The library serves whatever begins with its path.
@pytest.mark.parametrize("path", ["/socket.io/", "/socket.io/more"])
def test_a_full_server_lets_nobody_in(path: str) -> None:
    asked = {"PATH_INFO": path, "QUERY_STRING": "EIO=4&transport=websocket"}
    assert Entrance(lambda: 5, 5, 10, clock=lambda: 0.0).refusal(asked) == "too_many_connections"
    entrance = Entrance(lambda: 4, 5, 0.1, clock=lambda: 0.0)
    assert [entrance.refusal(asked), entrance.refusal(asked)] == [None, "too_many_requests"]
    assert entrance.refusal({**asked, "QUERY_STRING": "EIO=4&transport=polling&sid=abc"}) is None
    assert entrance.refusal({"PATH_INFO": "/sign-in", "QUERY_STRING": ""}) is None


def test_a_process_that_has_lost_the_database_of_its_cluster_lets_nobody_in() -> None:
    away = True
    entrance = Entrance(lambda: 0, 5, 10, is_cut_off=lambda: away)
    asked = {"PATH_INFO": "/socket.io/", "QUERY_STRING": "EIO=4&transport=websocket"}
    assert entrance.refusal(asked) == "not_ready"
    assert entrance.refusal({**asked, "QUERY_STRING": "EIO=4&transport=polling&sid=abc"}) is None
    away = False
    assert entrance.refusal(asked) is None


def test_all_who_come_in_one_moment_wait_in_the_queue() -> None:
    with open_hall() as hall, ExitStack() as leaving:
        lines = [leaving.enter_context(socket.socket()) for _ in range(MANY)]
        coming = select.poll()
        for line in lines:
            line.setblocking(False)
            coming.register(line, select.POLLOUT)
            line.connect_ex(hall.address)
        # Nobody takes them out: the server has no turn meanwhile.
        connected = set()
        while found := coming.poll(AT_ONCE_SECONDS * 1000):
            for place, _ in found:
                connected.add(place)
                coming.unregister(place)
        assert len(connected) == MANY
