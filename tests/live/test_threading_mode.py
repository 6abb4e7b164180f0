"""The same handlers in an application without gevent, as tests and small tools run it."""

import json
import pkgutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask_socketio.test_client import SocketIOTestClient
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from confsvc.boundary import begin_work
from confsvc.domain.access import organised_conference
from confsvc.domain.check_in import CheckIn, CountHeads, carry_out
from confsvc.domain.conferences import move_conference
from confsvc.domain.desks import revoke_desk
from confsvc.domain.facts import AttendanceRecorded, PassesChanged
from confsvc.domain.tallies import recount_sites
from confsvc.domain.work import DeskActor, System
from confsvc.extensions import db, socketio
from confsvc.live import publish
from confsvc.live.presence import ConnectedDesk
from confsvc.live.rechecks import Rechecks
from confsvc.models import Account, Conference, ConferenceMember, Desk, Pass
from confsvc.schemas.desk_cookie import DESK_COOKIE
from tests.conftest import BeginWork
from tests.factories import make_account, make_conference, make_delegate, make_desk, make_mandate, make_site
from tests.live.conftest import WAIT_SECONDS

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


@pytest.fixture
def _neighbour(app: Flask, line: SocketIOTestClient, desk: Desk) -> None:
    """Another desk of the site has a line too: a desk that is alone is not told what it did itself."""
    app.extensions["confsvc_live"].presence.desk_came(ConnectedDesk("beside", desk.id + 1, desk.site_id, desk.conference_id, desk.expires_at, 0))


def call(line: SocketIOTestClient, event: str, *payload: Any) -> Any:
    return line.emit(event, *payload, namespace="/desk", callback=True)


def heard(line: SocketIOTestClient) -> Any:
    """The one message that a background task sends to this line."""
    waits_until = time.monotonic() + WAIT_SECONDS
    while not (messages := line.get_received("/desk")):
        assert time.monotonic() < waits_until, "nothing came"
        time.sleep(0.01)
    [message] = messages
    return message


@pytest.mark.usefixtures("_neighbour")
def test_desk_checks_in_and_hears_it(line: SocketIOTestClient) -> None:
    [row] = call(line, "sync", {"since": None})["roster"]
    sent = {"client_ref": str(uuid4()), "method": "name", "delegate_id": row["id"], "occurred_at": "2023-01-16T06:45:00.000Z"}

    ack = call(line, "check_in", sent)

    assert (ack["verdict"]["verdict"], ack["row"]["since"], ack["revision"]) == ("accepted", "2023-01-16T06:45:00.000Z", 1)
    message = heard(line)
    assert (message["name"], message["args"][0]["rows"]) == ("attendance_changed", [ack["row"]])


@pytest.mark.usefixtures("_neighbour")
def test_commits_told_in_another_order_all_arrive(app: Flask, begin: BeginWork, line: SocketIOTestClient, desk: Desk) -> None:
    [row] = call(line, "sync", {"since": None})["roster"]
    moment = datetime(2023, 1, 16, 6, 45, tzinfo=UTC)
    acts = [CheckIn(client_ref=str(uuid4()), occurred_at=moment, delegate_id=row["id"]), CountHeads(client_ref=str(uuid4()), occurred_at=moment, count=7)]
    for act in acts:
        with begin(DeskActor(desk.id)) as work:
            carry_out(work, [act])

    with app.app_context():
        for revision in (2, 1):
            publish(AttendanceRecorded(desk.conference_id, revision))

    told = heard(line)["args"][0]
    assert (told["revision"], [(one["id"], one["state"]) for one in told["rows"]], told["counts"]["headcount"]) == (2, [(row["id"], "present")], 7)


def test_passes_are_read_once_whatever_the_number_of_sites(app: Flask, begin: BeginWork, line: SocketIOTestClient, desk: Desk) -> None:
    uids = []
    with begin() as work:
        for n in range(4):
            make_desk(work, make_site(work, work.session.get_one(Conference, desk.conference_id), f"Điểm cầu {n}", kind="remote"), token=f"far {n}")
        issued = work.session.scalars(select(Pass).where(Pass.conference_id == desk.conference_id)).one()
        uids.append(issued.uid)
    presence = app.extensions["confsvc_live"].presence
    with begin() as work:
        for far in work.session.scalars(select(Desk).where(Desk.conference_id == desk.conference_id, Desk.id != desk.id)):
            presence.desk_came(ConnectedDesk(f"sid {far.id}", far.id, far.site_id, far.conference_id, far.expires_at, 0))

    seen: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *told: seen.append(str(told[2]).split()[0]))
        publish(PassesChanged(desk.conference_id, frozenset(uids)))

    assert seen.count("SELECT") == 1
    [message] = line.get_received("/desk")
    assert (message["name"], message["args"][0]["restored"]) == ("passes_revoked", uids)


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
    rechecks = Rechecks(socketio, app.extensions["confsvc_live"].presence)
    with app.app_context():
        rechecks.weed(conference.id, now=0)
    with begin() as work:
        work.session.delete(work.session.get_one(ConferenceMember, (conference.id, oanh.id)))

    with app.app_context():
        rechecks.weed(conference.id, now=29)
    assert [line.is_connected("/board") for line in lines] == [True, True]
    with app.app_context():
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


def test_whoever_connects_while_something_fails_is_refused_and_not_left_waiting(app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("the database is away"))

    monkeypatch.setattr("confsvc.live.desk.open_desk", fail)
    browser = app.test_client()
    browser.set_cookie(DESK_COOKIE, TOKEN)
    line = socketio.test_client(app, flask_test_client=browser)
    line.connect("/desk")
    assert not line.is_connected("/desk")


@pytest.fixture
def lines_end_while_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever connects is gone by the time at which the database has said who they are."""

    def ending(look_up: Callable[..., Any]) -> Callable[..., Any]:
        def found_too_late(*about: Any) -> Any:
            found = look_up(*about)
            manager = socketio.server.manager
            for namespace in ("/desk", "/board"):
                for eio_sid in list(manager.rooms.get(namespace, {}).get(None, {}).values()):
                    socketio.server._handle_eio_disconnect(eio_sid, "transport close")
            return found

        return found_too_late

    for name in ("confsvc.live.desk.open_desk", "confsvc.live.board.organised_conference"):
        monkeypatch.setattr(name, ending(pkgutil.resolve_name(name)))


@pytest.mark.usefixtures("lines_end_while_let_in")
def test_a_line_that_ended_while_it_was_let_in_is_not_counted(app: Flask, begin: BeginWork, desk: Desk) -> None:
    with begin() as work:
        olga = make_account(work)
        conference = make_conference(work, olga)
    browser = app.test_client()
    browser.set_cookie(DESK_COOKIE, TOKEN)

    assert not socketio.test_client(app, namespace="/desk", flask_test_client=browser).is_connected("/desk")
    assert not watch(app, olga, conference.id).is_connected("/board")

    presence = app.extensions["confsvc_live"].presence
    assert (presence.desk_ids(), presence.has_desks(desk.conference_id), presence.viewer_count()) == (frozenset(), False, 0)
    assert socketio.server.manager.rooms == {}


@pytest.mark.parametrize("goodbye", ["1", "x", "44"])
def test_what_follows_a_goodbye_in_one_request_lets_nobody_in(app: Flask, goodbye: str) -> None:
    browser, url = app.test_client(), "/socket.io/?EIO=4&transport=polling"
    sid = json.loads(browser.get(url).text[1:])["sid"]

    browser.post(f"{url}&sid={sid}", data="\x1e".join([goodbye, "40/board,", "40/desk,"]))

    assert (sid in socketio.server.environ, socketio.server.manager.rooms, socketio.server.manager.pending_connect) == (False, {}, {})
