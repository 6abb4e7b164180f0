"""The Socket.IO door and everything that is pushed."""

from flask import Flask

from confsvc.domain.facts import Fact
from confsvc.extensions import socketio


def register(app: Flask, *, async_mode: str) -> None:
    """Attach the namespaces."""
    socketio.init_app(app, async_mode=async_mode, async_handlers=False, manage_session=False)


def publish(fact: Fact) -> None:
    """Tell every connected client that this fact concerns."""
