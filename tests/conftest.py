"""What every test may ask for: an application over a fresh, migrated database, and units of work without Flask."""

import gc
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.orm import Session

from confsvc.app import create_app
from confsvc.database import WriterTurn, prepare_engine, session_makers
from confsvc.domain.facts import Fact
from confsvc.domain.work import Actor, System, Work, begin_work
from confsvc.migrating import bring_up_to_date
from confsvc.settings import Settings
from tests.nursery import Nursery
from tests.warm import stay_warm

NOW = datetime(2023, 1, 16, 6, 30, tzinfo=UTC)  # 13:30 in Bình Thuận, half an hour before the example conference
SECRET = "a secret for tests only, of 32 characters or more"
BeginWork = Callable[..., AbstractContextManager[Work]]
COLLECT_AFTER = 20_000
stay_warm()


def pytest_collection_finish() -> None:
    """All tests are loaded, and stay: looking through them again and again took a sixth of the time of a page's test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def make_settings(data_dir: Path, **changes: object) -> Settings:
    return Settings(data_dir=data_dir, secret_key=SECRET, argon2_memory_kib=32, log_level="ERROR", **changes)  # type: ignore[arg-type]  # pydantic checks the values


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database at the newest migration, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    app = create_app(make_settings(folder))
    bring_up_to_date(app)
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
    return folder / "confsvc.sqlite3"


@pytest.fixture
def data_dir(tmp_path: Path, migrated_database: Path) -> Path:
    """A data folder with a fresh, migrated database."""
    shutil.copy(migrated_database, tmp_path / "confsvc.sqlite3")
    return tmp_path


@pytest.fixture
def empty_database(tmp_path: Path) -> URL:
    """The address of a database without tables."""
    return make_url(f"sqlite:///{tmp_path / 'empty.sqlite3'}")


@pytest.fixture
def other_database(tmp_path: Path) -> URL:
    """The address of another one."""
    return make_url(f"sqlite:///{tmp_path / 'other.sqlite3'}")


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """What servers are forked from."""
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
def published() -> list[Fact]:
    """Every fact that was told after a commit, in order."""
    return []


@pytest.fixture
def begin(data_dir: Path, published: list[Fact]) -> Iterator[BeginWork]:
    """`begin(actor, now=…)`: a unit of work over the fresh database, with a fixed clock and ids that count up."""
    engine = create_engine(f"sqlite:///{data_dir / 'confsvc.sqlite3'}")
    prepare_engine(engine)
    _, open_writing = session_makers(engine)
    turn, ids = WriterTurn(), count(1)

    def start(actor: Actor | None = None, *, now: datetime = NOW) -> AbstractContextManager[Work]:
        return begin_work(
            open_writing,
            turn=turn,
            now=now,
            new_id=lambda: f"00000000-0000-4000-8000-{next(ids):012d}",
            secret=SECRET,
            actor=actor or System(),
            publish=published.append,
        )

    yield start
    engine.dispose()


@pytest.fixture
def work(begin: BeginWork) -> Iterator[Work]:
    """One unit of work as the server itself, committed at the end of the test."""
    with begin() as unit:
        yield unit


@pytest.fixture
def session(work: Work) -> Session:
    return work.session


@pytest.fixture
def app(data_dir: Path) -> Iterator[Flask]:
    """The whole application over the fresh database."""
    app = create_app(make_settings(data_dir))
    app.testing = True
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()
