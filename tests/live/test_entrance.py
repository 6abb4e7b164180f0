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
