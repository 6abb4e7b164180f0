"""How many live connections there may be: whoever comes beyond that is told so at once, before anything is done for them.

A server that lets everybody in serves nobody: after an outage all come at once, and each costs a handshake and a look-up.
"""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from confsvc.live.limits import Allowance

PATH = "/socket.io/"
# When whoever was refused may come again; clients spread their attempts themselves.
RETRY_SECONDS = 5


class Entrance:
    """Asked for each request, before a WebSocket is made of it."""

    def __init__(
        self,
        connected: Callable[[], int],
        most: int,
        per_second: float,
        *,
        is_cut_off: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`connected`: how many connections there are; `most` of them at a time; `per_second` new ones, averaged over ten seconds."""
        self._connected = connected
        self._most = most
        self._is_cut_off = is_cut_off
        self._allowance = Allowance(per_second, clock)

    def refusal(self, environ: dict[str, Any]) -> str | None:
        """Why this request may not come in, as a code; None where it may. Whoever is in already is never refused."""
        if not environ.get("PATH_INFO", "").startswith(PATH) or "sid" in parse_qs(environ.get("QUERY_STRING", "")):
            return None
        if self._is_cut_off():
            return "not_ready"
        if self._connected() >= self._most:
            return "too_many_connections"
        return None if self._allowance.take(None) else "too_many_requests"
