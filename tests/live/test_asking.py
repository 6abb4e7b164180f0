"""People who ask, over the board: seen at once, decided once, by organisers only; and what colleagues note about the missing."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from confsvc.domain.board import board_token, renew_board_link
from confsvc.domain.work import AccountActor
from confsvc.models import Account, Conference, ConferenceMember, FollowUp
from tests.live.conftest import Line, Scene, Service, act
from tests.live.payloads import refused


def decision(delegate_id: int, **fields: Any) -> dict[str, Any]:
    return {"delegate_id": delegate_id, "client_ref": str(uuid4()), **fields}


def first_asking(board: Line) -> dict[str, Any]:
    """The first frame in which somebody asks."""
    while not (frame := board.next("tallied"))["asking"]["count"]:
        pass
    found: dict[str, Any] = frame["asking"]
    return found


def substitute_comes(scene: Scene, desk: Line) -> int:
    """Somebody of too low a rank for dina; their id."""
    ack = desk.call("substitute", scene.substitute(scene.dina, rank="staff"))
    assert (ack["verdict"]["verdict"], ack["row"]["state"]) == ("accepted", "pending")
    found: int = ack["row"]["id"]
    return found


def outcome(ack: dict[str, Any]) -> tuple[str, str, str | None, bool]:
    assert ack["ok"] is True, ack
    assert ack["now"].endswith("Z")
    said = ack["outcome"]
    return said["decision"], said["reason"], said["by"], said["mine"]


def public_board(scene: Scene) -> Line:
    with scene.service.begin(AccountActor(scene.olga.id)) as work:
        token = board_token(work, renew_board_link(work, scene.conference.id))
    return scene.service.line("/board", scene.service.browser(), {"token": token})


@pytest.fixture
def oanh(scene: Scene) -> Account:
    """A second organiser of the same conference."""
    account = scene.service.account("oanh")
    with scene.service.begin() as work:
        work.session.add(ConferenceMember(conference_id=scene.conference.id, account_id=account.id))
    return account


def test_a_substitute_of_too_low_a_rank_asks_and_the_desk_hears_the_yes(scene: Scene) -> None:
    board, desk = scene.board(), scene.desk(scene.main)
    substitute_id = substitute_comes(scene, desk)

    asking = first_asking(board)
    [person] = asking["people"]
    assert person.pop("since").endswith("Z")
    assert (asking["count"], person) == (
        1,
        {
            "delegate_id": substitute_id,
            "why": "substitute",
            "name": "Lê Văn Thay",
            "position": "Chánh Văn phòng",
            "unit": "Sở Nội vụ",
            "rank": "staff",
            "required_rank": "leader",
            "replaces": "Nguyễn Thị Dina",
            "site": scene.main.name,
            "desk": "Bàn 1",
            "reason": "Bận việc đột xuất",
        },
    )
    asked = decision(substitute_id)
    assert outcome(board.call("admit", asked)) == ("admitted", "", "Olga", True)
    assert outcome(board.call("admit", asked)) == ("admitted", "", "Olga", True)
    while not any(row["id"] == substitute_id and row["state"] == "present" for row in desk.next("attendance_changed")["rows"]):
        pass
    snapshot = board.call("sync", {})
    # Let in for the leader who was asked for, so that nobody is missing there any more.
    assert (snapshot["asking"], snapshot["missing"], snapshot["total"]["substitutes"]) == ({"count": 0, "people": []}, {"count": 0, "mandates": []}, 1)


def test_a_walk_in_is_turned_away_with_the_reason(scene: Scene) -> None:
    with scene.service.begin() as work:
        work.session.get_one(Conference, scene.conference.id).walk_in_rule = "ask"
    board, desk = scene.board(), scene.desk(scene.remote)
    ack = desk.call("walk_in", act(name="Nguyễn Quốc <Khách>", position="", unit="Báo {x}"))
    [person] = first_asking(board)["people"]
    assert (person["why"], person["name"], person["unit"], person["site"], person["replaces"]) == (
        "walk_in",
        "Nguyễn Quốc <Khách>",
        "Báo {x}",
        scene.remote.name,
        None,
    )

    assert outcome(board.call("deny", decision(ack["row"]["id"], reason=" Hội trường\u202e đã đủ "))) == ("denied", "Hội trường đã đủ", "Olga", True)

    while not any(row["id"] == ack["row"]["id"] and row["state"] == "not_admitted" for row in desk.next("attendance_changed")["rows"]):
        pass
    assert board.call("sync", {})["asking"]["count"] == 0


def test_of_two_organisers_one_decides_and_the_other_hears_what(scene: Scene, oanh: Account) -> None:
    first, second, desk = scene.board(), scene.board(oanh), scene.desk(scene.main)
    substitute_id = substitute_comes(scene, desk)

    with ThreadPoolExecutor(2) as pool:
        admitted = pool.submit(first.call, "admit", decision(substitute_id))
        denied = pool.submit(second.call, "deny", decision(substitute_id, reason="không đúng thành phần"))
        said = [outcome(admitted.result()), outcome(denied.result())]

    assert {stands[0] for stands in said} in ({"admitted"}, {"denied"})
    assert sorted(stands[3] for stands in said) == [False, True]
    assert len({stands[2] for stands in said}) == 1
    with scene.service.begin() as work:
        lines = work.session.connection().exec_driver_sql(
            "SELECT kind FROM attendance_events WHERE delegate_id = ? AND kind IN ('admit', 'deny')", (substitute_id,)
        )
        assert len(lines.all()) == 1


def test_somebody_who_went_away_again_is_gone(scene: Scene) -> None:
    board, desk = scene.board(), scene.desk(scene.main)
    asked = scene.substitute(scene.dina, rank="staff")
    substitute_id = desk.call("substitute", asked)["row"]["id"]
    desk.call("withdraw_substitute", act(substitution=asked["client_ref"], reason="Nhầm người"))

    said = outcome(board.call("admit", decision(substitute_id)))

    assert (said[0] in ("denied", "gone"), said[3]) == (True, False)
    assert board.call("sync", {})["asking"]["count"] == 0


def test_a_public_viewer_hears_no_name_and_decides_nothing(scene: Scene) -> None:
    public, board, desk = public_board(scene), scene.board(), scene.desk(scene.main)
    substitute_id = substitute_comes(scene, desk)
    first_asking(board)

    frames = [public.call("sync", {}), public.next("tallied")]
    assert [frame["asking"] for frame in frames] == [None, None]
    assert [name for name in ("Lê Văn Thay", "Dina", "Bận việc", "Sở Nội vụ") if name in str(frames)] == []
    assert refused(public, "admit", decision(substitute_id)) == {"code": "board_unknown"}
    # Whoever tries that hears nothing more.
    assert refused(public, "sync", {}) == {"code": "board_unknown"}
    other = public_board(scene)
    assert refused(other, "deny", decision(substitute_id, reason="x")) == {"code": "board_unknown"}
    assert board.call("sync", {})["asking"]["count"] == 1


def test_outsiders_and_former_organisers_decide_nothing(scene: Scene, service: Service, oanh: Account) -> None:
    other = Scene(service)
    elsewhere, former, desk = other.board(), scene.board(oanh), scene.desk(scene.main)
    substitute_id = substitute_comes(scene, desk)

    assert refused(elsewhere, "admit", decision(substitute_id)) == {"code": "malformed", "field": "delegate_id"}
    with scene.service.begin() as work:
        work.session.connection().exec_driver_sql("DELETE FROM conference_members WHERE account_id = ?", (oanh.id,))
    assert refused(former, "admit", decision(substitute_id)) == {"code": "board_unknown"}
    assert refused(desk, "admit", decision(substitute_id)) == {"code": "unknown_event"}
    assert scene.board().call("sync", {})["asking"]["count"] == 1


def test_decisions_that_cannot_be_read_are_refused(scene: Scene) -> None:
    board, desk = scene.board(), scene.desk(scene.main)
    substitute_id = substitute_comes(scene, desk)
    whole = decision(substitute_id, reason="x")
    for event, changes, field in (
        ("admit", {"delegate_id": "1"}, "delegate_id"),
        ("admit", {"delegate_id": True}, "delegate_id"),
        ("admit", {"delegate_id": 2**31 - 1}, "delegate_id"),
        ("admit", {"client_ref": "x"}, "client_ref"),
        ("deny", {"reason": " \u200b"}, "reason"),
        ("deny", {"reason": "x" * 501}, "reason"),
        ("deny", {"reason": None}, "reason"),
    ):
        assert refused(board, event, {**whole, **changes}) == {"code": "malformed", "field": field}
    assert board.call("sync", {})["asking"]["count"] == 1


def test_colleagues_hear_what_was_noted_and_the_public_does_not(scene: Scene, oanh: Account) -> None:
    colleague, public = scene.board(oanh), public_board(scene)
    page = f"/conferences/{scene.conference.id}/missing"
    browser = scene.service.signed_in(scene.olga)

    scene.service.post(browser, f"{page}/follow-up", page=page, form_key=str(uuid4()), mark=f"called.{scene.mandate_id}.{scene.dina.id}")

    heard = colleague.next("followed_up")
    assert heard.pop("now").endswith("Z")
    assert heard == {"mandate_id": scene.mandate_id, "delegate_id": scene.dina.id, "status": "called", "by": "Olga"}
    public.call("sync", {})
    assert [event for event, *_ in list(public.heard.queue) if event == "followed_up"] == []
    with scene.service.begin() as work:
        assert work.session.query(FollowUp).filter_by(conference_id=scene.conference.id).count() == 1
