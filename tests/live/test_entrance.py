"""Who is let in, and who is told to come again."""

import pytest

from confsvc.live.entrance import Entrance


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
