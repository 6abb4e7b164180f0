"""One Socket.IO connection of the desk. What it hears goes into a queue; what it asks is awaited."""

import queue
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import socketio

from confsvc.terminal_desk.closing_client import ClosingClient
from confsvc.terminal_desk.requests import COOKIE

NAMESPACE = "/desk"
PATIENCE_SECONDS = 10
ENDING = ("desk_revoked", "desk_unknown")


class LineLost(Exception):
    """There is no connection, or nothing is heard over it."""


class DeskEnded(Exception):
    """The server has this desk no more: `desk_revoked` or `desk_unknown`."""

    @property
    def code(self) -> str:
        return str(self.args[0])


class Busy(Exception):
    """The server wants the same again a little later."""


class Heard(NamedTuple):
    """Something that the desk's own thread is to look at: an event of the server, `lost`, or what the desk itself asks for."""

    event: str
    payload: Any = None


class Line:
    """A connection that is made once; whoever wants another one makes another Line."""

    def __init__(self, server: str, cookie: str, desk_uid: str, inbox: "queue.SimpleQueue[Heard]") -> None:
        self._inbox = inbox
        refusals: list[str] = []
        self._client = ClosingClient(reconnection=False, handle_sigint=False, request_timeout=PATIENCE_SECONDS)
        self._client.on("*", self._hear, namespace=NAMESPACE)
        self._client.on("disconnect", lambda *_: inbox.put(Heard("lost", self)), namespace=NAMESPACE)
        self._client.on("connect_error", lambda said: refusals.append(said["message"] if isinstance(said, dict) else str(said)), namespace=NAMESPACE)
        path = urlsplit(server).path.strip("/")
        try:
            self._client.connect(
                server,
                headers={"Cookie": f"{COOKIE}={cookie}"},
                auth={"desk": desk_uid},
                transports=["websocket"],
                namespaces=[NAMESPACE],
                socketio_path=f"{path}/socket.io".lstrip("/"),
                wait_timeout=PATIENCE_SECONDS,
            )
        except socketio.exceptions.ConnectionError as error:
            self.close()
            ended = [said for said in refusals if said in ENDING]
            raise (DeskEnded(ended[0]) if ended else LineLost(str(error))) from error

    def _hear(self, event: str, payload: Any = None, *_: Any) -> None:
        self._inbox.put(Heard(event, payload))

    def ask(self, event: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send, and what the server answers: the ack whose `ok` is true, or that of an act which it cannot read or do."""
        try:
            ack = self._client.call(event, payload, namespace=NAMESPACE, timeout=PATIENCE_SECONDS)
        except (socketio.exceptions.SocketIOError, OSError) as error:
            raise LineLost(str(error)) from error
        if not isinstance(ack, dict):
            raise LineLost("an answer that cannot be read")
        code = None if ack.get("ok") else (ack.get("error") or {}).get("code")
        if code in ENDING:
            raise DeskEnded(code)
        if code == "too_many_requests":
            raise Busy
        return ack

    def close(self) -> None:
        self._client.shutdown()
