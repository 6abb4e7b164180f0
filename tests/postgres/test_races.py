"""Fifty desks of two server processes want the same thing at once, over one PostgreSQL; without the guards each race is lost."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine

from tests.live.races import Race, guarded_server, race, unguarded_server
from tests.live.test_races import RACES
from tests.nursery import Nursery
from tests.postgres.conftest import _create

PROCESSES = 2
Served = tuple[URL, list[str]]


def served(server: Callable[..., AbstractContextManager[str]], postgres: URL, migrated: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    database = _create(postgres, template=str(migrated.database))
    address = database.render_as_string(hide_password=False)
    with ExitStack() as stack:
        folders: list[Path] = [tmp_path_factory.mktemp("process") for _ in range(PROCESSES)]
        yield database, [stack.enter_context(server(folder, DATABASE_URL=address)) for folder in folders]


@pytest.fixture(scope="module")
def guarded(nursery: Nursery, postgres: URL, migrated_postgres: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from served(partial(guarded_server, nursery), postgres, migrated_postgres, tmp_path_factory)


@pytest.fixture(scope="module")
def unguarded(postgres: URL, migrated_postgres: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from served(unguarded_server, postgres, migrated_postgres, tmp_path_factory)


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
