"""Every act of a desk over the wire: what the ack holds, what the other desks hear, and lists of acts in one message."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from confsvc.schemas.json_values import present_moment
from tests.live.conftest import Line, Scene, act
from tests.live.payloads import counts, dina_row, refused, verdict, without_now


def set_rule(scene: Scene, **columns: str) -> None:
    with scene.service.begin() as work:
        for column, value in columns.items():
            work.session.connection().exec_driver_sql(f"UPDATE conferences SET {column} = ? WHERE id = ?", (value, scene.conference.id))


def record(line: Line, *acts: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    ack: dict[str, Any] = line.call("record", {"acts": [{"act": name, **payload} for name, payload in acts]})
    return ack


def test_leaving_and_coming_back(scene: Scene) -> None:
    desk = scene.desk(scene.main)
    came = desk.call("check_in", scene.scan(scene.dina))["row"]["since"]

    gone = desk.call("leave", scene.scan(scene.dina))

    row = dina_row(scene, state="left", since=gone["row"]["since"])
    was = verdict("accepted", since=came, site=scene.main.name, desk="Bàn 1")
    assert without_now(gone) == {"ok": True, "revision": 2, "verdict": was, "row": row, "counts": counts(away=1, not_yet=2)}
    mistaken = desk.call("undo_leave", act(delegate_id=scene.dina.id, reason="Vẫn còn ngồi trong hội trường"))
    assert (mistaken["verdict"]["verdict"], mistaken["row"]["state"], mistaken["row"]["since"]) == ("accepted", "present", came)
    assert desk.call("undo_leave", act(delegate_id=scene.dina.id, reason="Lần nữa"))["verdict"]["reason"] == "not_left"
    assert desk.call("leave", scene.pick(scene.an))["verdict"]["reason"] == "not_present"


def test_substitute_of_enough_rank_takes_the_seat_and_kills_the_pass_everywhere(scene: Scene) -> None:
    desk, far = scene.desk(scene.main), scene.desk(scene.remote)
    scan, replaced = scene.scan(scene.dina), dina_row(scene)
    sent = scene.substitute(scene.dina)

    ack = desk.call("substitute", sent)

    assert sorted(ack) == ["counts", "now", "ok", "replaced", "revision", "row", "verdict"]
    assert (ack["verdict"], ack["counts"]) == (verdict("accepted"), counts(present=1, substitutes=1, not_yet=2))
    row = {key: ack["row"][key] for key in ("name", "position", "rank", "origin", "state", "at", "by", "unit")}
    assert row == {
        "name": "Lê Văn Thay",
        "position": "Chánh Văn phòng",
        "rank": "leader",
        "origin": "substitute",
        "state": "present",
        "at": scene.main.id,
        "by": "Nguyễn Thị Dina",
        "unit": "Sở Nội vụ",
    }
    assert ack["replaced"] == {**replaced, "pass": None, "state": "substituted", "since": ack["replaced"]["since"], "by": "Lê Văn Thay"}
    told = desk.next("attendance_changed")
    assert (told["revision"], told["revoked"]) == (ack["revision"], [{"pass": replaced["pass"], "by": "Lê Văn Thay"}])
    assert far.next("passes_revoked")["revoked"] == [{"pass": replaced["pass"], "by": None}]
    again = desk.call("check_in", {**scan, "occurred_at": present_moment(datetime.now(UTC))})
    assert (again["verdict"]["reason"], again["verdict"]["by"]) == ("substituted", "Lê Văn Thay")
    assert desk.call("substitute", sent)["verdict"] == verdict("accepted")
    undone = desk.call("withdraw_substitute", act(substitution=sent["client_ref"], reason="Đồng chí Dina đã đến"))
    assert (undone["verdict"]["verdict"], undone["row"]["state"]) == ("accepted", "not_admitted")
    # The pass is valid again, and so is the check-in that was refused because of the substitute.
    assert (undone["replaced"]["state"], undone["replaced"]["pass"]) == ("present", replaced["pass"])


def test_substitute_of_too_low_a_rank_waits(scene: Scene) -> None:
    desk = scene.desk(scene.main)

    ack = desk.call("substitute", scene.substitute(scene.dina, rank="staff"))

    assert (ack["verdict"]["verdict"], ack["row"]["state"], ack["counts"]) == ("accepted", "pending", counts())
    assert ack["replaced"] == dina_row(scene)
    assert desk.call("substitute", scene.substitute(scene.minh))["verdict"]["reason"] == "delegate_unknown"


@pytest.mark.parametrize(("rule", "state"), [("open", "present"), ("ask", "pending"), ("refuse", None)])
def test_walk_in_is_treated_as_the_conference_has_it(scene: Scene, rule: str, state: str | None) -> None:
    set_rule(scene, walk_in_rule=rule)
    desk = scene.desk(scene.main)
    assert desk.call("sync", {"since": None})["conference"]["walk_ins"] == rule

    ack = desk.call("walk_in", act(name="Phạm Thị Đến", position="", unit="Báo Bình Thuận"))

    assert sorted(ack) == ["counts", "now", "ok", "revision", "row", "verdict"]
    assert ack["verdict"] == (verdict("accepted") if state else verdict("refused", reason="walk_ins_refused"))
    assert (ack["row"] and (ack["row"]["state"], ack["row"]["origin"], ack["row"]["unit"])) == (state and (state, "walk_in", "Báo Bình Thuận"))
    assert ack["counts"] == counts(walk_ins=1 if state == "present" else 0)


def test_headcount_stands_beside_the_scans(scene: Scene) -> None:
    desk, other, far = scene.desk(scene.main), scene.desk(scene.main, "Bàn 2"), scene.desk(scene.remote)

    ack = desk.call("count_heads", act(count=118, reason="Đếm hai lần"))

    assert without_now(ack) == {"ok": True, "revision": 1, "verdict": verdict("accepted"), "row": None, "counts": counts(headcount=118)}
    assert without_now(other.next("attendance_changed")) == {"revision": 1, "rows": [], "revoked": [], "counts": counts(headcount=118)}
    earlier = present_moment(datetime.now(UTC) - timedelta(minutes=2))
    assert desk.call("count_heads", act(count=90, reason="", occurred_at=earlier))["counts"]["headcount"] == 118
    assert far.call("sync", {"since": 0})["counts"]["headcount"] is None


def test_a_desk_names_nobody_of_another_site_in_any_act(scene: Scene) -> None:
    desk, far = scene.desk(scene.main), scene.desk(scene.remote)
    theirs = far.call("substitute", scene.substitute(scene.minh))
    before = far.call("sync", {"since": None})["roster"]

    acts = [
        ("undo_check_in", scene.undo(scene.minh)),
        ("leave", scene.pick(scene.minh)),
        ("undo_leave", scene.undo(scene.minh)),
        ("substitute", scene.substitute(scene.minh)),
        ("check_in", scene.pick(scene.minh)),
    ]
    for ack in record(desk, *acts)["results"]:
        assert (ack["row"], ack["replaced"], ack["verdict"]["reason"]) == (None, None, "delegate_unknown")

    assert theirs["ok"] is True
    assert far.call("sync", {"since": None})["roster"] == before


def test_record_answers_each_act_in_order_and_spoils_none(scene: Scene) -> None:
    desk, other = scene.desk(scene.main), scene.desk(scene.main, "Bàn 2")
    scan = scene.scan(scene.dina)

    ack = record(
        desk,
        ("check_in", scan),
        ("check_in", {**scene.scan(scene.an), "client_ref": "no ref"}),
        ("excuse", scene.pick(scene.an)),
        ("count_heads", act(count=2, reason="")),
        ("check_in", scan),
        ("leave", scene.pick(scene.an)),
    )

    results = ack["results"]
    assert (sorted(ack), ack["revision"], ack["counts"]) == (
        ["counts", "now", "ok", "results", "revision"],
        3,
        counts(present=1, not_yet=2, headcount=2),
    )
    row = dina_row(scene, state="present", since=results[0]["row"]["since"], at=scene.main.id, at_site=scene.main.name, desk="Bàn 1")
    done = {"ok": True, "verdict": verdict("accepted"), "row": row, "replaced": None}
    assert (results[0], results[4]) == (done, done)
    wrong = [results[place]["error"] for place in (1, 2)]
    assert [(error["code"], error["field"]) for error in wrong] == [("malformed", "client_ref"), ("malformed", "act")]
    assert {error["message"] for error in wrong} == {"Máy chủ không đọc được nội dung này."}
    assert results[3] == {"ok": True, "verdict": verdict("accepted"), "row": None, "replaced": None}
    assert results[5]["verdict"] == verdict("refused", reason="not_present")
    # One transaction, one message.
    told = other.next("attendance_changed")
    assert (told["revision"], [row["id"] for row in told["rows"]]) == (3, [scene.an.id, scene.dina.id])
    assert other.heard.empty()


def test_record_replays_verdicts_however_the_acts_come_again(scene: Scene) -> None:
    desk = scene.desk(scene.main)
    acts = [("check_in", scene.scan(scene.dina)), ("substitute", scene.substitute(scene.an)), ("walk_in", act(name="A", position="", unit="B"))]
    acts += [("leave", scene.scan(scene.dina)), ("count_heads", act(count=3, reason=""))]
    first = record(desk, *acts)

    assert record(desk, *acts)["results"] == first["results"]
    singly = [desk.call(name, payload)["verdict"] for name, payload in reversed(acts)]
    assert singly[::-1] == [result["verdict"] for result in first["results"]]
    assert desk.call("sync", {"since": 0})["revision"] == first["revision"]


def test_what_happened_before_the_close_counts_whenever_it_is_told(scene: Scene) -> None:
    desk = scene.desk(scene.main)
    closed_at = datetime.now(UTC) - timedelta(minutes=2)
    with scene.service.begin() as work:
        closing = "UPDATE conferences SET state = 'closed', closed_at = ? WHERE id = ?"
        work.session.connection().exec_driver_sql(closing, (closed_at.strftime("%Y-%m-%d %H:%M:%S.%f"), scene.conference.id))
    before, after = present_moment(closed_at - timedelta(minutes=1)), present_moment(closed_at + timedelta(minutes=1))
    ahead = present_moment(closed_at + timedelta(hours=3))

    results = record(
        desk,
        ("check_in", scene.scan(scene.dina, occurred_at=before)),
        ("check_in", scene.scan(scene.an, occurred_at=after)),
        # The clock of this desk is three hours wrong and some.
        ("check_in", scene.scan(scene.an, occurred_at=ahead, clock_offset_ms=-(3 * 3600 + 60) * 1000)),
    )["results"]

    assert [result["verdict"]["reason"] for result in results] == [None, "closed", None]
    assert [result["row"]["state"] for result in results] == ["present", "present", "present"]


@pytest.mark.parametrize("acts", [None, [], {}, "x", [{}] * 101])
def test_what_is_no_list_of_acts_is_malformed(scene: Scene, acts: Any) -> None:
    assert refused(scene.desk(scene.main), "record", {"acts": acts}) == {"code": "malformed", "field": "acts"}


def test_a_long_queue_gets_through_and_a_flood_of_lists_does_not(scene: Scene) -> None:
    desk, other = scene.desk(scene.main), scene.desk(scene.main, "Bàn 2")
    # The server of these tests takes 15 events a second: 900 acts in lists at once. Of so many lists the end is refused even where
    # the machine is so busy that the allowance is filled again by a whole list between one and the next.
    many = [{"acts": [{"act": "leave"}] * 100}] * 60

    acks = desk.call_all("record", many)

    assert [ack["ok"] for ack in acks[:9]] == [True] * 9
    assert {ack["error"]["code"] for ack in acks if not ack["ok"]} == {"too_many_requests"}
    assert other.call("check_in", scene.scan(scene.dina))["ok"] is True


def test_an_act_that_goes_wrong_spoils_no_other(scene: Scene) -> None:
    """A row that the domain does not expect, such as one restored by hand."""
    desk = scene.desk(scene.main)
    with scene.service.begin() as work:
        work.session.connection().exec_driver_sql("DELETE FROM attendances WHERE delegate_id = ?", (scene.an.id,))
    acts = [("check_in", scene.scan(scene.dina)), ("substitute", scene.substitute(scene.an)), ("count_heads", act(count=1, reason=""))]

    results = record(desk, *acts)["results"]

    assert [result["ok"] for result in results] == [True, False, True]
    assert results[1]["error"]["code"] == "error"
    assert desk.call("sync", {"since": 0})["revision"] == 2
