"""What a desk that is a program asks over HTTP, in JSON: to be paired, and to hand over what it recorded.

A page of another origin cannot send this type without asking first, and is told no; so these need no CSRF token.
"""

from typing import Any

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from confsvc.boundary import begin_reading, begin_work, runtime
from confsvc.domain.desks import DeskView, find_desk, leave_desk
from confsvc.domain.errors import LinkExpired, Malformed
from confsvc.domain.handing_over import GivenAct, check_giver, hand_over
from confsvc.domain.pairings import pair_device
from confsvc.domain.tokens import hash_token
from confsvc.domain.work import Anonymous, DeskActor
from confsvc.schemas.acts import act_name, parse_acts, present_act, sent_refs
from confsvc.schemas.desk_cookie import DESK_COOKIE
from confsvc.schemas.json_values import Payload, read_object, read_uuid
from confsvc.schemas.live import present_pairing

PAIRING_BYTES = 4096
HANDOVER_BYTES = 512 * 1024


def pair_program(token: str, current: DeskView | None) -> tuple[Payload, int, str | None]:
    """Answer, status and the token of the cookie of the desk that this program has become; `current` is the desk it was."""
    name = _sent(PAIRING_BYTES).get("name")
    if not isinstance(name, str):
        raise Malformed(field="name")
    try:
        cookie = become_desk(token, name, current)
    except LinkExpired:
        # The answer to the first request was lost on the way, or its sender asks again.
        if current and current.pairing_hash == hash_token(token):
            return present_pairing(current), 200, None
        raise
    with begin_reading(Anonymous()) as work:
        view = find_desk(work, cookie)
    if view is None:
        raise LinkExpired
    return present_pairing(view), 201, cookie


def become_desk(token: str, name: str, current: DeskView | None) -> str:
    """Use the pairing link up, let the desk go that this device was, and return the token of the new cookie; raises as `pair_device`."""
    with begin_work(Anonymous()) as work:
        _desk, cookie = pair_device(work, token, name, days=runtime().settings.desk_days)
    if current:
        with begin_work(DeskActor(current.desk.id)) as work:
            leave_desk(work)
    return cookie


def take_acts() -> ResponseReturnValue:
    """Keep the acts of the request for an organiser: what became of each."""
    token = request.cookies.get(DESK_COOKIE, "")
    # Whoever never was a desk makes nobody wait.
    with begin_reading(Anonymous()) as work:
        check_giver(work, token)
    sent = _sent(HANDOVER_BYTES)
    acts = parse_acts(sent)
    desk_uid = read_uuid(sent, "desk") if sent.get("desk") is not None else None
    given = [None if isinstance(act, Malformed) else GivenAct(act, act_name(act), present_act(act)) for act in acts]
    with begin_work(Anonymous()) as work:
        received = hand_over(work, token, desk_uid, [one for one in given if one])
    statuses = iter(received.statuses)
    results: list[dict[str, Any]] = []
    for ref, one in zip(sent_refs(sent), given, strict=True):
        results.append({"client_ref": one.act.client_ref, "status": next(statuses)} if one else {"client_ref": ref, "status": "malformed"})
    return jsonify(results=results, waiting=received.waiting)


def sends_json() -> bool:
    return request.mimetype == "application/json"


def _sent(most_bytes: int) -> Payload:
    """The one object that was sent; raises Malformed, or RequestEntityTooLarge."""
    request.max_content_length = most_bytes
    if not sends_json():
        raise Malformed(field="payload")
    return read_object(request.get_data())
