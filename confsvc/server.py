"""The embedded server: gevent, WebSockets, a clean stop."""

import gc
import os
import signal
from collections.abc import Callable
from functools import partial

import gevent
import structlog
from flask import Flask
from gevent import signal_handler
from gevent.event import Event

from confsvc.jobs import start_jobs
from confsvc.jobs.leadership import start_alone
from confsvc.live import join_cluster
from confsvc.stopping import GracefulStop
from confsvc.web.own_folder import remove_left_folders
from confsvc.web.paper_runs import forget_in_time
from confsvc.websockets import LiveServer

log = structlog.get_logger()
# How many new objects there are before the garbage collector looks at them. Check-ins make many that live for a moment and few
# cycles; at its usual pace the collector walked through all of the program again and again, 150 ms at a time.
# The first number bounds how long a look takes, the others say how often what has stayed is looked at again.
COLLECT_AFTER = (10_000, 100, 50)


def serve(app: Flask, host: str, port: int, ready: Callable[[str], None], *, jobs: bool = True) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is called with the address once requests are accepted; `jobs`: with what runs beside them."""
    remove_left_folders()
    server = LiveServer((host, port), app)
    # First, so that nothing is missed that others tell once somebody is connected.
    leave_cluster = join_cluster(app)
    server.start()
    gevent.spawn(forget_in_time, app)
    end_jobs = start_alone(app, partial(start_jobs, app)) if jobs else None
    _spare_the_collector()
    stop = GracefulStop(app, server)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal_handler(number, stop.begin)
    ready(f"http://{host}:{server.server_port}")
    stop.wait()
    if end_jobs:
        end_jobs()
    leave_cluster()
    log.info("stopped")


def _spare_the_collector() -> None:
    """What was made while the program was put together stays until its end, and is not looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def _stop_or_end(stopping: Event) -> None:
    """The first signal asks for a stop, a second one ends the process where it stands."""
    if stopping.is_set():
        log.warning("stopped_at_once")
        os._exit(1)
    stopping.set()


def work_alone(app: Flask) -> None:
    """Do the jobs and serve nobody, until SIGTERM or SIGINT."""
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal_handler(number, _stop_or_end, stopping)
    end_jobs = start_alone(app, partial(start_jobs, app))
    leave_cluster = join_cluster(app)
    stopping.wait()
    end_jobs()
    leave_cluster()
    log.info("stopped")
