"""The embedded server: gevent, WebSockets, a clean stop."""

import signal
from collections.abc import Callable

import structlog
from flask import Flask
from gevent import signal_handler

from confsvc.jobs import start_jobs
from confsvc.websockets import LiveServer

log = structlog.get_logger()
STOP_SECONDS = 5


def serve(app: Flask, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is called with the address once requests are accepted."""
    server = LiveServer((host, port), app)
    server.start()
    end_jobs = start_jobs(app)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal_handler(number, server.stop, STOP_SECONDS)
    ready(f"http://{host}:{server.server_port}")
    server.serve_forever()
    end_jobs()
    log.info("stopped")
