"""Boards over the wire: snapshot, coalesced frames, and who may see what."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests
import socketio

from confsvc.domain.board import board_token, renew_board_link
from confsvc.domain.work import AccountActor
from confsvc.models import ConferenceMember
from tests.live.conftest import Line, Scene, Service, act

NONE = dict.fromkeys(("away", "excused", "visiting", "walk_ins", "online", "substitutes", "late", "present", "vacant"), 0)
ZERO: dict[str, int | None] = {**NONE, "headcount": None, "in_hall": None}
TOTAL = {**ZERO, "summoned": 4, "named": 3, "vacant": 1, "not_yet": 4}
NOBODY_ASKS = {"count": 0, "people": []}


def main_counts(scene: Scene, **changes: int) -> dict[str, Any]:
    """The main site's tile for those who know its name; what there is none of is not told."""
    return {"id": scene.main.id, **_some({"summoned": 3, "named": 2, "vacant": 1, "not_yet": 3} | changes)}


def remote_counts(scene: Scene, **changes: int) -> dict[str, Any]:
    return {"id": scene.remote.id, **_some({"summoned": 1, "named": 1, "not_yet": 1} | changes)}


def main_site(scene: Scene, **changes: int) -> dict[str, Any]:
    return {"name": scene.main.name, "kind": "main", "sites": 1, **main_counts(scene, **changes)}


def remote_site(scene: Scene, **changes: int) -> dict[str, Any]:
    return {"name": scene.remote.name, "kind": "remote", "sites": 1, **remote_counts(scene, **changes)}


def _some(counts: dict[str, int]) -> dict[str, int]:
    return {key: n for key, n in counts.items() if n or key in ("headcount", "in_hall")}


def conference(scene: Scene) -> dict[str, Any]:
    starts_at = scene.conference.starts_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    fields = ("id", "title", "state", "timezone", "address_form")
    return {**{key: getattr(scene.conference, key) for key in fields}, "starts_at": starts_at}


def missing(scene: Scene) -> dict[str, Any]:
    names = ["Nguyễn Thị Dina"]
    mandates = [{"mandate_id": scene.mandate_id, "unit": "Sở Nội vụ", "required_rank": "leader", "site": scene.main.name, "names": names}]
    return {"count": 1, "mandates": mandates}


def snapshot(scene: Scene, **changes: Any) -> dict[str, Any]:
    """All that an organiser is shown before anybody has come, without its head."""
    shown = {"revision": 0, "conference": conference(scene), "shown": "sites", "site_count": 2, "total": TOTAL}
    return {**shown, "sites": [main_site(scene), remote_site(scene)], "missing": missing(scene), "asking": NOBODY_ASKS, **changes}


def without_now(payload: dict[str, Any]) -> dict[str, Any]:
    assert payload["now"].endswith("Z")
    return {key: value for key, value in payload.items() if key not in ("now", "frame")}


def public_token(scene: Scene) -> str:
    with scene.service.begin(AccountActor(scene.olga.id)) as work:
        token = board_token(work, renew_board_link(work, scene.conference.id))
    assert token
    return token


def public_board(scene: Scene, token: str) -> Line:
    return scene.service.line("/board", scene.service.browser(), {"token": token})


def test_snapshot_holds_every_site_and_who_of_the_required_ranks_is_missing(scene: Scene) -> None:
    assert without_now(scene.board().call("sync", {})) == {"ok": True, **snapshot(scene)}


def test_board_follows_without_asking(scene: Scene) -> None:
    board, desk = scene.board(), scene.desk(scene.main)

    first = board.next("tallied")
    assert without_now(first) == {"previous": 0, **snapshot(scene, sites=[main_site(scene, desks=1), remote_site(scene)])}
    desk.call("check_in", scene.scan(scene.dina))
    second = board.next("tallied")
    assert without_now(second) == {
        "previous": 0,
        "revision": 1,
        "total": {**TOTAL, "present": 1, "not_yet": 3},
        "sites": [main_counts(scene, desks=1, present=1, not_yet=2)],
        "missing": {"count": 0, "mandates": []},
        "asking": NOBODY_ASKS,
    }
    desk.call("check_in", scene.scan(scene.minh))
    third = board.next("tallied")
    assert without_now(third) == {
        "previous": 1,
        "revision": 2,
        "total": {**TOTAL, "present": 2, "not_yet": 2, "visiting": 1},
        "sites": [main_counts(scene, desks=1, present=1, not_yet=2, visiting=1), remote_counts(scene, present=1, not_yet=0)],
    }
    desk.close()
    last = board.next("tallied")
    assert last["sites"] == [main_counts(scene, present=1, not_yet=2, visiting=1)]
    assert [frame["frame"] - first["frame"] for frame in (second, third, last)] == [1, 2, 3]


def test_snapshot_says_up_to_which_frame_it_tells(scene: Scene) -> None:
    board, desk = scene.board(), scene.desk(scene.main)
    desk.call("check_in", scene.scan(scene.dina))
    heard = [board.next("tallied")]
    while heard[-1]["revision"] < 1:
        heard.append(board.next("tallied"))

    snapshot = board.call("sync", {})
    desk.call("check_in", scene.scan(scene.an))

    assert (snapshot["frame"], board.next("tallied")["frame"]) == (heard[-1]["frame"], heard[-1]["frame"] + 1)


def change_seats(scene: Scene, seats: int) -> None:
    page = f"/conferences/{scene.conference.id}/mandates/{scene.mandate_id}"
    fields = {"unit_name": "Sở Nội vụ", "site_id": str(scene.main.id), "seats": str(seats), "required_rank": "leader", "sort_order": "0", "version": "1"}
    scene.service.post(scene.service.signed_in(scene.olga), page, **fields)


def test_changed_seats_are_told_though_no_revision_tells_of_them(scene: Scene) -> None:
    board, desk = scene.board(), scene.desk(scene.main)
    first = board.next("tallied")

    change_seats(scene, 6)

    frame = board.next("tallied")
    total = {**TOTAL, "summoned": 6, "vacant": 3, "not_yet": 6}
    sites = [main_counts(scene, desks=1, summoned=5, vacant=3, not_yet=5)]
    assert without_now(frame) == {"previous": 0, "revision": 0, "total": total, "sites": sites}
    assert frame["frame"] == first["frame"] + 1
    assert board.call("sync", {})["sites"][0] == main_site(scene, desks=1, summoned=5, vacant=3, not_yet=5)
    assert desk.next("roster_changed")


def test_changed_sites_are_told_by_a_frame_that_holds_everything(scene: Scene) -> None:
    board = scene.board()
    board.call("sync", {})
    page = f"/conferences/{scene.conference.id}/sites/{scene.remote.id}"
    fields = {"kind": "remote", "name": "Hội trường A", "version": "1"}
    scene.service.post(scene.service.signed_in(scene.olga), page, **fields)

    frame = board.next("tallied")

    remote = {**remote_site(scene), "name": "Hội trường A"}
    assert without_now(frame) == {"previous": 0, **snapshot(scene, sites=[main_site(scene), remote])}


def test_sites_are_found_by_words_of_their_names(scene: Scene) -> None:
    organiser, public = scene.board(), public_board(scene, public_token(scene))

    for board in (organiser, public):
        for query, within, sites in (("phu quy", None, [remote_site(scene)]), ("", scene.main.id, [main_site(scene)]), ("đâu đó", None, [])):
            found = board.call("find", {"query": query, "within": within})
            assert without_now(found) == {"ok": True, "revision": 0, "count": len(sites), "sites": sites}
        assert board.call("find", {"query": "x" * 201, "within": None})["error"] == {
            "code": "malformed",
            "message": "The server cannot read this.",
            "field": "query",
        }


def test_frames_are_gathered_and_nothing_is_sent_when_nothing_changed(scene: Scene) -> None:
    desk, board = scene.desk(scene.main), scene.board()
    for _ in range(30):
        desk.call("check_in", scene.scan(scene.dina))
        desk.call("undo_check_in", scene.undo(scene.dina))
    desk.call("check_in", scene.scan(scene.dina))
    desk.call("check_in", scene.scan(scene.an))

    frames: list[dict[str, Any]] = []
    while not frames or frames[-1]["total"]["present"] < 2:
        frames.append(board.next("tallied"))

    # Five a second, however long the acts take.
    moments = [datetime.fromisoformat(frame["now"]) for frame in frames]
    assert all(later - earlier >= timedelta(milliseconds=199) for earlier, later in pairwise(moments))
    assert all(later["previous"] == earlier["revision"] for earlier, later in pairwise(frames))
    desk.call("check_in", scene.scan(scene.an))
    desk.call("check_in", scene.scan(scene.minh))
    assert board.next("tallied")["revision"] == 64


def test_headcount_stands_beside_what_the_log_has_in_the_hall(scene: Scene) -> None:
    desk, remote, board = scene.desk(scene.main), scene.desk(scene.remote), scene.board()
    for delegate in (scene.dina, scene.an, scene.minh):
        desk.call("check_in", scene.scan(delegate))
    desk.call("leave", scene.scan(scene.an))
    desk.call("count_heads", act(count=5, reason=""))
    remote.call("count_heads", act(count=0, reason=""))

    snapshot = board.call("sync", {})

    # Minh's seat is at the remote site, so he is present there and in the hall of the main one.
    main = main_site(scene, desks=1, present=1, away=1, not_yet=1, visiting=1, headcount=5, in_hall=2)
    assert snapshot["sites"] == [main, remote_site(scene, desks=1, present=1, not_yet=0, headcount=0, in_hall=0)]
    assert (snapshot["total"]["headcount"], snapshot["total"]["in_hall"]) == (5, 2)


def test_board_that_comes_back_asks_for_the_whole(scene: Scene) -> None:
    desk = scene.desk(scene.main)
    desk.call("check_in", scene.scan(scene.dina))

    snapshot = scene.board().call("sync", {})

    assert (snapshot["revision"], snapshot["sites"][0]) == (1, main_site(scene, desks=1, present=1, not_yet=2))


def test_public_link_shows_counts_only(scene: Scene) -> None:
    board, desk = public_board(scene, public_token(scene)), scene.desk(scene.main)
    first = board.next("tallied")
    assert (first["missing"], first["asking"], first["sites"]) == (None, None, [main_site(scene, desks=1), remote_site(scene)])
    desk.call("check_in", scene.scan(scene.dina))

    assert without_now(board.next("tallied")) == {
        "previous": 0,
        "revision": 1,
        "total": {**TOTAL, "present": 1, "not_yet": 3},
        "sites": [main_counts(scene, desks=1, present=1, not_yet=2)],
    }
    sites, total = [main_site(scene, desks=1, present=1, not_yet=2), remote_site(scene)], {**TOTAL, "present": 1, "not_yet": 3}
    shown = snapshot(scene, revision=1, total=total, sites=sites, missing=None, asking=None)
    assert without_now(board.call("sync", {})) == {"ok": True, **shown}


def test_nobody_else_sees_a_board(scene: Scene, service: Service) -> None:
    mallory = service.account("mallory")
    other = Scene(service)
    own = {"conference_id": scene.conference.id}
    token = public_token(scene)
    attempts: list[tuple[requests.Session, object]] = [
        (service.signed_in(mallory), own),
        (service.signed_in(other.olga), own),
        (service.browser(), own),
        (scene.paired(scene.main), own),
        (service.signed_in(scene.olga), {"conference_id": 4711}),
        (service.signed_in(scene.olga), {"conference_id": str(scene.conference.id)}),
        (service.signed_in(scene.olga), None),
        (service.signed_in(scene.olga), [scene.conference.id]),
        (service.browser(), {"token": "a" * 32}),
        (service.browser(), {"token": ""}),
        (service.browser(), {"token": scene.code(scene.dina)}),
        (service.signed_in(mallory), {"token": token + "a", **own}),
    ]

    for browser, auth in attempts:
        with pytest.raises(socketio.exceptions.ConnectionError):
            service.line("/board", browser, auth)
    assert public_board(scene, token).call("sync", {})["missing"] is None


def test_public_link_gives_counts_of_its_own_conference_whatever_is_asked(scene: Scene, service: Service) -> None:
    other = Scene(service)

    line = service.line("/board", service.browser(), {"token": public_token(scene), "conference_id": other.conference.id})

    assert line.call("sync", {"conference_id": other.conference.id})["conference"]["id"] == scene.conference.id


def test_revoked_public_link_sends_its_viewers_away(scene: Scene) -> None:
    public, own = public_board(scene, public_token(scene)), scene.board()
    page = f"/conferences/{scene.conference.id}/board"

    scene.service.post(scene.service.signed_in(scene.olga), f"{page}/link/revoke", page=page)

    assert without_now(public.next("link_revoked")) == {}
    assert public.next("disconnect") is None
    assert own.call("sync", {})["ok"] is True


def test_right_that_has_ended_is_noticed_at_the_next_event_and_nothing_more_is_heard(scene: Scene) -> None:
    organiser, public = scene.board(), public_board(scene, public_token(scene))
    other, desk = scene.service.account("oanh"), scene.desk(scene.main)
    with scene.service.begin() as work:
        connection = work.session.connection()
        connection.exec_driver_sql("DELETE FROM conference_members WHERE conference_id = ?", (scene.conference.id,))
        connection.exec_driver_sql("UPDATE conferences SET board_token_hash = NULL WHERE id = ?", (scene.conference.id,))

    for line in (organiser, public):
        ack = line.call("sync", {})
        assert (ack["ok"], ack["error"]["code"]) == (False, "board_unknown")
        line.heard.queue.clear()
    with scene.service.begin() as work:
        work.session.add(ConferenceMember(conference_id=scene.conference.id, account_id=other.id))
    watching = scene.board(other)
    desk.call("check_in", scene.scan(scene.dina))
    while watching.next("tallied")["revision"] < 1:
        pass
    assert organiser.heard.empty()
    assert public.heard.empty()


def test_signed_out_everywhere_a_board_ends_too(scene: Scene) -> None:
    board = scene.board()
    with scene.service.begin() as work:
        work.session.connection().exec_driver_sql("UPDATE accounts SET session_epoch = 1 WHERE id = ?", (scene.olga.id,))

    assert board.call("sync", {})["error"]["code"] == "board_unknown"


def test_unknown_and_malformed_events_are_acked(scene: Scene) -> None:
    board = scene.board()

    assert board.call("check_in", {})["error"]["code"] == "unknown_event"
    assert board.call("sync", 1)["error"]["code"] == "malformed"
    assert board.call("sync")["error"]["code"] == "malformed"
    codes = [ack["error"]["code"] for ack in board.call_all("sync", [{}] * 40) if not ack["ok"]]
    assert set(codes) == {"too_many_requests"}
