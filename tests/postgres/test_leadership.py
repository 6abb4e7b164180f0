"""Which process does the jobs: the lock is given up after they have ended, never before."""

from collections.abc import Callable
from pathlib import Path

from gevent.event import Event
from sqlalchemy import URL, Engine, create_engine, func, select, text

from confsvc.app import create_app
from confsvc.jobs.leadership import JOBS_LOCK, Leadership
from tests.conftest import make_settings

WAIT_SECONDS = 20


def is_free(engine: Engine) -> bool:
    """Whether another process would be given the jobs now; it is not kept."""
    with engine.connect() as connection:
        return bool(connection.scalar(select(func.pg_try_advisory_xact_lock(JOBS_LOCK))))


def becomes_free(engine: Engine) -> bool:
    """Whether another process is given the jobs, in the time that PostgreSQL needs to see a session end."""
    with engine.connect() as connection:
        connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'"))
        connection.execute(select(func.pg_advisory_xact_lock(JOBS_LOCK)))
    return True


def test_the_jobs_are_given_to_nobody_before_they_have_ended(postgres_database: URL, tmp_path: Path) -> None:
    app = create_app(make_settings(tmp_path, database_url=postgres_database.render_as_string(hide_password=False)))
    other, began, seen = create_engine(postgres_database), Event(), list[bool]()

    def start() -> Callable[[], None]:
        began.set()
        return lambda: seen.append(is_free(other))

    leadership = Leadership(app, start)
    assert began.wait(WAIT_SECONDS)
    leadership.end()
    assert (seen, becomes_free(other)) == ([False], True)
    other.dispose()
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
