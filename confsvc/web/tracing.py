"""A request id on every answer and on every log line written while it was made."""

import re
import time
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

from confsvc.boundary import runtime
from confsvc.metrics import request_answered

log = structlog.get_logger("confsvc.request")
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def init_app(app: Flask) -> None:
    # First of all: the CSRF check and the rate limits refuse requests too, and their answers are logged like any other.
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _SAFE_ID.fullmatch(given) else uuid4().hex
    g.request_began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if runtime().stopping.is_set():
        # Whoever keeps the connection for the next request would meet nobody.
        response.headers["Connection"] = "close"
    request_answered(request.endpoint, response.status_code, time.perf_counter() - g.request_began)
    if request.endpoint != "static":
        # The rule, not the path: paths carry tokens.
        rule = request.url_rule.rule if request.url_rule else None
        log.info("request", method=request.method, rule=rule, status=response.status_code, ms=round((time.perf_counter() - g.request_began) * 1000, 1))
    return response
