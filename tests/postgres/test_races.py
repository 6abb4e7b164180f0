"""Fifty desks of two server processes want the same thing at once, over one PostgreSQL; without the guards each race is lost."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine

from tests.live.races import GUARDED, UNGUARDED, Race, race, server
from tests.live.test_races import RACES
from tests.postgres.conftest import _create

PROCESSES = 2
Served = tuple[URL, list[str]]


def served(module: str, postgres: URL, migrated: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    database = _create(postgres, template=str(migrated.database))
    address = database.render_as_string(hide_password=False)
    with ExitStack() as stack:
        folders: list[Path] = [tmp_path_factory.mktemp("process") for _ in range(PROCESSES)]
        yield database, [stack.enter_context(server(module, folder, DATABASE_URL=address)) for folder in folders]


@pytest.fixture(scope="module")
def guarded(postgres: URL, migrated_postgres: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from served(GUARDED, postgres, migrated_postgres, tmp_path_factory)


@pytest.fixture(scope="module")
def unguarded(postgres: URL, migrated_postgres: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from served(UNGUARDED, postgres, migrated_postgres, tmp_path_factory)


@pytest.mark.parametrize("run", RACES)
def test_race_between_processes_is_won(guarded: Served, run: Callable[[Race], None]) -> None:
    database, urls = guarded
    with race(create_engine(database), urls) as here:
        run(here)


@pytest.mark.parametrize("run", RACES)
def test_race_between_processes_is_lost_without_the_guards(unguarded: Served, run: Callable[[Race], None]) -> None:
    database, urls = unguarded
    with race(create_engine(database), urls) as here, pytest.raises(AssertionError):
        run(here)
