"""Two WebSockets from one address: behind a proxy its port comes again before the last line from it was noticed to have ended."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from confsvc.websockets import BoundedHandler, LiveServer


def make_handler(goodbyes: list[str], name: str, serve: Callable[[], object]) -> Any:
    handler = BoundedHandler.__new__(BoundedHandler)
    outlet = SimpleNamespace(let_go=lambda: goodbyes.append(f"{name} let go"))
    handler.websocket = SimpleNamespace(closed=False, close=lambda: goodbyes.append(f"{name} closed"), outlet=outlet)
    handler.server = SimpleNamespace(clients=LiveServer.clients)
    handler.client_address, handler.environ = ("127.0.0.1", 40000), {}
    handler.application = lambda environ, start_response: [serve()]
    return handler


def test_each_of_two_lines_from_one_address_is_closed() -> None:
    goodbyes: list[str] = []
    second = make_handler(goodbyes, "second", lambda: None)
    make_handler(goodbyes, "first", second.run_websocket).run_websocket()
    assert goodbyes == ["second closed", "second let go", "first closed", "first let go"]
    assert dict(LiveServer.clients) == {}
