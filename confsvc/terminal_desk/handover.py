"""Handing over: what a desk has recorded that may not act any more goes to the organisers."""

from typing import NamedTuple

from confsvc.terminal_desk.parcels import MOST_HANDED_OVER, as_told
from confsvc.terminal_desk.requests import Unreachable, post_json
from confsvc.terminal_desk.store import Store


class HandedOver(NamedTuple):
    """How many acts organisers have now, how many wait here still, and why (a code, or empty)."""

    handed: int
    left: int
    why: str = ""


def hand_over(store: Store) -> HandedOver:
    """Hand over everything that waits; what the server does not take stays here."""
    address = f"{store.fact('server')}/desk/handover"
    handed, why = 0, ""
    while acts := store.waiting(MOST_HANDED_OVER):
        try:
            answer = post_json(address, {"acts": [as_told(act) for act in acts], "desk": store.fact("desk")["uid"]}, store.fact("cookie"))
        except Unreachable as error:
            why = str(error)
            break
        if answer.status != 200:
            why = answer.code
            break
        statuses = [result["status"] for result in answer.body["results"]]
        named = [(act.client_ref, "malformed" if status == "malformed" else "handed_over", status) for act, status in zip(acts, statuses, strict=True)]
        store.settle(named)
        handed += len([status for status in statuses if status != "malformed"])
    return HandedOver(handed, store.count_waiting(), why)
