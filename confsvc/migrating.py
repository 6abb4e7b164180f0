"""Bringing the database up to date. Alembic is loaded where there is something to do, and no server needs it after that."""

from flask import Flask

from confsvc.app import create_app
from confsvc.boundary import begin_reading
from confsvc.domain.health import schema_revision
from confsvc.domain.work import System
from confsvc.extensions import db
from confsvc.paths import asset_dir
from confsvc.schemas.revisions import known_revisions


def bring_up_to_date(app: Flask) -> None:
    """Run the migrations that the database lacks; one that a newer release has changed stays as it is (docs/operations.md)."""
    with app.app_context():
        with begin_reading(System()) as work:
            stands_at = schema_revision(work)
        if stands_at in (None, *known_revisions()[1:]):
            import flask_migrate  # noqa: PLC0415  # brings Alembic: 12 MiB

            ready_to_migrate(app)
            flask_migrate.upgrade()


def ready_to_migrate(app: Flask) -> None:
    """Let the commands of Flask-Migrate work on this application."""
    from flask_migrate import Migrate  # noqa: PLC0415  # as above

    Migrate(app, db, directory=str(asset_dir("migrations")), render_as_batch=True)


def create_migrating_app() -> Flask:
    """The application of `flask db …`, with which developers write migrations."""
    app = create_app()
    ready_to_migrate(app)
    return app
