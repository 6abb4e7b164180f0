"""Whether the server is alive, whether it is to be given work, and what it counts about itself."""

import hmac
import math
import shutil
import time
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

import structlog
from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from confsvc import metrics
from confsvc.boundary import begin_reading, begin_work, runtime
from confsvc.domain.health import check_database, read_outbox, schema_revision
from confsvc.domain.work import System
from confsvc.schemas.revisions import known_revisions

log = structlog.get_logger()
pages = Blueprint("health", __name__)
# A group of acts takes a tenth of this at the most; who waits longer will be waited for in vain.
WRITER_SECONDS = 3.0
LOOK_SECONDS = 1.0
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


@pages.get("/healthz")
def healthz() -> dict[str, str]:
    """200 when the database answers, 500 otherwise."""
    with begin_reading(System()) as work:
        check_database(work)
    return {"status": "ok"}


@pages.get("/readyz")
def readyz() -> ResponseReturnValue:
    """200 when this process can do all its work; 503 with the reason when it is to be given none."""
    reason = _why_not_ready()
    if reason:
        log.warning("not_ready", reason=reason)
        return {"status": "not_ready", "reason": reason}, 503
    return {"status": "ready"}


@pages.get("/metrics")
def show_metrics() -> ResponseReturnValue:
    """What this process counts; for whoever has the token, without one for this machine only."""
    if not _may_measure():
        return Response("Unauthorized\n", 401, {"WWW-Authenticate": "Bearer"}, mimetype="text/plain")
    metrics.running(current_app.config["VERSION"])
    try:
        with begin_reading(System()) as work:
            outbox = read_outbox(work)
        metrics.outbox_seen(outbox.waiting, outbox.late_seconds)
    except SQLAlchemyError:
        # What else is counted is wanted just when the database is away.
        metrics.outbox_seen(math.nan, math.nan)
    return Response(metrics.exposition(), content_type=TEXT_FORMAT)


def _why_not_ready() -> str | None:
    if runtime().stopping.is_set():
        return "stopping"
    if runtime().is_cut_off():
        # To look would be to wait for a database that does not answer.
        return "database"
    found: dict[str, Any] = current_app.extensions.setdefault("confsvc_ready", {"until": -math.inf, "reason": None})
    if found["until"] < time.monotonic():
        # Anybody may ask, and a look takes the writers' turn: whoever asks before it ends is told what was found last.
        found["until"] = math.inf
        try:
            found["reason"] = _look()
        finally:
            found["until"] = time.monotonic() + LOOK_SECONDS
    return cast("str | None", found["reason"])


def _look() -> str | None:
    here = runtime()
    if shutil.disk_usage(_existing(here.settings.data_dir)).free < here.settings.disk_reserve_bytes:
        return "disk"
    try:
        with begin_reading(System()) as work:
            is_behind = schema_revision(work) in (None, *known_revisions()[1:])
    except SQLAlchemyError:
        return "database"
    if is_behind:
        return "migrations"
    return None if _can_write() else "writer"


def _existing(folder: Path) -> Path:
    """The folder, or where it would be made: on PostgreSQL nothing may lie in it."""
    return next(path for path in (folder, *folder.resolve().parents) if path.exists())


def _can_write() -> bool:
    if not runtime().turn.comes_within(WRITER_SECONDS):
        return False
    try:
        with begin_work(System()) as work:
            # On SQLite to begin is to take the lock of the file; nothing is written.
            check_database(work)
    except SQLAlchemyError:
        return False
    return True


def _may_measure() -> bool:
    token = runtime().settings.metrics_token
    if token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    # A proxy on this machine asks for strangers, and says so.
    is_forwarded = any(header in request.headers for header in FORWARDED)
    return not is_forwarded and request.remote_addr is not None and ip_address(request.remote_addr).is_loopback
