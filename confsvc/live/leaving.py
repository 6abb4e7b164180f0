"""All connections of a process that is about to stop end, and come back to another one, or to this one once it has started anew.

They end one after the other, so that those who take them in are not met by all of them at once, and each only when what
it has asked is answered. Nothing is told before the end: a WebSocket has a word for it (1012, "service restart", of the
IANA registry of close codes), and both clients take an end that they did not ask for as a reason to come back by themselves.
"""

from collections.abc import Callable, Mapping

from confsvc.live.packets import StrictSocket

# What one process can take in (docs/performance.md); two of them share what one sends away.
CONNECTIONS_PER_SECOND = 1000
AT_ONCE = 50
REST_SECONDS = AT_ONCE / CONNECTIONS_PER_SECOND


def send_all_away(connections: Mapping[str, StrictSocket], sleep: Callable[[float], None], seconds: float) -> None:
    """End every connection, those that still come in included; at an even pace, faster where there is not the time for it."""
    most = max(AT_ONCE, round(len(connections) * REST_SECONDS / seconds))
    told: set[str] = set()
    while waiting := [sid for sid in list(connections) if sid not in told]:
        for sid in waiting[:most]:
            told.add(sid)
            if connection := connections.get(sid):
                connection.leave()
        sleep(REST_SECONDS)
