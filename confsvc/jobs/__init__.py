"""What the server does by itself, beside answering."""

from collections.abc import Callable

import gevent
from flask import Flask

from confsvc.jobs.silent_pages import SilentPages


def start_jobs(app: Flask) -> Callable[[], None]:
    """Start everything that runs beside the requests; what it returns ends it."""
    jobs = [gevent.spawn(SilentPages(app).run)]
    return lambda: gevent.killall(jobs)
