"""The line between a browser and the server: it can be cut, it can swallow what the server answers, and it can be mended."""

import contextlib
import socket
from collections.abc import Iterator
from threading import Lock, Thread

BUFFER = 65_536


class Cable:
    """Forwards a port of its own to `port` of this machine until it is cut."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lock = Lock()
        self._ends: set[socket.socket] = set()
        self._is_cut = self._is_deaf = False
        Thread(target=self._listen, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """End every connection and take no other."""
        with self._lock:
            self._is_cut = True
            ends, self._ends = self._ends, set()
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def swallow(self) -> None:
        """Let everything through to the server and nothing back: it does what it is asked, and nobody hears of it."""
        self._is_deaf = True

    def mend(self) -> None:
        self._is_deaf = self._is_cut = False

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                near.close()
                continue
            with self._lock:
                # Looked at together with the taking: what is cut in between must not live on.
                if is_taken := not self._is_cut:
                    self._ends |= {near, far}
            if not is_taken:
                near.close()
                far.close()
                continue
            Thread(target=self._forward, args=(near, far, False), daemon=True).start()
            Thread(target=self._forward, args=(far, near, True), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(BUFFER):
                if not (is_answer and self._is_deaf):
                    target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._ends -= {source, target}
        source.close()


@contextlib.contextmanager
def laid_cable(port: int) -> Iterator[Cable]:
    cable = Cable(port)
    try:
        yield cable
    finally:
        cable.close()
