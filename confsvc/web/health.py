"""Whether the server is alive."""

from flask import Blueprint

from confsvc.boundary import begin_reading
from confsvc.domain.health import check_database
from confsvc.domain.work import System

pages = Blueprint("health", __name__)


@pages.get("/healthz")
def healthz() -> dict[str, str]:
    """200 when the database answers, 500 otherwise."""
    with begin_reading(System()) as work:
        check_database(work)
    return {"status": "ok"}
