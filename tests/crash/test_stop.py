"""A server is told to stop: it says so to whoever asks, answers what was asked, and sends everybody away."""

import sqlite3
import struct
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from itertools import cycle
from pathlib import Path

import requests
import websocket

from tests.crash.conftest import DATABASE, WAIT_SECONDS, Server, Serving
from tests.crash.desks import Act, Desk, by_name

RESTART = 1012
# As browsers do: the client of the tests may take half a minute to notice that a line has ended on which it waits for an answer.
PATIENCE = 5


def tell_to_stop(server: Server) -> None:
    assert server.process
    server.process.terminate()


def exit_code(server: Server) -> int:
    assert server.process
    return server.process.wait(WAIT_SECONDS)


def acted(folder: Path) -> set[str]:
    """The acts that the log of a server that has stopped holds; who only looks changes nothing of it."""
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        return {ref for (ref,) in database.execute("SELECT client_ref FROM attendance_events")}


def in_turn(delegate_ids: list[int]) -> Callable[[], Act]:
    """Checks one after the other in, again and again."""
    people = cycle(delegate_ids)
    return lambda: by_name(next(people))


def has_heard(desk: Desk, done: set[str]) -> bool:
    """Whether whatever was done of what this desk told is answered."""
    return done & set(desk.acts) <= set(desk.answers)


def open_line(server: Server) -> websocket.WebSocket:
    """A WebSocket without a Socket.IO client, which has been greeted."""
    line = websocket.create_connection(server.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket", timeout=WAIT_SECONDS)
    line.recv()
    return line


def test_a_stop_under_load_answers_whatever_was_done_and_sends_everybody_away(serving: Serving, tmp_path: Path) -> None:
    (folder := tmp_path / "data").mkdir()
    with serving(folder) as (server, province):
        server.start()
        desks = [Desk(server.url, token, in_turn(province.delegate_ids[province.site_of[token]]), patience=PATIENCE) for token in province.desk_tokens]
        line = open_line(server)
        for desk in desks:
            desk.work()
        for desk in desks:
            desk.wait_for_more()
        tell_to_stop(server)
        opcode, said = line.recv_data()
        assert (opcode, struct.unpack("!H", said)) == (websocket.ABNF.OPCODE_CLOSE, (RESTART,))
        line.shutdown()  # type: ignore[no-untyped-call]  # published half typed
        assert exit_code(server) == 0
        done = acted(folder)
        # Nothing was done that was not answered: what is sent again was never read.
        for desk in desks:
            desk.wait_until(partial(has_heard, desk, done))
        server.stop()
        server.start()
        for desk in desks:
            desk.rest()
            desk.close()
        assert acted(folder) == {ref for desk in desks for ref in desk.acts}
        assert [desk.errors for desk in desks] == [[]] * len(desks)
        assert province.differences(folder) == []


def test_a_server_that_drains_goes_on_and_says_no_and_a_second_signal_stops_it_at_once(serving: Serving, tmp_path: Path) -> None:
    (folder := tmp_path / "data").mkdir()
    with serving(folder) as (server, _):
        server.settings["DRAIN_SECONDS"] = "600"
        server.start()
        assert requests.get(f"{server.url}/readyz", timeout=WAIT_SECONDS).json() == {"status": "ready"}
        tell_to_stop(server)
        while (answer := requests.get(f"{server.url}/readyz", timeout=WAIT_SECONDS)).status_code == 200:
            pass
        assert (answer.status_code, answer.json(), answer.headers["Connection"]) == (503, {"status": "not_ready", "reason": "stopping"}, "close")
        assert requests.get(f"{server.url}/healthz", timeout=WAIT_SECONDS).status_code == 200
        tell_to_stop(server)
        assert exit_code(server) == 1


def test_a_peer_that_says_nothing_cannot_hold_the_stop_up(serving: Serving, tmp_path: Path) -> None:
    (folder := tmp_path / "data").mkdir()
    with serving(folder) as (server, _):
        server.settings["STOP_SECONDS"] = "1"
        server.start()
        line = open_line(server)
        began = time.monotonic()
        tell_to_stop(server)
        assert exit_code(server) == 0
        # It would wait for ten seconds if nobody had set it.
        assert 1 <= time.monotonic() - began < 10
        line.shutdown()  # type: ignore[no-untyped-call]  # as above
