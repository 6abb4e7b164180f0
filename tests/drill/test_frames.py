"""Frames, as RFC 6455 has them."""

import pytest

from confsvc.drill.frames import CLOSE, PING, TEXT, FrameReader, NotWebSocket, check_handshake, frame


def unmasked(sent: bytes) -> bytes:
    """The payload of a client's frame, byte by byte as section 5.3 describes it."""
    size = {126: 2, 127: 8}.get(sent[1] & 0x7F, 0)
    mask, payload = sent[2 + size : 6 + size], sent[6 + size :]
    assert len(payload) == (int.from_bytes(sent[2 : 2 + size]) if size else sent[1] & 0x7F)
    return bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


def from_server(payload: bytes, first: int = 0x81) -> bytes:
    length = len(payload)
    size = b"" if length < 126 else length.to_bytes(2) if length < 65536 else length.to_bytes(8)
    return bytes((first, length if length < 126 else 126 if length < 65536 else 127)) + size + payload


@pytest.mark.parametrize("length", [0, 1, 3, 125, 126, 65535, 65536])
def test_a_frame_holds_its_payload_masked(length: int) -> None:
    payload = bytes(n % 251 for n in range(length))
    sent = frame(payload)
    assert sent[0] == 0x81
    assert sent[1] & 0x80
    assert unmasked(sent) == payload
    assert length == 0 or payload not in sent


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000, 1_000_000])
def test_messages_are_found_however_they_are_cut(piece: int) -> None:
    payloads = [b"", b"2", b"x" * 125, b"y" * 126, b"z" * 70_000, b"end"]
    stream = b"".join(map(from_server, payloads))
    reader = FrameReader()
    found = [message for at in range(0, len(stream), piece) for message in reader.feed(stream[at : at + piece])]
    assert found == [(TEXT, payload) for payload in payloads]


def test_a_message_in_parts_is_put_together_around_a_ping() -> None:
    stream = from_server(b"one ", 0x01) + from_server(b"ping", 0x89) + from_server(b"two ", 0x00) + from_server(b"three", 0x80) + from_server(b"", 0x88)
    assert FrameReader().feed(stream) == [(PING, b"ping"), (TEXT, b"one two three"), (CLOSE, b"")]


def test_a_masked_frame_from_a_server_is_refused() -> None:
    with pytest.raises(NotWebSocket):
        FrameReader().feed(frame(b"hello"))


@pytest.mark.parametrize("head", [b"HTTP/1.1 403 Forbidden\r\nServer: x", b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: somebody else's"])
def test_an_upgrade_that_was_not_granted_is_refused(head: bytes) -> None:
    with pytest.raises(NotWebSocket):
        check_handshake(head)
