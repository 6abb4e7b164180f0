"""Two desks race for one delegate, with threads and a database of their own: exactly one is accepted."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from confsvc.database import prepare_engine, session_makers
from confsvc.domain.attendance_check import verify_attendance
from confsvc.domain.check_in import Answer, CheckIn, carry_out
from confsvc.domain.work import DeskActor, System, Work, begin_work
from confsvc.models import AttendanceEvent
from tests.conftest import NOW, SECRET
from tests.factories import make_conference, make_delegate, make_desk, make_mandate, make_site

RUNNERS = 6


@dataclass
class Race:
    read: Callable[[], Session]
    write: Callable[[], Session]
    conference_id: int
    delegate_id: int
    desk_ids: list[int]

    def begin(self, actor: DeskActor | System, opener: Callable[[], Session]) -> AbstractContextManager[Work]:
        # No turn within the process: only the database keeps the runners apart, as it does between processes.
        return begin_work(opener, turn=nullcontext(), now=NOW, new_id=lambda: str(uuid4()), secret=SECRET, actor=actor, publish=lambda fact: None)


def line_up(engine: Engine) -> Race:
    """A conference with one delegate and as many desks as there are runners."""
    prepare_engine(engine)
    read, write = session_makers(engine)
    race = Race(read, write, 0, 0, [])
    with race.begin(System(), write) as work:
        conference = make_conference(work)
        site = make_site(work, conference)
        race.conference_id = conference.id
        race.delegate_id = make_delegate(work, make_mandate(work, conference, site)).id
        race.desk_ids = [make_desk(work, site, f"Bàn {n}").id for n in range(RUNNERS)]
    return race


@pytest.fixture
def race(data_dir: Path) -> Iterator[Race]:
    engine = create_engine(f"sqlite:///{data_dir / 'confsvc.sqlite3'}", connect_args={"timeout": 30})
    yield line_up(engine)
    engine.dispose()


def run(race: Race, opener: Callable[[], Session], prepare: Callable[[Work], object] = lambda work: None) -> list[str]:
    """The verdicts of all runners, who start together; each calls `prepare` in its unit before it checks in."""
    barrier = Barrier(RUNNERS)

    def runner(desk_id: int) -> str:
        barrier.wait()
        with race.begin(DeskActor(desk_id), opener) as work:
            prepare(work)
            [answer] = carry_out(work, [CheckIn(client_ref=str(uuid4()), occurred_at=NOW, delegate_id=race.delegate_id)]).answers
            assert isinstance(answer, Answer)
            return answer.verdict.verdict

    with ThreadPoolExecutor(RUNNERS) as pool:
        return [future.result() for future in [pool.submit(runner, desk_id) for desk_id in race.desk_ids]]


def check_one_is_accepted(race: Race) -> None:
    """Let the runners run, and look at what is left."""
    verdicts = run(race, race.write)

    assert sorted(verdicts) == ["accepted"] + ["repeated"] * (RUNNERS - 1)
    with race.begin(System(), race.read) as work:
        lines = work.session.scalars(select(AttendanceEvent.revision).where(AttendanceEvent.conference_id == race.conference_id))
        assert sorted(lines) == list(range(1, RUNNERS + 1))
        assert verify_attendance(work, race.conference_id) == []


def test_exactly_one_of_many_desks_is_accepted(race: Race) -> None:
    check_one_is_accepted(race)


def test_without_the_writers_lock_the_race_is_lost(race: Race) -> None:
    """The guard is what makes it true: units that begin as readers and write later do not all come through."""
    everybody_has_read = Barrier(RUNNERS)

    def read_together(work: Work) -> None:
        work.session.scalars(select(AttendanceEvent)).all()
        everybody_has_read.wait()

    with pytest.raises(OperationalError, match="locked"):
        run(race, race.read, read_together)
