"""What is committed at one worker is seen by the clients of another one, with Redis and without."""

import time
from collections.abc import Callable
from functools import partial
from queue import Queue
from random import randrange
from typing import Any

import pytest
import requests
from sqlalchemy import select, text

from confsvc.domain.board import board_token, renew_board_link
from confsvc.domain.facts import BoardLinkRevoked, ConferenceStateChanged, Fact, FollowedUp, RehearsalWiped, RosterChanged
from confsvc.domain.work import AccountActor
from confsvc.models import Conference, Desk
from tests.cluster.conftest import LINKS_A_MINUTE, SOON_SECONDS, WAIT_SECONDS, Places, wait_until
from tests.live.conftest import Line


def heard_in(line: Line, event: str) -> tuple[Any, float]:
    """The payload of the next such event, and the seconds that it took."""
    began = time.monotonic()
    return line.next(event), time.monotonic() - began


@pytest.mark.parametrize("with_redis", [True, False])
def test_a_check_in_is_seen_at_the_other_worker(places: Places, *, with_redis: bool) -> None:
    scene = places.scene
    here, there, board = places.desk(0, scene.main), places.desk(1, scene.main, "Bàn 2"), places.board(1)
    board.call("sync", {})
    if not with_redis:
        places.cluster.valkey.stop()
    try:
        answer = here.call("check_in", scene.scan(scene.dina))
        assert answer["verdict"]["verdict"] == "accepted"
        changed, took = heard_in(there, "attendance_changed")
        assert [row["id"] for row in changed["rows"]] == [scene.dina.id]
        assert took < (SOON_SECONDS if with_redis else 2 * SOON_SECONDS)
        tallied = board.next("tallied")
        while not tallied["total"]["present"]:
            tallied = board.next("tallied")
    finally:
        if not with_redis:
            places.cluster.valkey.start()


def test_a_pass_that_a_desk_revokes_is_known_at_the_other_worker(places: Places) -> None:
    scene = places.scene
    here, there = places.desk(0, scene.main), places.desk(1, scene.remote)
    uid = scene.pass_uid(scene.dina)
    assert here.call("substitute", scene.substitute(scene.dina))["ok"]
    revoked, took = heard_in(there, "passes_revoked")
    assert [one["pass"] for one in revoked["revoked"]] == [uid]
    assert took < SOON_SECONDS


def test_a_desk_that_is_revoked_at_one_worker_is_sent_away_by_the_other(places: Places) -> None:
    scene = places.scene
    desk = places.desk(1, scene.main)
    with scene.service.begin() as work:
        desk_id = work.session.scalars(select(Desk.id).where(Desk.conference_id == scene.conference.id)).one()
    browser = scene.service.signed_in(scene.olga)
    page = f"/conferences/{scene.conference.id}/desks"
    scene.service.post(browser, f"{page}/{desk_id}/revoke", page)
    assert heard_in(desk, "desk_revoked")[1] < SOON_SECONDS
    desk.next("disconnect")


@pytest.mark.parametrize(
    ("make", "namespace", "event"),
    [
        (RosterChanged, "/desk", "roster_changed"),
        (RosterChanged, "/board", "board_changed"),
        (partial(ConferenceStateChanged, state="closed"), "/desk", "conference_changed"),
        (partial(ConferenceStateChanged, state="closed"), "/board", "conference_changed"),
        (partial(FollowedUp, mandate_id=1, delegate_id=None, status="called", by="Olga"), "/board", "followed_up"),
        (BoardLinkRevoked, "public", "link_revoked"),
        (RehearsalWiped, "/board", "disconnect"),
    ],
)
def test_every_fact_reaches_the_clients_of_other_workers(places: Places, make: Callable[..., Fact], namespace: str, event: str) -> None:
    scene = places.scene
    if namespace == "/desk":
        line = places.desk(1, scene.main)
    elif namespace == "/board":
        line = places.board(1)
    else:
        with scene.service.begin(AccountActor(scene.olga.id)) as work:
            token = board_token(work, renew_board_link(work, scene.conference.id))
        assert token
        line = places.public_board(1, token)
    with scene.service.begin() as work:
        work.tell(make(conference_id=scene.conference.id))
    line.next(event)


def test_boards_and_the_page_of_the_desks_know_who_is_connected_elsewhere(places: Places) -> None:
    scene = places.scene
    board, browser = places.board(1), scene.service.signed_in(scene.olga)
    assert [tile.get("desks", 0) for tile in board.call("sync", {})["sites"]] == [0, 0]

    def told(desks: int) -> bool:
        """Wait until the board is told that so many desks are connected to the remote site."""
        while not [tile for tile in board.next("tallied")["sites"] if tile["id"] == scene.remote.id and tile.get("desks", 0) == desks]:
            pass
        return True

    def pages() -> list[bool]:
        address = f"/conferences/{scene.conference.id}/desks"
        return ['<span class="badge good">Connected</span>' in browser.get(places.cluster.url_of(n) + address, timeout=WAIT_SECONDS).text for n in (0, 1)]

    desk = places.desk(0, scene.remote)
    assert told(1)
    assert pages() == [True, True]
    desk.close()
    assert told(0)
    assert pages() == [False, False]


def test_workers_count_attempts_together_and_go_on_without_redis(places: Places) -> None:
    guess, stranger = f"/d/{'a' * 32}", {"X-Forwarded-For": f"203.0.113.{randrange(256)}"}
    tried = [requests.get(places.cluster.url_of(0) + guess, headers=stranger, timeout=WAIT_SECONDS).status_code for _ in range(LINKS_A_MINUTE)]
    assert tried == [404] * LINKS_A_MINUTE
    assert requests.get(places.cluster.url_of(1) + guess, headers=stranger, timeout=WAIT_SECONDS).status_code == 429
    places.cluster.valkey.stop()
    try:
        answers = [requests.get(places.cluster.url_of(n) + guess, headers=stranger, timeout=WAIT_SECONDS).status_code for n in (0, 1)]
        assert set(answers) <= {404, 429}
    finally:
        places.cluster.valkey.start()


def test_a_worker_that_waits_for_another_one_serves_everybody_else_meanwhile(places: Places) -> None:
    scene = places.scene
    desk, other, answers = places.desk(0, scene.main), places.desk(0, scene.remote), Queue[Any]()
    with scene.service.begin() as work:
        work.session.execute(select(Conference.id).where(Conference.id == scene.conference.id).with_for_update())
        desk.client.emit("check_in", scene.scan(scene.dina), namespace="/desk", callback=answers.put)
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        wait_until(lambda: work.session.scalar(waiting) > 0)
        began = time.monotonic()
        assert requests.get(places.cluster.url_of(0) + "/sign-in", timeout=WAIT_SECONDS).status_code == 200
        assert other.call("sync", {"since": 0})["ok"]
        assert time.monotonic() - began < 2 * SOON_SECONDS
        assert answers.empty()
    assert answers.get(timeout=WAIT_SECONDS)["verdict"]["verdict"] == "accepted"
