"""A Socket.IO client that leaves no socket open behind it."""

import socket
import threading
from contextlib import suppress
from typing import Any

import socketio
import websocket


class ClosingClient(socketio.Client):  # type: ignore[misc]  # published without type information
    """Closes what the library forgets: the WebSocket that the other side broke off, and one over which nothing was ever said."""

    def __init__(self, **options: Any) -> None:
        self._lines: list[websocket.WebSocket] = []
        super().__init__(websocket_extra_options={"class_": self._make_line}, **options)

    def _make_line(self, **options: Any) -> websocket.WebSocket:
        line = websocket.WebSocket(**options)
        self._lines.append(line)
        return line

    def shutdown(self) -> None:
        """Say goodbye where somebody is there to hear it, and close."""
        super().shutdown()
        self.break_off()

    def break_off(self) -> None:
        """Close without a word; for a line that has fallen silent."""
        for line in self._lines:
            if opened := line.sock:
                with suppress(OSError):  # it has ended already
                    opened.shutdown(socket.SHUT_RDWR)
        reader = self.eio.read_loop_task
        if reader is not None and reader is not threading.current_thread():
            reader.join()
        for line in self._lines:
            line.shutdown()  # type: ignore[no-untyped-call]  # published half typed
