"""What many clients hear alike."""

from typing import Any

from flask_socketio import SocketIO

Payload = dict[str, Any]


class FanOut:
    """Sends an event to everybody in a room."""

    def __init__(self, socketio: SocketIO) -> None:
        self._socketio = socketio

    def tell(self, namespace: str, room: str, event: str, payload: Payload) -> None:
        """Send what must arrive, in the order in which it is told."""
        self._socketio.emit(event, payload, namespace=namespace, to=room)

    def show(self, namespace: str, room: str, event: str, payload: Payload) -> None:
        """Send what a receiver that is behind may miss; it must be able to notice the gap."""
        self._socketio.emit(event, payload, namespace=namespace, to=room)
