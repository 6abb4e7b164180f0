"""The same handlers in an application without gevent, as tests and small tools run it."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask_socketio.test_client import SocketIOTestClient

from confsvc.boundary import begin_work
from confsvc.domain.desks import revoke_desk
from confsvc.domain.work import System
from confsvc.extensions import socketio
from confsvc.models import Desk
from confsvc.schemas.desk_cookie import DESK_COOKIE
from tests.conftest import BeginWork
from tests.factories import make_conference, make_delegate, make_desk, make_mandate, make_site

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


def test_without_the_cookie_nobody_connects(app: Flask, desk: Desk) -> None:
    assert not socketio.test_client(app, namespace="/desk").is_connected("/desk")
