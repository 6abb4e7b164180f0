"""What reaches the server beside well-behaved clients: foreign pages, oversized messages, garbled packets."""

import json
from contextlib import suppress
from typing import Any

import pytest
import requests
import websocket

from tests.live.conftest import WAIT_SECONDS, Scene, Service

POLLING = "/socket.io/?EIO=4&transport=polling"


class Raw:
    """A WebSocket without a Socket.IO client."""

    def __init__(self, service: Service, **options: Any) -> None:
        address = service.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
        self.line = websocket.create_connection(address, timeout=WAIT_SECONDS, **options)

    def __enter__(self) -> "Raw":
        return self

    def __exit__(self, *_: object) -> None:
        self.line.shutdown()  # type: ignore[no-untyped-call]  # published half typed

    def send(self, text: str) -> None:
        self.line.send(text)

    def next(self) -> str:
        """The next packet, or "" where the connection is closed."""
        try:
            return str(self.line.recv())
        except (websocket.WebSocketConnectionClosedException, ConnectionError):
            return ""

    def ask(self) -> dict[str, Any]:
        """The ack of a `sync`, pings and pushes apart."""
        self.send('42/desk,77["sync",{"since":null}]')
        while not (text := self.next()).startswith("43/desk,77"):
            assert text
        [ack] = json.loads(text.removeprefix("43/desk,77"))
        return dict(ack)


def join(scene: Scene, browser: requests.Session) -> Raw:
    """A raw WebSocket that has joined `/desk`."""
    raw = Raw(scene.service, cookie=f"confsvc_desk={browser.cookies['confsvc_desk']}")
    assert raw.next().startswith("0{")
    raw.send("40/desk,{}")
    assert raw.next().startswith("40/desk,")
    return raw


def test_foreign_origin_is_refused(service: Service) -> None:
    foreign, own = ({"Origin": origin} for origin in ("https://evil.example", service.url))
    refused, taken = (service.browser().get(service.url + POLLING, headers=headers, timeout=WAIT_SECONDS) for headers in (foreign, own))
    assert (refused.status_code, taken.status_code) == (400, 200)
    assert "Access-Control-Allow-Origin" not in refused.headers
    with Raw(service, origin="https://evil.example") as raw:
        assert raw.next() == ""
    with Raw(service, origin=service.url) as raw:
        assert raw.next().startswith("0{")


def test_unknown_namespaces_are_refused(service: Service) -> None:
    with Raw(service) as raw:
        assert raw.next().startswith("0{")
        for namespace in ("", "/floor,", "/*,"):
            raw.send(f"40{namespace}")
            assert raw.next().startswith(f"44{namespace}")


GARBLED = [
    '42/desk,["sync"',
    "42/desk,[]",
    "42/desk,{}",
    "42/desk,5",
    "42/desk",
    '42/desk,{"0":"sync"}',
    '451-/desk,["check_in",{"_placeholder":true,"num":0}]',
    '459999999999-/desk,["check_in",{}]',
    "43/desk,1[]",
    "43/desk,1",
    "44/desk,[]",
    "46/desk,",
    "49/desk,",
    "4",
    "4{}",
    "b!!!!",
    "bAAAA",
    "9",
    "zzz",
    "²",
    "42/desk," + "[" * 5000,
    "4" + "[" * 5000,
    '42/desk,["sync",{"since":' + "1" * 5000 + "}]",
    '42/desk,["sync",{"since":NaN}]',
    "42/desk," + "1" * 200 + '["sync",{"since":null}]',
]


@pytest.mark.parametrize("packet", GARBLED)
def test_what_is_no_packet_ends_its_own_connection_only(scene: Scene, packet: str) -> None:
    good = scene.desk(scene.main)
    with join(scene, scene.paired(scene.main, "Bàn xấu")) as bad:
        bad.send(packet)

        assert good.call("check_in", scene.scan(scene.dina))["verdict"]["verdict"] == "accepted"
        while bad.next():
            pass


@pytest.mark.parametrize("packet", ['42/board,["sync",{}]', '42["sync",{}]', "41/board,", "40/nowhere,", '42/desk,["sync",{"since":null}]', "3", "6", "5"])
def test_packets_that_concern_nobody_are_passed_over(scene: Scene, packet: str) -> None:
    with join(scene, scene.paired(scene.main)) as line:
        line.send(packet)

        assert line.ask()["ok"] is True


@pytest.mark.parametrize("body", [b"zzz", b"\xff\xfe", b"d=", b"4\x1ezzz", b"42/desk,[", b"\x1e" * 300])
def test_request_that_cannot_be_read_ends_its_connection(scene: Scene, body: bytes) -> None:
    browser = scene.paired(scene.main)
    url = scene.service.url + POLLING
    url += f"&sid={json.loads(browser.get(url, timeout=WAIT_SECONDS).text[1:])['sid']}"
    assert browser.post(url, data="40/desk,{}", timeout=WAIT_SECONDS).text == "OK"

    browser.post(url, data=body, timeout=WAIT_SECONDS)

    assert browser.post(url, data="3", timeout=WAIT_SECONDS).status_code == 400


@pytest.mark.parametrize("how", ["one frame", "claimed", "fragments", "fragments between pings", "last fragment"])
def test_oversized_message_closes_its_own_connection_only(scene: Scene, how: str) -> None:
    good = scene.desk(scene.main)
    with join(scene, scene.paired(scene.main, "Bàn xấu")) as bad:
        assert bad.ask()["ok"] is True

        if how == "one frame":
            bad.send("42/desk," + json.dumps(["check_in", {"code": "x" * 100_000}]))
        elif how == "claimed":
            assert bad.line.sock
            bad.line.sock.sendall(bytes([0x81, 0xFF]) + (2**40).to_bytes(8, "big") + bytes(4))
        else:
            bad.line.send_frame(websocket.ABNF(fin=0, opcode=websocket.ABNF.OPCODE_TEXT, data=b'42/desk,["sync","'))
            # The line may be closed before the last of them is sent.
            with suppress(ConnectionError):
                for fin in (0, 1) if how == "last fragment" else (0, 0, 0):
                    bad.line.send_frame(websocket.ABNF(fin=fin, opcode=websocket.ABNF.OPCODE_CONT, data=b"x" * 40_000 + b'"]' * fin))
                    if how == "fragments between pings":
                        bad.line.ping()

        assert bad.next() == ""
    assert good.call("sync", {"since": 0})["ok"] is True


def test_queue_that_comes_in_one_polling_request_is_taken(scene: Scene) -> None:
    browser = scene.paired(scene.main)
    url = scene.service.url + POLLING
    sid = json.loads(browser.get(url, timeout=WAIT_SECONDS).text[1:])["sid"]
    url += f"&sid={sid}"
    assert browser.post(url, data="40/desk,{}", timeout=WAIT_SECONDS).text == "OK"
    assert "40/desk," in browser.get(url, timeout=WAIT_SECONDS).text
    packets = [f"42/desk,{n}" + json.dumps(["check_in", scene.scan(scene.dina)]) for n in range(140)]

    assert browser.post(url, data="\x1e".join(packets).encode(), timeout=WAIT_SECONDS).text == "OK"

    acks: list[str] = []
    while len(acks) < 140:
        acks += [part for part in browser.get(url, timeout=WAIT_SECONDS).text.split("\x1e") if part.startswith("43/desk,")]
    assert [json.loads(ack[ack.index("[") :])[0]["verdict"]["verdict"] for ack in acks] == ["accepted"] + ["repeated"] * 139
