"""Connections to PostgreSQL: replaced where they were ended, kept with all they have prepared, and never in anybody's way."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.exc import InternalError

from confsvc.database import prepare_engine, session_makers
from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.postgres import engine_options
from tests.conftest import NOW, BeginWork
from tests.factories import make_conference, make_crowd, make_mandate, make_site, make_unit

PID = text("SELECT pg_backend_pid()")
PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE :like")
KEPT = "SELECT name, cardinality(parameter_types), generic_plans FROM pg_prepared_statements WHERE statement LIKE :like"
# The server's waiting, in a process of green threads: who else runs while a statement takes a fifth of a second, asked alone and after others.
BESIDE = """
from gevent import monkey; monkey.patch_all()
import sys, gevent
from sqlalchemy import create_engine, func, select
from confsvc.database import prepare_engine
from confsvc.domain.prepared import Prepared, ask
engine = create_engine(sys.argv[1]); prepare_engine(engine)
rounds = 0
def others():
    global rounds
    while True:
        rounds += 1
        gevent.sleep(0.01)
gevent.spawn(others)
slow, quick = Prepared(select(func.pg_sleep(0.2))), Prepared(select(func.repeat("x", 3_000_000)))
with engine.connect() as connection:
    slow.rows(connection)
    alone = rounds
    found = ask(connection, quick.asked(), slow.asked(), quick.asked())
assert [len(rows[0][0]) for rows in found] == [3_000_000, 0, 3_000_000]
print(alone, rounds - alone)
"""


@pytest.fixture
def engine(postgres_database: URL) -> Iterator[Engine]:
    """As the server has it."""
    address = postgres_database.render_as_string(hide_password=False)
    engine = create_engine(address, **engine_options(address))
    prepare_engine(engine)
    yield engine
    engine.dispose()


def test_a_connection_that_was_ended_is_replaced_before_it_is_used(engine: Engine) -> None:
    with engine.connect() as kept, engine.connect() as other:
        first, second = kept.scalar(PID), other.scalar(PID)
    # Ended by the one that is taken first, right after both were used.
    with engine.connect() as other:
        assert other.scalar(PID) == first
        assert other.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": second})
        with engine.connect() as replaced:
            assert replaced.scalar(PID) not in (first, second)


def test_a_connection_is_asked_whether_it_is_one_only_after_silence(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    moments, asked = [100.0], 0
    monkeypatch.setattr("confsvc.postgres_connections.monotonic", lambda: moments[-1])
    with engine.connect() as connection:
        connection.scalar(PID)
        driver = connection.connection.driver_connection
    assert driver
    cursor = driver.cursor

    def count() -> object:
        nonlocal asked
        asked += 1
        return cursor()

    monkeypatch.setattr(driver, "cursor", count)
    for moment, times in ((100.9, 0), (102.0, 1), (102.9, 1)):
        moments.append(moment)
        with engine.connect():
            assert asked == times


def test_whoever_reads_leaves_everything_prepared_and_cannot_write(engine: Engine) -> None:
    reading, writing = session_makers(engine)
    for open_session in [writing] * 8 + [reading] * 8:
        with open_session() as session:
            session.execute(text("SELECT id FROM conferences WHERE id = :id"), {"id": 1})
            if open_session is writing:
                session.commit()
    with reading() as session:
        assert session.scalar(PREPARED, {"like": "SELECT id FROM conferences%"}) == 1
        with pytest.raises(InternalError, match="read-only"):
            session.execute(text("UPDATE conferences SET revision = 1"))


def test_what_a_reader_could_not_do_leaves_the_connection_usable(engine: Engine) -> None:
    reading, writing = session_makers(engine)
    with reading() as session, pytest.raises(InternalError):
        session.execute(text("DELETE FROM conferences"))
    with writing() as session:
        assert session.scalar(text("SELECT 1")) == 1


@pytest.mark.parametrize("like", ["%client_ref = ANY%", "%delegate_id = ANY%ORDER BY%revision"])
def test_the_plan_made_for_an_empty_log_finds_lines_by_their_index(begin: BeginWork, like: str) -> None:
    with begin() as work:
        conference = make_conference(work)
        site = make_site(work, conference)
        people = make_crowd(work, make_mandate(work, conference, site, make_unit(work), seats=120), [f"P{n}" for n in range(120)])
        ids = [person.id for person in people]
        conference_id, site_id = conference.id, site.id
    # Groups as they come when many wait; a plan for one or two is made anew each time, which costs less than to look.
    for group in range(12):
        with begin() as work:
            told = [NewEvent(f"{one}", "check_in", "name", NOW, site_id=site_id, delegate_id=one) for one in ids[group * 10 : group * 10 + 10]]
            record_attendance(work, conference_id, told)
            found = work.session.execute(text(KEPT), {"like": like}).all()
    [(name, parameters, kept)] = found
    assert kept > 0
    with begin() as work:
        plan = "\n".join(work.session.scalars(text(f"EXPLAIN EXECUTE {name}({', '.join(['NULL'] * parameters)})")))
    assert "Index" in plan
    assert "Seq Scan" not in plan


def test_others_run_while_a_statement_is_waited_for(postgres_database: URL) -> None:
    address = postgres_database.render_as_string(hide_password=False)
    done = subprocess.run([sys.executable, "-c", BESIDE, address], check=True, capture_output=True, text=True)
    alone, together = map(int, done.stdout.split())
    assert alone >= 5
    assert together >= 5
