"""Bringing the database up to date. Alembic is loaded where there is something to do, and not into a server, which would hold it to its end."""

import os
import subprocess
import sys

from flask import Flask

from confsvc.app import create_app
from confsvc.boundary import begin_reading
from confsvc.domain.health import schema_revision
from confsvc.domain.work import System
from confsvc.extensions import db
from confsvc.paths import asset_dir
from confsvc.schemas.revisions import known_revisions

UPGRADE = ("-m", "confsvc", "db", "upgrade")


def bring_up_to_date(app: Flask) -> None:
    """Run the migrations that the database lacks; one that a newer release has changed stays as it is (docs/operations.md)."""
    if _is_behind(app):
        import flask_migrate  # noqa: PLC0415  # brings Alembic: 12 MiB

        ready_to_migrate(app)
        with app.app_context():
            flask_migrate.upgrade()


def bring_up_to_date_apart(app: Flask) -> None:
    """As `bring_up_to_date`, by a process of its own, which says what hinders it; this one ends with its exit status."""
    if _is_behind(app):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        status = subprocess.run([sys.executable, "-P", *UPGRADE], env=environment, check=False).returncode  # noqa: S603 - our own program
        if status:
            sys.exit(status)


def ready_to_migrate(app: Flask) -> None:
    """Let the commands of Flask-Migrate work on this application."""
    from flask_migrate import Migrate  # noqa: PLC0415  # as above

    Migrate(app, db, directory=str(asset_dir("migrations")), render_as_batch=True)


def create_migrating_app() -> Flask:
    """The application of `flask db …`, with which developers write migrations."""
    app = create_app()
    ready_to_migrate(app)
    return app


def _is_behind(app: Flask) -> bool:
    with app.app_context(), begin_reading(System()) as work:
        return schema_revision(work) in (None, *known_revisions()[1:])
