"""From acts that wait to messages, and from the answer back to what became of each act."""

import json
from collections.abc import Sequence
from typing import Any

from confsvc.terminal_desk.store import Act

MOST_ACTS, MOST_BYTES, MOST_HANDED_OVER = 50, 60_000, 100


def as_told(act: Act) -> dict[str, Any]:
    """An act as a list of acts holds it."""
    return {"act": act.name, **act.payload}


def acts_of_parcel(acts: Sequence[Act], most: int = MOST_ACTS) -> Sequence[Act]:
    """The first acts that fit into one message; at least one."""
    size = count = 0
    for act in acts[:most]:
        size += len(json.dumps(as_told(act)).encode()) + 2
        if count and size > MOST_BYTES:
            break
        count += 1
    return acts[:count]


def parcel(acts: Sequence[Act]) -> tuple[str, dict[str, Any]]:
    """The event and its payload: an act alone under its own name, several as `record`."""
    if len(acts) == 1:
        return acts[0].name, acts[0].payload
    return "record", {"acts": [as_told(act) for act in acts]}


def fates(acts: Sequence[Act], ack: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """`(client_ref, fate, answer)` of each act that is settled; whoever is not among them is sent again."""
    results = ack.get("results", []) if len(acts) > 1 else [ack]
    found = []
    for act, result in zip(acts, results, strict=False):
        if result.get("ok"):
            found.append((act.client_ref, "answered", {name: result.get(name) for name in ("verdict", "row", "replaced")}))
        elif result["error"]["code"] == "malformed":
            found.append((act.client_ref, "malformed", result["error"]))
    return found


def is_refused_whole(acts: Sequence[Act], ack: dict[str, Any]) -> bool:
    """Whether the message, not one of its acts, cannot be read: then each act goes alone."""
    return len(acts) > 1 and not ack.get("ok") and ack["error"]["code"] == "malformed"
