"""Units of work: all or nothing, and facts only after the commit."""

import threading
from contextlib import nullcontext
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import create_engine, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import sessionmaker

from confsvc.database import WriterTurn, prepare_engine, session_makers
from confsvc.domain.facts import Fact, RosterChanged
from confsvc.domain.work import System, begin_work
from confsvc.models import Account, Unit
from tests.conftest import NOW, BeginWork
from tests.factories import make_account, make_unit


def test_a_block_that_ends_is_committed_and_its_facts_are_told_once_in_order(begin: BeginWork, published: list[Fact]) -> None:
    with begin() as work:
        make_account(work)
        for conference_id in (2, 1, 2):
            work.tell(RosterChanged(conference_id))
        assert published == []
    with begin() as work:
        assert work.session.scalars(select(Account.email)).all() == ["olga@example.org"]
    assert published == [RosterChanged(2), RosterChanged(1)]


def test_a_block_that_fails_leaves_nothing_and_tells_nothing(begin: BeginWork, published: list[Fact]) -> None:
    def fail() -> NoReturn:
        with begin() as work:
            make_account(work)
            work.tell(RosterChanged(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with begin() as work:
        assert work.session.scalars(select(Account)).all() == []
    assert published == []


def test_a_unit_of_work_inside_another_is_refused_at_once(begin: BeginWork) -> None:
    with begin(), pytest.raises(RuntimeError, match="inside another one"), begin():
        pass


def count_up(data_dir: Path, *, immediate: bool) -> tuple[int, int]:
    """Eight threads read a number and write it back raised, 20 times each: the final number, and how many failed."""
    engine = create_engine(f"sqlite:///{data_dir / 'confsvc.sqlite3'}")
    prepare_engine(engine)
    _, writing = session_makers(engine)
    open_session = writing if immediate else sessionmaker(engine, expire_on_commit=False)
    turn = WriterTurn() if immediate else nullcontext()
    start, failed = threading.Barrier(8), []

    def run() -> None:
        start.wait()
        for _ in range(20):
            try:
                with begin_work(open_session, turn=turn, now=NOW, new_id=str, secret="", actor=System(), publish=lambda _: None) as work:
                    unit = work.session.scalars(select(Unit)).one()
                    work.session.execute(update(Unit).values(sort_order=unit.sort_order + 1))
            except OperationalError:
                failed.append(1)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open_session() as session:
        reached = session.scalars(select(Unit.sort_order)).one()
    engine.dispose()
    return reached, len(failed)


def test_racing_writers_lose_nothing(begin: BeginWork, data_dir: Path) -> None:
    with begin() as work:
        make_unit(work)
    assert count_up(data_dir, immediate=True) == (160, 0)


def test_without_the_guard_the_same_race_loses_writes(begin: BeginWork, data_dir: Path) -> None:
    with begin() as work:
        make_unit(work)
    reached, failed = count_up(data_dir, immediate=False)
    assert failed > 0
    assert reached == 160 - failed
