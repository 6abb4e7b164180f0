"""Fifty desks want the same thing at once, over sockets; each race is run without the guards too, and lost."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.live.races import Race, guarded_server, race, unguarded_server
from tests.nursery import Nursery

RACES: list[Callable[[Race], None]] = [Race.check_in_one, Race.substitute_and_check_in, Race.close_and_check_in]
Served = tuple[str, Path]


def served(server: Callable[[Path], AbstractContextManager[str]], folder: Path, migrated_database: Path) -> Iterator[Served]:
    database = Path(shutil.copy(migrated_database, folder / "confsvc.sqlite3"))
    with server(folder) as url:
        yield url, database


@pytest.fixture(scope="module")
def guarded(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> Iterator[Served]:
    yield from served(partial(guarded_server, nursery), tmp_path_factory.mktemp("guarded"), migrated_database)


@pytest.fixture(scope="module")
def unguarded(tmp_path_factory: pytest.TempPathFactory, migrated_database: Path) -> Iterator[Served]:
    yield from served(unguarded_server, tmp_path_factory.mktemp("unguarded"), migrated_database)


@pytest.mark.parametrize("run", RACES)
def test_race_is_won(guarded: Served, run: Callable[[Race], None]) -> None:
    url, database = guarded
    with race(create_engine(f"sqlite:///{database}"), [url]) as here:
        run(here)


@pytest.mark.parametrize("run", RACES)
def test_race_is_lost_without_the_guards(unguarded: Served, run: Callable[[Race], None]) -> None:
    url, database = unguarded
    with race(create_engine(f"sqlite:///{database}"), [url]) as here, pytest.raises(AssertionError):
        run(here)
