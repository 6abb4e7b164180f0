"""Whatever comes over the sockets, the server answers with an error or hangs up: it logs no stack, keeps nobody waiting, writes no wrong line."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests
import websocket
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from confsvc.domain.attendance_check import verify_attendance
from confsvc.live.errors import MESSAGES
from confsvc.models import Account, Attendance, AttendanceEvent, Base, Conference, ConferenceMember, Desk, Pairing, Site
from confsvc.schemas.acts import ACTS
from tests.live.conftest import WAIT_SECONDS, Line, Scene, Service, act, present_moment, served, serving
from tests.nursery import Nursery

KEPT_WAITING_SECONDS = 5
# Nobody at a desk can change these.
UNTOUCHED: tuple[type[Base], ...] = (Account, Conference, ConferenceMember, Site, Desk, Pairing)
FUZZ = settings(
    max_examples=50, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


class Ground:
    """A server with wide limits, a desk that behaves beside those that do not, and what stood in the database before."""

    def __init__(self, service: Service, log: Path) -> None:
        self.service, self._log = service, log
        self.scene = Scene(service)
        self.other = Scene(service)
        self.good = self.scene.desk(self.scene.main, "Bàn tốt")
        self.bad = self.scene.paired(self.scene.main, "Bàn xấu")
        self.line = service.line("/desk", self.bad)
        self.host, self.port = urlsplit(service.url).hostname or "", urlsplit(service.url).port or 0
        self.before = self.counts()

    def counts(self) -> list[int]:
        with self.service.begin() as work:
            return [work.session.scalars(select(func.count()).select_from(table)).one() for table in UNTOUCHED]

    def still_serves(self) -> None:
        """The desk that behaves is answered at once."""
        answered = threading.Event()
        self.good.client.emit("check_in", self.scene.pick(self.scene.an), namespace="/desk", callback=lambda ack: answered.set() if ack["ok"] else None)
        assert answered.wait(KEPT_WAITING_SECONDS)

    def is_sound(self) -> None:
        """Nothing is written that should not be, and the log of the server tells of no surprise."""
        scene = self.scene
        with self.service.begin() as work:
            assert verify_attendance(work, scene.conference.id) == []
            lines = select(AttendanceEvent).where(AttendanceEvent.conference_id == scene.conference.id)
            found = work.session.scalars(lines).all()
            # What they did, they did in their own hall, and with nobody of another one.
            assert {line.site_id for line in found} <= {scene.main.id, None}
            assert {line.verdict for line in found if line.delegate_id == scene.minh.id} <= {"refused"}
            assert work.session.get_one(Attendance, scene.minh.id).state == "not_yet"
            assert work.session.get_one(Conference, self.other.conference.id).revision == 0
        assert self.counts() == self.before
        log = self._log.read_text()
        assert "Traceback" not in log
        told = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        # The library says once, as an error, that somebody asked for a session that there is not.
        assert [line for line in told if line["level"] not in ("info", "warning") and line["logger"] != "engineio.server"] == []


@pytest.fixture(scope="module")
def ground(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("fuzzed")
    settings = {"DESK_EVENTS_PER_SECOND": "100000", "LOG_LEVEL": "INFO"}
    with serving(nursery, folder, migrated_database, **settings) as (url, database), served(url, database) as service:
        yield Ground(service, folder / "server.log")


odd_texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", " ", "\x00", "\ud800", "{x}", "%(name)s", "=cmd|' /C calc'!A1", "<script>alert(1)</script>", "a\r\nSet-Cookie: b=c", "\u202eabc", "../../etc"]
    ),
    st.sampled_from([200, 201, 501]).map(lambda length: "ế" * length),
)
odd_numbers = st.one_of(st.integers(), st.sampled_from([0, -1, 2**31, 2**63, 10**300, True]), st.floats(allow_nan=False, allow_infinity=False))
odd_values = st.recursive(
    st.one_of(st.none(), st.booleans(), odd_numbers, odd_texts),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(st.text(max_size=10), inner, max_size=5)),
    max_leaves=5,
)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": [value]}
    return value


def payloads(ground: Ground) -> st.SearchStrategy[dict[str, Any]]:
    """Payloads that come near to what is taken: at most two fields are odd, or left out."""
    scene = ground.scene
    true: dict[str, Any] = {
        "occurred_at": present_moment(),
        "clock_offset_ms": -1000,
        "code": scene.code(scene.dina),
        "reason": "Nhầm",
        "name": "{x} <script>",
        "position": "",
        "rank": "leader",
        "unit": "=cmd|' /C calc'!A1",
        "substitution": str(uuid4()),
        "count": 3,
        "since": None,
        "acts": [{"act": "leave", **scene.pick(scene.dina)}],
    }
    people = st.sampled_from([scene.dina.id, scene.an.id])
    near = st.fixed_dictionaries({"client_ref": st.uuids().map(str), "delegate_id": people, "method": st.sampled_from(["scan", "name"])})
    wrong: dict[str, st.SearchStrategy[Any]] = {
        "client_ref": odd_texts,
        "delegate_id": st.sampled_from([scene.minh.id, ground.other.dina.id, 2**31 - 1]),
        "code": st.sampled_from([ground.other.code(ground.other.dina), "https://example.org/p/", "p/" * 200]),
        "occurred_at": st.sampled_from(["2000-01-01T00:00:00Z", "2100-12-31T23:59:59+00:00", "2023-02-30T00:00:00Z"]),
        "method": st.sampled_from(["form", "organiser", "system"]),
        "clock_offset_ms": st.sampled_from([2**31 - 1, -(2**31) + 1, 2**31]),
        "acts": st.lists(st.one_of(st.none(), odd_numbers, st.just({})), max_size=4).map(lambda acts: acts * 26),
    }
    odd = st.sampled_from([*true, *wrong]).flatmap(lambda field: st.tuples(st.just(field), st.one_of(wrong.get(field, odd_values), odd_values)))
    left_out = st.sets(st.sampled_from([*true, *wrong]), max_size=1)
    return st.tuples(near, st.lists(odd, max_size=2), left_out).map(
        lambda told: {key: value for key, value in {**true, **told[0], **dict(told[1])}.items() if key not in told[2]}
    )


def test_odd_payloads_get_an_error_or_a_verdict(ground: Ground) -> None:
    names = st.sampled_from([*ACTS, *ACTS, *ACTS, "sync", "record", "record", "launch", "connect", "disconnect", "", "\x00", "{x}"])
    near = payloads(ground)
    acts = st.tuples(st.sampled_from([*ACTS]), near).map(lambda told: {"act": told[0], **told[1]})
    lists = st.fixed_dictionaries({"acts": st.lists(st.one_of(acts, acts, odd_values), max_size=3)})
    sent = st.one_of(*[near] * 6, lists, lists, odd_values, st.just(nested(100)))

    @FUZZ
    @given(st.lists(st.tuples(names, sent), min_size=3, max_size=6))
    def send(events: list[tuple[str, Any]]) -> None:
        acks = call_each(ground.line, events)
        for ack in acks:
            assert ack["ok"] is True or ack["error"]["code"] in set(MESSAGES) - {"error", "too_many_requests"}
            for result in ack.get("results", ()):
                assert result["ok"] is True or result["error"]["code"] == "malformed"
        ground.still_serves()

    send()
    ground.is_sound()


def call_each(line: Line, events: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Send events of several names without waiting in between; their acks as they come."""
    acks: list[dict[str, Any]] = []
    all_there = threading.Event()

    def answered(ack: dict[str, Any]) -> None:
        acks.append(ack)
        if len(acks) == len(events):
            all_there.set()

    for name, payload in events:
        line.client.emit(name, payload, namespace="/desk", callback=answered)
    assert all_there.wait(WAIT_SECONDS)
    return acks


class Wire:
    """A WebSocket to `/socket.io` that sends whatever it is told."""

    def __init__(self, ground: Ground, browser: requests.Session) -> None:
        address = f"ws://{ground.host}:{ground.port}/socket.io/?EIO=4&transport=websocket"
        self.socket = websocket.create_connection(address, timeout=WAIT_SECONDS, cookie=f"confsvc_desk={browser.cookies['confsvc_desk']}")

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.shutdown()  # type: ignore[no-untyped-call]  # published half typed

    def send(self, opcode: int, data: bytes) -> None:
        """One frame (RFC 6455, section 5.2), whatever its opcode; masked with zeros, which leave it as it is."""
        length = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + len(data).to_bytes(2)
        # It may have been hung up on.
        with suppress(OSError):
            assert self.socket.sock
            self.socket.sock.sendall(bytes([0x80 | opcode]) + length + bytes(4) + data)


whole_packets = st.sampled_from(
    [
        *("40/desk,", '40/desk,{"a":1}', "40/board,", "40/nowhere,{}", "40", "41/desk,", "41", "1", "2", "3probe", "5", "6", "0"),
        *('42/desk,1["sync",{"since":null}]', '42/desk,["check_in"]', '42/board,2["sync",{}]', '42/nowhere,["sync",{}]', '42["sync",{}]'),
        *('42/desk,3["check_in",{"method":"scan","code":"x"}]', '43/desk,1[{"ok":true}]', '42/desk,4["connect",{}]', '42/desk,5["disconnect"]'),
        *('451-/desk,["check_in",{"_placeholder":true,"num":0}]', '451-/desk,6["record",{"acts":{"_placeholder":true,"num":7}}]', "461-/desk,1[]"),
    ]
).map(str.encode)
long_packets = st.sampled_from(["acts", "texts", "deep"]).map(
    {
        "acts": b"42/desk,7" + json.dumps(["record", {"acts": [{"act": "check_in"}] * 100}]).encode(),
        "texts": b"42/desk,8" + json.dumps(["record", {"acts": [{"act": "walk_in", "name": "x" * 400}] * 60}]).encode(),
        "deep": b"42/desk,9" + b"[" * 30_000,
    }.__getitem__
)
broken_packets = st.tuples(whole_packets, st.integers(0, 60), st.binary(max_size=4)).map(lambda told: told[0][: told[1]] + told[2] + told[0][told[1] + 1 :])
frames = st.tuples(st.sampled_from([1, 1, 1, 1, 2, 0, 8, 9, 10, 3, 15]), st.one_of(whole_packets, broken_packets, long_packets, st.binary(max_size=200)))


def test_odd_frames_end_their_own_connection_at_most(ground: Ground) -> None:
    @FUZZ
    @given(st.lists(st.lists(frames, min_size=1, max_size=12), min_size=2, max_size=2))
    def send(connections: list[list[tuple[int, bytes]]]) -> None:
        for sent in connections:
            with Wire(ground, ground.bad) as wire:
                for opcode, data in sent:
                    wire.send(opcode, data)
        ground.still_serves()

    send()
    ground.is_sound()


UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
KEY = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
SOCKET, POLLING = ("/socket.io/?EIO=4&transport=" + transport for transport in ("websocket", "polling"))
JSON = "Content-Type: application/json\r\n"
REQUESTS = [
    f"{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n{body}".encode("latin-1")
    for method, path, headers, body in (
        ("GET", SOCKET, UPGRADE, ""),
        ("GET", SOCKET, f"{UPGRADE}{KEY}Sec-WebSocket-Version: 99\r\n", ""),
        *(("GET", SOCKET, f"{UPGRADE}Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n", "") for key in ("", "x", "AAAA", "===")),
        ("GET", SOCKET, f"{UPGRADE}{KEY}Sec-WebSocket-Version: 13\r\n", "\xff\xff\xff\xff"),
        ("GET", "/desk", f"{UPGRADE}{KEY}Sec-WebSocket-Version: 13\r\n", "\x81\x80\0\0\0\0"),
        *(("GET", f"/socket.io/?{query}", "", "") for query in ("", "EIO=3&transport=polling", "EIO=4&transport=telepathy", "EIO=4&transport=polling&j=x")),
        *(("GET", f"{POLLING}&sid={sid}", "", "") for sid in ("x", "%00", "..%2f..", "")),
        ("POST", f"{POLLING}&sid=x", "Content-Length: 3\r\n", "abc"),
        *(("POST", POLLING, f"Content-Length: {length}\r\n", "abc") for length in ("-3", "x", "99999999999")),
        ("PUT", POLLING, "Content-Length: 3\r\n", "abc"),
        ("POST", "/desk/handover", f"{JSON}Content-Length: 99999999999\r\n", "{"),
        ("POST", "/desk/handover", f"{JSON}Transfer-Encoding: chunked\r\n", "zz\r\n"),
        ("POST", "/desk/handover", f"{JSON}Cookie: confsvc_desk=\xff\x00; \r\nContent-Length: 2\r\n", "{}"),
        ("POST", "/pair/%00", f"{JSON}Content-Length: 12\r\n", '{"name":"\\ud800"}'),
    )
]


def test_odd_requests_are_refused(ground: Ground) -> None:
    def send(data: bytes) -> None:
        with socket.create_connection((ground.host, ground.port), WAIT_SECONDS) as line, suppress(OSError):
            line.sendall(data)
            line.shutdown(socket.SHUT_WR)
            while line.recv(4096):
                pass

    @FUZZ
    @given(st.binary(max_size=100))
    def send_anything(data: bytes) -> None:
        send(data)

    for data in REQUESTS:
        send(data)
    send_anything()
    ground.still_serves()
    ground.is_sound()


def test_connections_that_say_no_more_keep_nobody_waiting(ground: Ground) -> None:
    begun = [
        b"",
        b"GET /desk HT",
        b"POST /desk/handover HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n",
    ]
    lines = [socket.create_connection((ground.host, ground.port), WAIT_SECONDS) for _ in range(80)]
    for place, line in enumerate(lines):
        line.sendall(begun[place % len(begun)])
    silent = [Wire(ground, ground.bad) for _ in range(12)]
    for wire in silent[:8]:
        wire.send(1, b"40/desk,")
    polling = f"{ground.service.url}/socket.io/?EIO=4&transport=polling"
    opened = [json.loads(ground.bad.get(polling, timeout=WAIT_SECONDS).text[1:])["sid"] for _ in range(8)]
    for sid in opened:
        assert ground.bad.post(f"{polling}&sid={sid}", data="40/desk,{}", timeout=WAIT_SECONDS).text == "OK"

    for _ in range(5):
        ground.still_serves()

    for line in lines:
        line.close()
    for wire in silent:
        wire.__exit__()
    ground.is_sound()


def test_floods_keep_nobody_waiting(ground: Ground) -> None:
    junk = [act(act="walk_in", name="x" * 500) for _ in range(90)]
    flood = b"42/desk," + json.dumps(["record", {"acts": junk}]).encode()
    assert len(flood) > 50_000
    with Wire(ground, ground.bad) as wire:
        wire.send(1, b"40/desk,")
        for place in range(60):
            wire.send(1, flood if place % 2 else b'42/desk,["sync",{"since":null}]')
            if place % 20 == 0:
                ground.still_serves()
        ground.still_serves()
    ground.is_sound()
