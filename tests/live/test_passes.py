"""Passes that somebody made up, changed, carried elsewhere, gave away or uses twice: what the desk is told, and what the log keeps."""

import base64
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from confsvc.domain.delegates import renew_pass
from confsvc.domain.passes import sign_token
from confsvc.domain.tokens import hash_token
from confsvc.domain.work import AccountActor
from confsvc.models import AttendanceEvent
from tests.conftest import SECRET
from tests.live.conftest import Scene, Service
from tests.live.payloads import counts, dina_row, verdict, without_now


def altered(token: str, place: int) -> str:
    """The token with one bit of byte `place` turned."""
    raw = bytearray(base64.b32decode(token.upper()))
    raw[place] ^= 1
    return base64.b32encode(raw).decode().lower()


def lines(scene: Scene) -> list[tuple[Any, ...]]:
    """Of each line of the log: verdict, refusal, delegate, hash of the code, hall."""
    event = AttendanceEvent
    columns = (event.verdict, event.refusal, event.delegate_id, event.code_hash, event.site_id)
    with scene.service.begin() as work:
        rows = work.session.execute(select(*columns).where(event.conference_id == scene.conference.id).order_by(event.revision))
        return [tuple(row) for row in rows]


# Version, conference, uid and signature of a token: each byte of it counts.
@pytest.mark.parametrize("place", [0, 1, 4, 5, 20, 21, 52, 53, 84])
def test_altered_pass_is_unknown(scene: Scene, place: int) -> None:
    forged = altered(scene.code(scene.dina), place)

    ack = scene.desk(scene.main).call("check_in", scene.scan(scene.dina, code=forged))

    assert (ack["verdict"], ack["row"], ack["counts"]) == (verdict("refused", reason="pass_unknown"), None, counts())
    assert lines(scene) == [("refused", "pass_unknown", None, hash_token(forged), scene.main.id)]


def test_forged_passes_are_unknown_whoever_signed_them(scene: Scene) -> None:
    desk = scene.desk(scene.main)
    uid = scene.pass_uid(scene.dina)
    forged = [
        sign_token("the secret of another server, just as long", scene.conference.id, uid),
        sign_token(SECRET, scene.conference.id, str(uuid4())),
        sign_token(SECRET, scene.conference.id + 1_000_000, uid),
        scene.code(scene.dina)[:-1],
        scene.code(scene.dina) + "a",
        uid,
        "a" * 136,
        "%00' OR 1=1 --",
    ]

    for code in forged:
        ack = desk.call("check_in", scene.scan(scene.dina, code=code))
        assert (ack["verdict"], ack["row"]) == (verdict("refused", reason="pass_unknown"), None)
        assert desk.call("leave", scene.scan(scene.dina, code=code))["verdict"]["reason"] == "pass_unknown"

    assert [line[:3] for line in lines(scene)] == [("refused", "pass_unknown", None)] * 16


def test_pass_is_read_in_any_spelling(scene: Scene) -> None:
    desk, code = scene.desk(scene.main), scene.code(scene.dina)
    spellings = [f"https://example.org/p/{code}", code.upper(), f"HTTPS://EXAMPLE.ORG/P/{code.upper()}", f" {code}\n", f"https://example.org/p/{code}?x=1#y"]

    acks = [desk.call("check_in", scene.scan(scene.dina, code=spelling)) for spelling in spellings]

    assert [ack["verdict"]["verdict"] for ack in acks] == ["accepted", *["repeated"] * 4]
    assert {line[3] for line in lines(scene)} == {None}


def test_pass_of_another_conference_tells_nothing_of_its_holder(scene: Scene, service: Service) -> None:
    other = Scene(service)

    ack = scene.desk(scene.main).call("check_in", other.scan(other.dina))

    assert (ack["verdict"], ack["row"]) == (verdict("refused", reason="other_conference"), None)
    assert [line[:3] for line in lines(scene)] == [("refused", "other_conference", None)]
    assert lines(other) == []


def test_renewed_pass_leaves_the_old_one_dead(scene: Scene) -> None:
    desk, far = scene.desk(scene.main), scene.desk(scene.remote)
    old, uid = scene.scan(scene.dina), scene.pass_uid(scene.dina)
    with scene.service.begin(AccountActor(scene.olga.id)) as work:
        renew_pass(work, scene.conference.id, scene.dina.id)
    stale = {**old, "occurred_at": scene.scan(scene.dina)["occurred_at"]}

    dead = desk.call("check_in", stale)

    assert dead["verdict"] == verdict("refused", reason="pass_revoked")
    assert dead["row"] == dina_row(scene)
    for line in (desk, far):
        assert line.call("sync", {"since": None})["passes"]["revoked"] == [{"pass": uid, "by": None}]
        assert line.call("sync", {"since": 0})["revoked"] == [{"pass": uid, "by": None}]
    assert desk.call("check_in", scene.scan(scene.dina))["verdict"] == verdict("accepted")
    assert [line[:3] for line in lines(scene)][1:] == [("refused", "pass_revoked", scene.dina.id), ("accepted", None, scene.dina.id)]


def test_pass_of_somebody_replaced_says_by_whom(scene: Scene) -> None:
    desk, far = scene.desk(scene.main), scene.desk(scene.remote)
    scan, again = scene.scan(scene.dina), {**scene.scan(scene.dina), "client_ref": str(uuid4())}
    taken = desk.call("substitute", scene.substitute(scene.dina))
    moment = scene.scan(scene.an)["occurred_at"]

    acks = [line.call("check_in", {**sent, "occurred_at": moment}) for line, sent in ((desk, scan), (far, again))]

    said = verdict("refused", reason="substituted", since=taken["replaced"]["since"], by="Lê Văn Thay")
    assert [ack["verdict"] for ack in acks] == [said, said]
    assert [ack["row"]["state"] for ack in acks] == ["substituted", "substituted"]
    assert [line[:3] for line in lines(scene)][-2:] == [("refused", "substituted", scene.dina.id)] * 2


def test_every_site_hears_of_a_pass_and_only_its_own_who_took_the_seat(scene: Scene) -> None:
    desk, far = scene.desk(scene.main), scene.desk(scene.remote)
    uid = scene.pass_uid(scene.dina)

    taken = desk.call("substitute", scene.substitute(scene.dina))

    for line in (desk, far):
        assert without_now(line.next("passes_revoked")) == {"revoked": [{"pass": uid, "by": None}], "restored": []}
    assert desk.next("attendance_changed")["revoked"] == [{"pass": uid, "by": "Lê Văn Thay"}]
    for line, by in ((desk, "Lê Văn Thay"), (far, None)):
        assert line.call("sync", {"since": None})["passes"]["revoked"] == [{"pass": uid, "by": by}]
        ack = line.call("sync", {"since": 0})
        assert (ack["revoked"], ack["restored"]) == ([{"pass": uid, "by": by}], [])
    with scene.service.begin() as work:
        act = work.session.scalars(select(AttendanceEvent.client_ref).where(AttendanceEvent.delegate_id == taken["row"]["id"])).one()

    assert desk.call("withdraw_substitute", {**scene.undo(scene.dina), "substitution": act})["verdict"]["verdict"] == "accepted"

    for line in (desk, far):
        assert without_now(line.next("passes_revoked")) == {"revoked": [], "restored": [uid]}
        ack = line.call("sync", {"since": taken["revision"]})
        assert (ack["revoked"], ack["restored"]) == ([], [uid])
    assert far.heard.empty()


def test_replayed_pass_counts_once_and_is_seen_to_move(scene: Scene) -> None:
    desk, far = scene.desk(scene.main), scene.desk(scene.remote)
    scan = scene.scan(scene.dina)
    first = desk.call("check_in", scan)

    copied = far.call("check_in", scene.scan(scene.dina))
    replayed = far.call("check_in", scan)
    bent = desk.call("check_in", {**scan, "code": scene.code(scene.an)})

    assert (first["verdict"], copied["verdict"]["verdict"]) == (verdict("accepted"), "moved")
    # The same act again is answered as it was, whatever else it says now, and whoever sends it.
    assert (replayed["verdict"], bent["verdict"]) == (first["verdict"], first["verdict"])
    assert bent["row"]["id"] == scene.dina.id
    assert [line[:3] for line in lines(scene)] == [("accepted", None, scene.dina.id), ("moved", None, scene.dina.id)]
