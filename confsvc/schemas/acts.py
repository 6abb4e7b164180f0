"""The acts of docs/live-protocol.md: what a desk says that it did, read strictly, and written as it would have said it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from confsvc.domain.check_in import MOST_HEADS, Act, CheckIn, CountHeads, Leave, Substitute, UndoCheckIn, UndoLeave, WalkIn, WithdrawSubstitute
from confsvc.domain.corrections import REASON_MAX_CHARACTERS
from confsvc.domain.delegates import NAME_CHARACTERS
from confsvc.domain.errors import Malformed
from confsvc.models.delegate import RANKS
from confsvc.schemas.json_values import INTEGER_MAX, Payload, read_choice, read_id, read_integer, read_line, read_moment, read_text, read_uuid

CODE_MAX_CHARACTERS = 500
MOST_ACTS = 100
METHODS = ("scan", "name")

Data = Mapping[str, Any]


def parse_act(name: str, data: Data) -> Act:
    """What a desk says that it did; raises Malformed, also for a name that is no act (field `act`)."""
    if name not in ACTS:
        raise Malformed(field="act")
    act_type, read_fields = ACTS[name]
    offset = read_integer(data, "clock_offset_ms", -INTEGER_MAX) if "clock_offset_ms" in data else 0
    return act_type(client_ref=read_uuid(data, "client_ref"), occurred_at=read_moment(data, "occurred_at"), clock_offset_ms=offset, **read_fields(data))


def parse_acts(data: Data) -> list[Act | Malformed]:
    """The acts of a list, each by itself: an error in the place of one that cannot be read. Raises Malformed for what is no list of 1 to 100."""
    acts = data.get("acts")
    if not isinstance(acts, list) or not 0 < len(acts) <= MOST_ACTS:
        raise Malformed(field="acts")
    return [_parse_one(act) for act in acts]


def sent_refs(data: Data) -> list[str | None]:
    """The `client_ref` of each act of a list that `parse_acts` took, as it was sent; None where it is no text."""
    refs = [act.get("client_ref") if isinstance(act, dict) else None for act in data["acts"]]
    return [ref if isinstance(ref, str) else None for ref in refs]


def act_name(act: Act) -> str:
    return _NAMES[type(act)]


def present_act(act: Act) -> Payload:
    """The payload that `parse_act` reads this act from."""
    fields = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in asdict(act).items() if value is not None}
    if isinstance(act, CheckIn | Leave):
        fields["method"] = "name" if act.code is None else "scan"
    return fields


def _parse_one(data: object) -> Act | Malformed:
    if not isinstance(data, dict):
        return Malformed(field="payload")
    try:
        return parse_act(read_choice(data, "act", ACTS), data)
    except Malformed as error:
        return error


def _who(data: Data) -> Payload:
    """By scan or by name."""
    if read_choice(data, "method", METHODS) == "scan":
        return {"code": read_text(data, "code", CODE_MAX_CHARACTERS)}
    return {"delegate_id": read_id(data, "delegate_id")}


def _whom_and_why(data: Data) -> Payload:
    return {"delegate_id": read_id(data, "delegate_id"), "reason": read_line(data, "reason", REASON_MAX_CHARACTERS)}


def _newcomer(data: Data) -> Payload:
    return {"name": read_line(data, "name", NAME_CHARACTERS), "position": read_line(data, "position", NAME_CHARACTERS, may_be_empty=True)}


def _substitute(data: Data) -> Payload:
    return {**_whom_and_why(data), **_newcomer(data), "rank": read_choice(data, "rank", RANKS)}


def _withdrawal(data: Data) -> Payload:
    return {"substitution": read_uuid(data, "substitution"), "reason": read_line(data, "reason", REASON_MAX_CHARACTERS)}


def _walk_in(data: Data) -> Payload:
    return {**_newcomer(data), "unit": read_line(data, "unit", NAME_CHARACTERS)}


def _heads(data: Data) -> Payload:
    return {"count": read_integer(data, "count", 0, MOST_HEADS), "reason": read_line(data, "reason", REASON_MAX_CHARACTERS, may_be_empty=True)}


ACTS: dict[str, tuple[Callable[..., Act], Callable[[Data], Payload]]] = {
    "check_in": (CheckIn, _who),
    "undo_check_in": (UndoCheckIn, _whom_and_why),
    "leave": (Leave, _who),
    "undo_leave": (UndoLeave, _whom_and_why),
    "substitute": (Substitute, _substitute),
    "withdraw_substitute": (WithdrawSubstitute, _withdrawal),
    "walk_in": (WalkIn, _walk_in),
    "count_heads": (CountHeads, _heads),
}
_NAMES: dict[Callable[..., Act], str] = {act_type: name for name, (act_type, _) in ACTS.items()}
