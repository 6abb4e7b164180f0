"""The same handlers in an application without gevent, as tests and small tools run it."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask_socketio.test_client import SocketIOTestClient

from confsvc.boundary import begin_work
from confsvc.domain.access import organised_conference
from confsvc.domain.conferences import move_conference
from confsvc.domain.desks import revoke_desk
from confsvc.domain.tallies import recount_sites
from confsvc.domain.work import System
from confsvc.extensions import socketio
from confsvc.live.rechecks import Rechecks
from confsvc.models import Account, ConferenceMember, Desk
from confsvc.schemas.desk_cookie import DESK_COOKIE
from tests.conftest import BeginWork
from tests.factories import make_account, make_conference, make_delegate, make_desk, make_mandate, make_site

TOKEN = "k" * 32


@pytest.fixture
def desk(begin: BeginWork) -> Desk:
    with begin() as work:
        conference = make_conference(work, state="in_progress")
        site = make_site(work, conference)
        make_delegate(work, make_mandate(work, conference, site))
        return make_desk(work, site, token=TOKEN, expires_at=work.now.replace(year=2100))


@pytest.fixture
def line(app: Flask, desk: Desk) -> Iterator[SocketIOTestClient]:
    browser = app.test_client()
    browser.set_cookie(DESK_COOKIE, TOKEN)
    line = socketio.test_client(app, namespace="/desk", flask_test_client=browser)
    yield line
    if line.is_connected("/desk"):
        line.disconnect("/desk")


def call(line: SocketIOTestClient, event: str, *payload: Any) -> Any:
    return line.emit(event, *payload, namespace="/desk", callback=True)


def test_desk_checks_in_and_hears_it(line: SocketIOTestClient) -> None:
    [row] = call(line, "sync", {"since": None})["roster"]
    event = {"client_ref": str(uuid4()), "method": "name", "delegate_id": row["id"], "occurred_at": "2023-01-16T06:45:00.000Z"}

    ack = call(line, "check_in", event)

    assert (ack["verdict"]["verdict"], ack["row"]["since"], ack["revision"]) == ("accepted", "2023-01-16T06:45:00.000Z", 1)
    [message] = line.get_received("/desk")
    assert (message["name"], message["args"][0]["rows"]) == ("attendance_changed", [ack["row"]])


def test_revoked_desk_is_disconnected(app: Flask, line: SocketIOTestClient, desk: Desk) -> None:
    with app.app_context(), begin_work(System()) as work:
        revoke_desk(work, desk.conference_id, desk.id)

    assert not line.is_connected("/desk")


def test_unknown_and_malformed_events_are_acked(line: SocketIOTestClient) -> None:
    assert call(line, "launch", {})["error"]["code"] == "unknown_event"
    assert call(line, "sync")["error"] == {"code": "malformed", "field": "payload", "message": "Máy chủ không đọc được nội dung này."}


def test_desks_hear_of_the_conference_and_its_roster(app: Flask, line: SocketIOTestClient, desk: Desk) -> None:
    with app.app_context(), begin_work(System()) as work:
        conference = organised_conference(work, desk.conference_id)
        move_conference(work, desk.conference_id, "close", version=conference.version)
        recount_sites(work, desk.conference_id)

    heard = [(message["name"], message["args"][0].get("state")) for message in line.get_received("/desk")]

    assert heard == [("conference_changed", "closed"), ("roster_changed", None)]


def test_organiser_who_was_removed_is_found_when_boards_are_weeded(app: Flask, begin: BeginWork) -> None:
    with begin() as work:
        olga, oanh = make_account(work), make_account(work, "oanh")
        conference = make_conference(work, olga)
        work.session.add(ConferenceMember(conference_id=conference.id, account_id=oanh.id))
    lines = [watch(app, account, conference.id) for account in (olga, oanh)]
    rechecks = Rechecks(app, socketio, app.extensions["confsvc_live"].presence)
    rechecks.weed(conference.id, now=0)
    with begin() as work:
        work.session.delete(work.session.get_one(ConferenceMember, (conference.id, oanh.id)))

    rechecks.weed(conference.id, now=29)
    assert [line.is_connected("/board") for line in lines] == [True, True]
    rechecks.weed(conference.id, now=31)
    assert [line.is_connected("/board") for line in lines] == [True, False]
    lines[0].disconnect("/board")


def watch(app: Flask, account: Account, conference_id: int) -> SocketIOTestClient:
    """An organiser's board."""
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = f"{account.id}:{account.session_epoch}"
    return socketio.test_client(app, namespace="/board", flask_test_client=browser, auth={"conference_id": conference_id})


def test_without_the_cookie_nobody_connects(app: Flask, desk: Desk) -> None:
    assert not socketio.test_client(app, namespace="/desk").is_connected("/desk")
