"""Connections that misbehave: what they cost is bounded, nobody else notices, and whoever skipped something ends right."""

import gc
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import gevent
import gevent.event
import pytest
from gevent.lock import BoundedSemaphore

from confsvc import websockets
from confsvc.live import outlet as outlets
from confsvc.live.leaving import hang_up_all
from confsvc.live.limits import Allowance
from confsvc.live.pings import Pings
from confsvc.live.straight import StraightSocket
from confsvc.live.websocket_frames import unmasked
from tests.live.conftest import WAIT_SECONDS
from tests.live.hall import MASK, POLLING, SPACE, Hall, Peer, open_hall

SMALL_BUFFER = 4096


@pytest.fixture
def hall() -> Iterator[Hall]:
    with open_hall() as hall:
        yield hall


def number_of(said: str) -> int:
    """The number that an event tells."""
    found = re.search(r'"number":(\d+)', said)
    assert found, said
    return int(found[1])


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def wait_until(holds: object) -> None:
    assert callable(holds)
    with gevent.Timeout(WAIT_SECONDS):
        while not holds():
            gevent.sleep(0.001)


def test_ack_comes_after_what_was_told_before_it(hall: Hall) -> None:
    peer = Peer(hall)
    for number in range(100):
        peer.emit("act", number, number)

    said = [peer.next() for _ in range(200)]

    assert said == [text for n in range(100) for text in (f'42{SPACE},["acted",{{"number":{n}}}]', f"43{SPACE},{n}[{n}]")]


def test_viewer_that_never_reads_costs_little_and_ends_with_the_newest_frame(hall: Hall) -> None:
    viewers = [Peer(hall, receive_buffer=SMALL_BUFFER) for _ in range(10)]
    desk = Peer(hall)
    for number in range(1000):
        hall.show(number)
        assert number_of(desk.next()) == number

    assert hall.waiting() < 10 * 2200
    assert desk.ask(7) == f"43{SPACE},7[7]"
    for viewer in viewers:
        # What must arrive is not lost with what was skipped.
        heard: list[str] = []
        while not any('"number":999,' in said for said in heard) or not any('"acted",{"number":7}' in said for said in heard):
            heard.append(viewer.next())
            assert heard[-1]
        numbers = [number_of(said) for said in heard if "tallied" in said]
        assert all(earlier < later for earlier, later in pairwise(numbers))
        assert len(numbers) < 500


def test_peer_that_lets_pile_up_what_it_must_hear_is_cut_off(hall: Hall) -> None:
    deaf, desk = Peer(hall, receive_buffer=SMALL_BUFFER), Peer(hall)
    told = 0

    while not hall.left:
        hall.tell(told, 10_000)
        assert number_of(desk.next()) == told
        assert hall.waiting() <= StraightSocket.most_bytes_waiting + 30_000
        told += 1
        gevent.sleep(0)

    assert (len(hall.left), len(hall.connections)) == (1, 1)
    heard = 0
    while deaf.next():
        heard += 1
    assert heard < told
    assert desk.ask(1) == f"43{SPACE},1[1]"


def test_who_reads_no_answers_is_asked_no_further(hall: Hall) -> None:
    greedy, desk = Peer(hall, receive_buffer=SMALL_BUFFER), Peer(hall)
    for number in range(200):
        greedy.emit("ask", 50_000, number)

    for number in range(50):
        desk.ask(number)

    assert hall.waiting() < 200_000
    answers = [said for said in iter(greedy.next, f'43{SPACE},199["{"x" * 50_000}"]') if said.startswith("43")]
    assert [said[:14].split("[")[0] for said in answers] == [f"43{SPACE},{number}" for number in range(199)]


def test_who_floods_is_read_slowly_and_alone(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    flooding, desk = Peer(hall), Peer(hall)
    monkeypatch.setattr(StraightSocket, "pace", Allowance(20, averaged_seconds=1))
    for number in range(2000):
        flooding.emit("act", number)
    began = hall.acts

    for number in range(15):
        desk.ask(number)

    assert hall.acts - began < 100
    wait_until(lambda: hall.acts > 25)


def test_peers_that_vanish_are_not_noticed_by_others(hall: Hall, capfd: pytest.CaptureFixture[str]) -> None:
    desk, gone = Peer(hall), [Peer(hall) for _ in range(20)]
    for peer in gone:
        peer.reset()

    for number in range(20):
        desk.ask(number)
        hall.show(number)

    wait_until(lambda: len(hall.left) == 20)
    assert len(hall.connections) == 1
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("at_a_time", [1, 100])
def test_peers_that_vanish_together_are_seen_off_one_after_the_other(hall: Hall, monkeypatch: pytest.MonkeyPatch, at_a_time: int) -> None:
    if at_a_time > 1:
        monkeypatch.setattr(StraightSocket, "one_at_a_time", BoundedSemaphore(at_a_time))
    seen_off, inside, together = StraightSocket.close, 0, []

    def see_off(connection: StraightSocket, *said: Any, **more: Any) -> None:
        nonlocal inside
        inside += 1
        together.append(inside)
        gevent.sleep(0)
        inside -= 1
        seen_off(connection, *said, **more)

    monkeypatch.setattr(StraightSocket, "close", see_off)
    for peer in [Peer(hall) for _ in range(20)]:
        peer.reset()

    wait_until(lambda: len(hall.left) == 20)
    assert (max(together) == 1) == (at_a_time == 1)
    assert not hall.connections


def test_connection_that_the_server_ends_hears_so_and_is_cut_if_it_stays(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlets, "GOODBYE_SECONDS", 0.05)
    peer = Peer(hall)

    hall.connections[0].close()

    assert peer.next() == "1"
    assert peer.next() == ""
    assert peer.line.recv(100) == b""
    assert not hall.connections


def test_lines_that_are_hung_up_are_reset_whatever_waits_for_them(hall: Hall) -> None:
    slow, quick, polling = Peer(hall, receive_buffer=SMALL_BUFFER), Peer(hall), Polling(hall)
    hall.tell(1, 300_000)
    assert hall.waiting()

    hang_up_all(hall.socketio.server.eio.sockets, gevent.sleep)

    wait_until(lambda: len(hall.left) == 3)
    assert not hall.connections
    for peer in (slow, quick):
        while peer.next():
            pass
    assert hall.request("GET", polling.target)[0] == 400


def events(body: str) -> list[int]:
    return [number_of(part) for part in body.split("\x1e") if "number" in part]


class Polling:
    """A client that polls, as far as moving to WebSocket asks for it."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.sid = json.loads(hall.request("GET", POLLING)[2][1:])["sid"]
        self.target = f"{POLLING}&sid={self.sid}"
        assert hall.request("POST", self.target, f"40{SPACE},")[2] == "OK"
        assert f"40{SPACE}," in self.poll()

    def poll(self) -> str:
        return self.hall.request("GET", self.target)[2]


def test_nothing_is_lost_or_mixed_up_while_a_client_moves_to_a_websocket(hall: Hall) -> None:
    client = Polling(hall)
    told = 0

    def tell() -> None:
        nonlocal told
        while told < 3000:
            hall.tell(told, 10)
            told += 1
            gevent.sleep(0)

    telling = gevent.spawn(tell)
    heard = events(client.poll()) + events(client.poll())
    polling = gevent.spawn(client.poll)
    peer = Peer(hall, join=False, sid=client.sid)
    peer.send("2probe")
    assert peer.next() == "3probe"
    heard += events(polling.get(timeout=WAIT_SECONDS))
    assert client.poll() == "6"
    gevent.sleep(0)
    peer.send("5")
    while len(heard) < 3000:
        said = peer.next()
        assert said
        if said != "6":
            heard.append(number_of(said))

    telling.get(timeout=WAIT_SECONDS)
    assert heard == list(range(3000))


def test_ping_comes_after_its_pause_and_who_does_not_answer_is_closed(hall: Hall) -> None:
    server = hall.socketio.server.eio
    server.ping_interval, server.ping_timeout = 0.05, 0.1
    peer, silent = Peer(hall), Peer(hall)

    with gevent.Timeout(WAIT_SECONDS):
        while len(hall.connections) == 2:
            peer.ask(1)
            gevent.sleep(0.01)

    assert len(hall.left) == 1
    assert peer.ask(2)
    heard = silent.line.recv(2**20)
    assert b"\x81\x012" in heard
    assert heard.endswith(b"\x81\x011\x88\x00")  # the close of Engine.IO and that of RFC 6455


def test_a_ping_that_fails_keeps_nobody_else_from_theirs() -> None:
    pinged: list[str] = []

    class Connection:
        def __init__(self, sid: str) -> None:
            self.sid = sid

        def ping(self) -> None:
            pinged.append(self.sid)
            if self.sid == "bad":
                raise OSError

    class Server:
        ping_interval = 0

        def __init__(self) -> None:
            self.sockets = {sid: Connection(sid) for sid in ("bad", "good")}

        def start_background_task(self, task: Callable[[], None]) -> None:
            self.task = task

    server, pings = Server(), Pings(lambda: 1.0)
    for sid in server.sockets:
        pings.ask(server, sid)
    server.task()
    assert (pinged, len(pings)) == (["bad", "good"], 0)


@pytest.mark.parametrize("frame", [b"\x89\x80", b"\x00\x80"])
def test_who_sends_frames_without_a_message_is_read_slowly(hall: Hall, monkeypatch: pytest.MonkeyPatch, frame: bytes) -> None:
    monkeypatch.setattr(websockets, "IDLE_FRAME_SECONDS", 0.02)
    flooding = Peer(hall)
    if frame[0] == 0:
        flooding.line.sendall(b"\x01\x82" + MASK + unmasked(b"42", MASK))  # the first part of a message
    began = time.monotonic()
    flooding.line.sendall((frame + MASK) * (websockets.MOST_IDLE_FRAMES + 20))
    flooding.line.sendall(b"\x89\x81" + MASK + unmasked(b"!", MASK))
    while flooding._frame() != (10, b"!"):  # the pong of the last one
        pass
    assert time.monotonic() - began >= 20 * 0.02


@pytest.mark.parametrize("said", ["", "2", "2probe", "3"])
def test_client_that_fails_to_move_goes_on_polling(hall: Hall, said: str) -> None:
    client = Polling(hall)
    peer = Peer(hall, join=False, sid=client.sid)
    if said:
        peer.send(said)
    if said == "2probe":
        assert peer.next() == "3probe"
    peer.close()
    wait_until(lambda: not hall.connections[0].upgrading)

    hall.tell(5)

    heard = client.poll()
    assert events(heard or client.poll()) == [5] or events(client.poll()) == [5]


def test_client_that_does_not_poll_is_shown_the_newest_and_sent_away_where_too_much_waits(hall: Hall) -> None:
    client = Polling(hall)
    for number in range(1000):
        hall.show(number)

    assert events(client.poll())[-1] == 999

    told = 0
    while not hall.left:
        hall.tell(told, 10_000)
        told += 1
        gevent.sleep(0)
    assert told <= StraightSocket.most_bytes_waiting // 10_000 + 3
    assert not hall.connections


def test_sockets_that_come_and_go_leave_nothing_behind(hall: Hall) -> None:
    hall.socketio.server.eio.ping_interval = 0.3

    def come_and_go() -> Counter[str]:
        peers = [Peer(hall, receive_buffer=SMALL_BUFFER * (number % 2)) for number in range(100)]
        for number in range(20):
            hall.show(number)
            hall.tell(number)
        for number, peer in enumerate(peers):
            if number % 3:
                peer.close()
            else:
                peer.reset()
        before = len(hall.left)
        del peers, peer
        wait_until(lambda: not hall.connections and not len(StraightSocket.pings))
        assert len(hall.left) >= before
        hall.left.clear()
        gevent.idle()
        gc.collect()
        return Counter(type(thing).__name__ for thing in gc.get_objects())

    for _ in range(2):
        first = come_and_go()
    files = open_files()
    for _ in range(4):
        last = come_and_go()

    grown = {name: last[name] - first[name] for name in last if last[name] - first[name] >= 50}
    assert grown == {}
    assert open_files() <= files + 2


def test_who_comes_beyond_the_most_connections_is_told_so_and_let_in_once_somebody_left() -> None:
    with open_hall(most_connections=2) as hall:
        first, _ = Peer(hall), Peer(hall)

        status, headers, body = hall.request("GET", POLLING)
        assert (status, headers["Retry-After"], json.loads(body)) == (503, "5", {"error": {"code": "too_many_connections"}})
        assert Peer(hall, join=False).status == 503
        assert hall.request("GET", "/elsewhere")[0] == 404

        first.close()
        wait_until(lambda: len(hall.connections) == 1)
        assert Peer(hall).ask(1)


def test_too_many_new_connections_a_second_are_told_to_come_later() -> None:
    with open_hall(connects_per_second=1) as hall:
        peers = [Peer(hall) for _ in range(10)]

        status, _, body = hall.request("GET", POLLING)

        assert (status, json.loads(body)) == (503, {"error": {"code": "too_many_requests"}})
        assert peers[0].ask(1)
