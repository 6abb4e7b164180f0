"""All connections of a process that is about to stop end, and come back to another one, or to this one once it has started anew.

They end one after the other, so that those who take them in are not met by all of them at once, and each only when what
it has asked is answered. Nothing is told before the end: a WebSocket has a word for it (1012, "service restart", of the
IANA registry of close codes), and both clients take an end that they did not ask for as a reason to come back by themselves.
"""

from collections.abc import Callable, Mapping

from confsvc.live.packets import StrictSocket
from confsvc.live.straight import StraightSocket

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


def hang_up_all(connections: Mapping[str, StraightSocket], sleep: Callable[[float], None]) -> None:
    """Break every line that is there now, without a goodbye, at the same pace.

    For a process that was out of reach: what it has sent meanwhile is sent again by the system after as long again, and until then these lines are
    silent. Who hears that theirs is broken comes back at once, here or elsewhere, and asks for what was missed.
    """
    there = list(connections.values())
    for first in range(0, len(there), AT_ONCE):
        for connection in there[first : first + AT_ONCE]:
            if connection.outlet is None:
                connection.close(wait=False, abort=True)
            else:
                # Whoever reads from it finds it ended.
                connection.outlet.break_off()
        sleep(REST_SECONDS)
