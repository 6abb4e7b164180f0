"""Desks over the wire: two see each other's work, everything has an ack, nobody acts beyond their own site."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import socketio

from confsvc.schemas.json_values import present_moment
from tests.live.conftest import WAIT_SECONDS, Scene, act
from tests.live.payloads import counts, dina_row, refused, verdict, without_now


def test_sync_gives_the_roster_of_the_own_site_only(scene: Scene) -> None:
    ack = scene.desk(scene.main).call("sync", {"since": None})

    assert (ack["ok"], ack["revision"], ack["site"]) == (True, 0, {"id": scene.main.id, "name": scene.main.name})
    assert (sorted(ack["desk"]), ack["desk"]["name"]) == (["name", "uid"], "Bàn 1")
    assert ack["conference"] == {
        "id": scene.conference.id,
        "title": scene.conference.title,
        "state": "in_progress",
        "timezone": "Asia/Ho_Chi_Minh",
        "address_form": "delegate",
        "starts_at": present_moment(scene.conference.starts_at),
        "opens_at": present_moment(scene.conference.starts_at - timedelta(minutes=120)),
        "ends_at": present_moment(scene.conference.ends_at),
        "closed_at": None,
        "late_minutes": 15,
        "walk_ins": "open",
        "rehearsal": False,
    }
    assert (ack["passes"]["conference_id"], ack["passes"]["revoked"]) == (scene.conference.id, [])
    assert ack["counts"] == counts()
    assert [row["name"] for row in ack["roster"]] == ["Võ Hoài An", "Nguyễn Thị Dina"]
    assert ack["roster"][1] == dina_row(scene)


def test_two_desks_see_each_others_work_at_once(scene: Scene) -> None:
    first, second, far = scene.desk(scene.main), scene.desk(scene.main, "Bàn 2"), scene.desk(scene.remote)
    event = scene.scan(scene.dina)

    ack = first.call("check_in", event)

    row = dina_row(scene, state="present", since=ack["row"]["since"], at=scene.main.id, at_site=scene.main.name, desk="Bàn 1")
    in_the_hall = counts(present=1, not_yet=2)
    assert without_now(ack) == {"ok": True, "revision": 1, "verdict": verdict("accepted"), "row": row, "counts": in_the_hall}
    for line in (first, second):
        assert without_now(line.next("attendance_changed")) == {"revision": 1, "rows": [row], "revoked": [], "counts": in_the_hall}
    again = second.call("check_in", scene.scan(scene.dina))
    assert again["verdict"] == verdict("repeated", since=row["since"], site=scene.main.name, desk="Bàn 1")
    assert first.call("check_in", event)["verdict"] == verdict("accepted")
    undone = second.call("undo_check_in", scene.undo(scene.dina))
    assert (undone["verdict"]["verdict"], undone["row"], undone["counts"]) == ("accepted", dina_row(scene), counts())
    while (told := first.next("attendance_changed"))["revision"] < 3:
        """What follows within a moment comes together."""
    assert told["rows"] == [dina_row(scene)]
    assert far.silent()


def test_move_is_told_at_both_sites(scene: Scene) -> None:
    main, remote = scene.desk(scene.main), scene.desk(scene.remote, "Bàn Phú Quý")
    main.call("check_in", scene.scan(scene.dina))

    ack = remote.call("check_in", scene.scan(scene.dina))

    assert (ack["verdict"]["verdict"], ack["verdict"]["site"], ack["verdict"]["desk"]) == ("moved", scene.main.name, "Bàn 1")
    assert (ack["row"]["expected_here"], ack["row"]["at"], ack["counts"]["visiting"], ack["counts"]["present"]) == (False, scene.remote.id, 1, 0)
    told = main.next("attendance_changed")
    assert (told["rows"], told["counts"]) == (
        [dina_row(scene, state="present", since=ack["row"]["since"], at=scene.remote.id, at_site=scene.remote.name, desk="Bàn Phú Quý")],
        counts(present=1, not_yet=2),
    )
    back = main.call("check_in", scene.scan(scene.dina))
    assert back["verdict"]["verdict"] == "moved"
    # Whoever has left the hall is told too, so that the desk can take the row away.
    assert [row["at"] for row in remote.next("attendance_changed")["rows"]] == [scene.main.id]


def test_a_desk_that_is_alone_hears_of_what_it_did_in_its_answers_only(scene: Scene) -> None:
    alone, far = scene.desk(scene.main), scene.desk(scene.remote)

    alone.call("check_in", scene.scan(scene.an))
    alone.call("undo_check_in", scene.undo(scene.an))
    alone.call("count_heads", act(count=3, reason=""))
    far.call("check_in", scene.scan(scene.dina))

    told = alone.next("attendance_changed")
    # Nothing of what came before; and whatever is told in the same breath is told whole.
    assert (told["revision"], scene.dina.id in [row["id"] for row in told["rows"]]) == (4, True)
    assert alone.heard.empty()


def test_who_opens_a_second_page_of_a_desk_hears_what_the_first_did(scene: Scene) -> None:
    cookie = scene.paired(scene.main, "Bàn 1")
    first, second = (scene.service.line("/desk", cookie) for _ in range(2))

    first.call("check_in", scene.scan(scene.an))
    first.close()

    assert [row["id"] for row in second.next("attendance_changed")["rows"]] == [scene.an.id]


def test_reconnecting_desk_gets_exactly_the_rest(scene: Scene) -> None:
    first, second = scene.desk(scene.main), scene.desk(scene.main, "Bàn 2")
    seen = first.call("check_in", scene.scan(scene.an))["revision"]
    second.call("check_in", scene.scan(scene.dina))

    ack = first.call("sync", {"since": seen})

    assert (sorted(ack), ack["revision"]) == (["counts", "now", "ok", "restored", "revision", "revoked", "rows"], 2)
    assert [row["id"] for row in ack["rows"]] == [scene.dina.id]
    assert first.call("sync", {"since": 2})["rows"] == []
    assert "roster" in first.call("sync", {"since": 3})


def test_refused_scans_are_acked_with_a_verdict(scene: Scene) -> None:
    desk = scene.desk(scene.main)

    unknown = desk.call("check_in", scene.scan(scene.dina, code="https://example.org/p/nobody"))

    assert (unknown["ok"], unknown["row"], unknown["verdict"]["verdict"], unknown["verdict"]["reason"]) == (True, None, "refused", "pass_unknown")
    absent = desk.call("undo_check_in", scene.undo(scene.dina))
    assert (absent["row"], absent["verdict"]["reason"]) == (dina_row(scene), "not_present")


def test_desk_names_nobody_of_another_site(scene: Scene) -> None:
    desk = scene.desk(scene.main)

    for ack in (desk.call("check_in", scene.pick(scene.minh)), desk.call("undo_check_in", scene.undo(scene.minh))):
        assert (ack["row"], ack["verdict"]["reason"], ack["counts"]) == (None, "delegate_unknown", counts())


def test_nobody_connects_without_the_cookie_of_a_desk(scene: Scene) -> None:
    service = scene.service
    forged = service.browser()
    forged.cookies.set("confsvc_desk", "a" * 32)
    for browser in (service.browser(), service.signed_in(scene.olga), forged):
        with pytest.raises(socketio.exceptions.ConnectionError, match="desk_unknown"):
            service.line("/desk", browser)


def test_a_page_that_is_still_another_desk_is_not_let_in_as_this_one(scene: Scene) -> None:
    browser = scene.paired(scene.main)
    uid = scene.service.line("/desk", browser).call("sync", {"since": None})["desk"]["uid"]

    assert scene.service.line("/desk", browser, {"desk": uid}).call("sync", {"since": 0})["ok"] is True
    for other in ("0" * 36, [uid], 5, None):
        with pytest.raises(socketio.exceptions.ConnectionError, match="desk_unknown"):
            scene.service.line("/desk", browser, {"desk": other})


def test_revoked_desk_is_sent_away_at_once_and_may_not_come_back(scene: Scene) -> None:
    browser = scene.paired(scene.main)
    line, other = scene.service.line("/desk", browser), scene.desk(scene.main, "Bàn 2")
    index = f"/conferences/{scene.conference.id}/desks"
    organiser = scene.service.signed_in(scene.olga)
    page = organiser.get(scene.service.url + index, timeout=WAIT_SECONDS).text
    assert page.count("Connected</span>") == 2
    desk_id = min(int(part.split("/")[0]) for part in page.split(f"{index}/")[1:] if part.split("/")[0].isdigit())

    scene.service.post(organiser, f"{index}/{desk_id}/revoke", page=index)

    assert without_now(line.next("desk_revoked")) == {}
    assert line.next("disconnect") is None
    with pytest.raises(socketio.exceptions.ConnectionError, match="desk_revoked"):
        scene.service.line("/desk", browser)
    assert other.call("check_in", scene.scan(scene.dina))["ok"] is True


def test_revoked_behind_the_servers_back_each_event_is_refused(scene: Scene) -> None:
    line = scene.desk(scene.main)
    with scene.service.begin() as work:
        work.session.connection().exec_driver_sql("UPDATE desks SET revoked_at = paired_at WHERE site_id = ?", (scene.main.id,))

    assert refused(line, "sync", {"since": None}) == {"code": "desk_revoked"}
    assert refused(line, "check_in", scene.scan(scene.dina)) == {"code": "desk_revoked"}
    assert refused(line, "undo_check_in", scene.undo(scene.dina)) == {"code": "desk_revoked"}
    scene.desk(scene.remote).call("check_in", scene.scan(scene.dina))
    assert line.heard.empty()


@pytest.mark.parametrize("event", ["launch", "connect", "disconnect", "on_sync", "_answer", "check-in", "", 5, None, ["check_in"], {"a": 1}])
def test_unknown_event_gets_an_error_ack(scene: Scene, event: Any) -> None:
    line = scene.desk(scene.main)

    assert refused(line, event, {}) == {"code": "unknown_event"}
    assert line.call("sync", {"since": None})["ok"] is True


MALFORMED: list[tuple[str, dict[str, Any], str]] = [
    ("check_in", {"client_ref": "1"}, "client_ref"),
    ("check_in", {"client_ref": 5}, "client_ref"),
    ("check_in", {"client_ref": None}, "client_ref"),
    ("check_in", {"occurred_at": "yesterday"}, "occurred_at"),
    ("check_in", {"occurred_at": "2023-01-16T07:00:00"}, "occurred_at"),
    ("check_in", {"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
    ("check_in", {"occurred_at": "9999-12-31T23:59:59-14:00"}, "occurred_at"),
    ("check_in", {"occurred_at": 1673852400}, "occurred_at"),
    ("check_in", {"method": "telepathy"}, "method"),
    ("check_in", {"method": ["scan"]}, "method"),
    ("check_in", {"code": ""}, "code"),
    ("check_in", {"code": "x" * 501}, "code"),
    ("check_in", {"code": {"$ne": ""}}, "code"),
    ("check_in", {"method": "name", "delegate_id": "1"}, "delegate_id"),
    ("check_in", {"method": "name", "delegate_id": True}, "delegate_id"),
    ("check_in", {"method": "name", "delegate_id": 2**31}, "delegate_id"),
    ("check_in", {"method": "name", "delegate_id": 1.5}, "delegate_id"),
    ("check_in", {"method": "name", "delegate_id": -1}, "delegate_id"),
    ("undo_check_in", {"reason": "  \n "}, "reason"),
    ("undo_check_in", {"reason": "x" * 501}, "reason"),
    ("undo_check_in", {"delegate_id": None}, "delegate_id"),
    ("sync", {"since": "0"}, "since"),
    ("sync", {"since": -1}, "since"),
]


def test_malformed_payloads_are_refused_with_the_field_and_change_nothing(scene: Scene) -> None:
    line = scene.desk(scene.main)
    whole = {"check_in": scene.scan(scene.dina), "undo_check_in": scene.undo(scene.dina), "sync": {}}

    for event, changes, field in MALFORMED:
        assert refused(line, event, {**whole[event], **changes}) == {"code": "malformed", "field": field}
    wrong: list[list[Any]] = [[], [1], ["text"], [None], [[]], [{}, {}], [scene.scan(scene.dina), 1]]
    for payloads in wrong:
        assert refused(line, "check_in", *payloads) == {"code": "malformed", "field": "payload"}
    assert refused(line, "sync", {}) == {"code": "malformed", "field": "since"}
    assert refused(line, "check_in", {}) == {"code": "malformed", "field": "client_ref"}
    assert line.call("sync", {"since": None})["revision"] == 0


def test_names_that_look_like_code_come_back_as_they_were_typed(scene: Scene) -> None:
    line = scene.desk(scene.main)

    ack = line.call("check_in", scene.scan(scene.dina, code="<script>alert(1)</script>\x00{x}'; DROP TABLE passes;--"))

    assert ack["verdict"]["reason"] == "pass_unknown"


def test_too_many_events_are_refused_until_time_has_passed(scene: Scene) -> None:
    line = scene.desk(scene.main)
    other = scene.desk(scene.main, "Bàn 2")

    acks = line.call_all("launch", [{}] * 450)

    codes = [ack["error"]["code"] for ack in acks]
    assert codes[:150] == ["unknown_event"] * 150
    assert codes.count("too_many_requests") > 0
    assert other.call("sync", {"since": 0})["ok"] is True


def test_a_desk_that_comes_back_has_not_more_to_say(scene: Scene) -> None:
    browser = scene.paired(scene.main)
    line = scene.service.line("/desk", browser)
    line.call_all("launch", [{}] * 300)
    line.close()

    line = scene.service.line("/desk", browser)

    # One that had never been here would be heard out: ten seconds' worth are 150.
    said = Counter(ack["error"]["code"] for ack in line.call_all("launch", [{}] * 140))
    assert said["too_many_requests"] == 140 - said["unknown_event"] > 0


def test_replay_of_a_client_ref_is_the_same_over_a_new_connection(scene: Scene) -> None:
    browser = scene.paired(scene.main)
    line = scene.service.line("/desk", browser)
    event = scene.scan(scene.dina, client_ref=str(uuid4()).upper())
    said = line.call("check_in", event)["verdict"]
    line.close()

    ack = scene.service.line("/desk", browser).call("check_in", event)

    assert (ack["verdict"], ack["revision"]) == (said, 1)
