"""The way out to one socket: nothing waits for a slow peer, nothing is mixed, and what may be skipped ends with the newest."""

import socket
from collections.abc import Iterator
from typing import Any

import gevent
import gevent.socket
import pytest

from confsvc.live import outlet as outlets
from confsvc.live.outlet import Outlet
from confsvc.live.websocket_frames import text_frame, unmasked

MOST = 200_000
SMALL_BUFFER = 4096


@pytest.fixture
def line() -> Iterator[tuple[Any, Any]]:
    """Both ends of a TCP connection through which little fits."""
    with gevent.socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        far = gevent.socket.socket()
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        far.connect(door.getsockname())
        near, _ = door.accept()
    near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BUFFER)
    yield near, far
    near.close()
    far.close()


def read(far: Any, size: int) -> bytes:
    """So many bytes, or as many as come before the end."""
    heard = b""
    with gevent.Timeout(5):
        while len(heard) < size and (part := far.recv(65_536)):
            heard += part
    return heard


def filled(outlet: Outlet) -> int:
    """How many bytes were written until something waits."""
    written = 0
    while not outlet.waiting:
        outlet.write(b"." * 1000)
        written += 1000
    return written


def test_frame_leaves_at_once_where_the_kernel_takes_it(line: tuple[Any, Any]) -> None:
    near, far = line
    outlet = Outlet(near, MOST)

    outlet.write(b"hello")

    assert outlet.waiting == 0
    assert far.recv(100) == b"hello"
    assert near.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_partly_taken_frames_arrive_whole_and_in_order(line: tuple[Any, Any]) -> None:
    near, far = line
    outlet = Outlet(near, MOST)
    frames = [bytes((number,)) * (1 + number * 977 % 30_000) for number in range(12)]

    for frame in frames:
        outlet.write(frame)

    assert outlet.waiting > 0
    assert read(far, sum(map(len, frames))) == b"".join(frames)
    assert outlet.waiting == 0
    outlet.write(b"after")
    assert far.recv(100) == b"after"


def test_frames_of_several_greenlets_are_never_mixed(line: tuple[Any, Any]) -> None:
    near, far = line
    outlet = Outlet(near, 2**24)

    def write(letter: bytes) -> None:
        for _ in range(20):
            outlet.write(letter * 5000)
            gevent.sleep(0)

    writers = [gevent.spawn(write, letter) for letter in (b"a", b"b", b"c")]

    heard = read(far, 3 * 20 * 5000)
    gevent.joinall(writers)
    frames = [heard[start : start + 5000] for start in range(0, len(heard), 5000)]
    assert [len(set(frame)) for frame in frames] == [1] * 60


def test_peer_that_reads_nothing_is_cut_off_before_too_much_waits(line: tuple[Any, Any]) -> None:
    near, far = line
    outlet = Outlet(near, MOST)
    most = 0

    while not outlet.gone:
        outlet.write(b"." * 10_000)
        most = max(most, outlet.waiting)

    assert MOST < most <= MOST + 20_000
    assert outlet.waiting == 0
    assert len(read(far, 10**9)) < 10**6


def test_one_long_frame_may_be_longer_than_the_bound(line: tuple[Any, Any]) -> None:
    near, far = line
    outlet = Outlet(near, 1000)
    frames = [b"x" * MOST, b"y" * 500, b"z" * 500]

    for frame in frames:
        outlet.write(frame)

    assert read(far, MOST + 1000) == b"".join(frames)


def test_who_is_behind_gets_the_newest_of_what_was_shown_and_all_that_was_told(line: tuple[Any, Any]) -> None:
    near, far = line
    outlet = Outlet(near, MOST)
    told = b"." * filled(outlet)

    for number in range(50):
        outlet.show("frame", b"frame %02d" % number)
        outlet.show("other", b"other %02d" % number)
        outlet.write(b"told %02d" % number)

    expected = told + b"".join(b"told %02d" % number for number in range(50)) + b"frame 49" + b"other 49"
    assert read(far, len(expected)) == expected
    outlet.show("frame", b"frame 50")
    assert far.recv(100) == b"frame 50"


def test_dead_peer_ends_quietly(line: tuple[Any, Any], capfd: pytest.CaptureFixture[str]) -> None:
    near, far = line
    outlet = Outlet(near, MOST)
    filled(outlet)
    far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # close with a reset
    far.close()

    with gevent.Timeout(5):
        while not outlet.gone:
            outlet.write(b"...")
            gevent.sleep(0)
    for _ in range(3):
        outlet.write(b"more")
        outlet.show("frame", b"more")
    outlet.cut()

    assert outlet.waiting == 0
    assert "Traceback" not in capfd.readouterr().err


def test_closed_socket_ends_what_waits(line: tuple[Any, Any], capfd: pytest.CaptureFixture[str]) -> None:
    near, _ = line
    outlet = Outlet(near, MOST)
    filled(outlet)
    gevent.sleep(0)

    outlet.let_go()
    near.close()

    for _ in range(3):
        gevent.sleep(0)
    assert (outlet.gone, outlet.waiting) == (True, 0)
    assert "Traceback" not in capfd.readouterr().err


def test_goodbye_is_waited_for_only_so_long(line: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    near, far = line
    monkeypatch.setattr(outlets, "GOODBYE_SECONDS", 0.01)
    outlet = Outlet(near, MOST)
    outlet.write(b"bye")

    outlet.say_goodbye()

    assert read(far, 100) == b"bye"
    assert outlet.gone


def test_reader_waits_while_its_peer_does_not_read(line: tuple[Any, Any]) -> None:
    near, far = line
    outlet = Outlet(near, 2**24)
    outlet.wait_until_read()
    total = 300_000
    outlet.write(b"." * total)
    waiting = gevent.spawn(outlet.wait_until_read)
    gevent.sleep(0)
    assert not waiting.ready()

    assert len(read(far, total)) == total

    waiting.get(timeout=5)
    outlet.write(b"." * total)
    waiting = gevent.spawn(outlet.wait_until_read)
    gevent.sleep(0)
    outlet.cut()
    waiting.get(timeout=5)


@pytest.mark.parametrize(("size", "header"), [(0, "8100"), (125, "817d"), (126, "817e007e"), (65_535, "817effff"), (65_536, "817f0000000000010000")])
def test_frame_is_what_rfc_6455_says(size: int, header: str) -> None:
    assert text_frame("x" * size) == bytes.fromhex(header) + b"x" * size


def test_frame_counts_bytes() -> None:
    assert text_frame("ữ" * 50) == bytes((0x81, 126, 0, 150)) + "ữ".encode() * 50


def test_mask_is_that_of_rfc_6455() -> None:
    # Section 5.7: a single-frame masked text message, "Hello".
    assert unmasked(bytes.fromhex("7f9f4d5158"), bytes.fromhex("37fa213d")) == b"Hello"
    payload, mask = bytes(range(256)) * 3 + b"!", b"\x00\xff\x10\x81"
    assert unmasked(payload, mask) == bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
    assert unmasked(b"", mask) == b""
