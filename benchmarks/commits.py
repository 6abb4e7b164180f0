"""How many check-ins the database itself takes, without sockets or rules: the same rows, written by the driver alone.

    .venv/bin/python -m benchmarks.commits [seconds]

The transaction of one check-in: find the pass with its delegate, write the line of the log, the state, the tally and the revision, commit
durably. Once with one check-in in a commit, once with fifty. One connection, on the core of the server; PostgreSQL on that of the load.
"""

import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from itertools import chain, islice
from time import perf_counter
from typing import Any
from uuid import uuid4

import psycopg
from sqlalchemy import URL

from benchmarks.bench import Bench, Measure
from benchmarks.check_ins import FIFTY, shortened
from benchmarks.machine import Cores, share_out_cores
from benchmarks.preparation import Prepared
from benchmarks.readings import Run
from benchmarks.stores import Store
from confsvc.domain.tokens import hash_token

SECONDS = 4.0
BATCHES = {"one": 1, "batch": 50}
FIND = "SELECT p.delegate_id, d.site_id, p.revoked_at FROM passes p JOIN delegates d ON d.id = p.delegate_id WHERE p.token_hash IN ({marks})"
WRITE = (
    "INSERT INTO attendance_events (conference_id, revision, delegate_id, site_id, kind, mode, method, client_ref, occurred_at, clock_offset_ms,"
    " recorded_at, verdict, reason, detail) VALUES (%s, %s, %s, %s, 'check_in', 'in_person', 'scan', %s, %s, 0, %s, 'accepted', '', '{}')"
)
STAND = "UPDATE attendances SET state = 'present', site_id = %s, since = %s, arrived_at = %s, revision = %s WHERE delegate_id = %s"
COUNT = "UPDATE site_tallies SET present = present + 1 WHERE site_id = %s"
NUMBER = "UPDATE conferences SET revision = %s WHERE id = %s"


class Database:
    """One connection that begins and commits by itself; statements are written with %s."""

    def __init__(self, connection: Any, begin: str, mark: str, now: Callable[[], object]) -> None:
        self.now = now
        self._cursor = connection.cursor()
        self._begin, self._mark = begin, mark

    def begin(self) -> None:
        self._cursor.execute(self._begin)

    def commit(self) -> None:
        self._cursor.execute("COMMIT")

    def find(self, statement: str, values: Sequence[object]) -> Any:
        """All rows of one statement that has `{marks}` where the values go."""
        return self._cursor.execute(statement.format(marks=", ".join([self._mark] * len(values))), values).fetchall()

    def each(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Once for each row; psycopg sends them all before it waits."""
        self._cursor.executemany(statement.replace("%s", self._mark), rows)


def check_in_all(database: Database, prepared: Prepared, batch: int, seconds: float) -> float:
    """Check-ins a second, `batch` of them in a commit, for so many seconds or until everybody is checked in."""
    codes, revision = chain.from_iterable(desk.codes for desk in prepared.desks), 0
    began = perf_counter()
    while perf_counter() - began < seconds and (some := list(islice(codes, batch))):
        _check_in(database, prepared.conference_id, some, revision)
        revision += len(some)
    return revision / (perf_counter() - began)


def _check_in(database: Database, conference_id: int, codes: Sequence[str], revision: int) -> None:
    now = database.now()
    database.begin()
    found = database.find(FIND, [hash_token(code) for code in codes])
    numbered = [(number, delegate_id, site_id) for number, (delegate_id, site_id, _) in enumerate(found, revision + 1)]
    database.each(WRITE, [(conference_id, number, delegate_id, site_id, str(uuid4()), now, now) for number, delegate_id, site_id in numbered])
    database.each(STAND, [(site_id, now, now, number, delegate_id) for number, delegate_id, site_id in numbered])
    database.each(COUNT, [(site_id,) for _, _, site_id in numbered])
    database.each(NUMBER, [(revision + len(codes), conference_id)])
    database.commit()


@contextmanager
def connected(address: URL) -> Iterator[Database]:
    """A connection as durable as the product's own."""
    if address.drivername == "sqlite":
        with closing(sqlite3.connect(str(address.database), isolation_level=None)) as connection:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")
            yield Database(connection, "BEGIN IMMEDIATE", "?", lambda: datetime.now(UTC).isoformat(" "))
    else:
        with psycopg.connect(dbname=address.database, user=address.username, host=str(address.query["host"]), autocommit=True) as opened:
            yield Database(opened, "BEGIN", "%s", lambda: datetime.now(UTC))


def measure(store: Store, cores: Cores, batch: int, seconds: float) -> float:
    """Check-ins a second over a fresh copy, from the core of the server."""
    with store.fresh() as copy, connected(copy.database) as database:
        os.sched_setaffinity(0, {cores.server})
        try:
            return check_in_all(database, store.prepared, batch, seconds)
        finally:
            os.sched_setaffinity(0, {cores.load})


def figure(bench: Bench) -> Measure:
    """Raw commits of one and of fifty, on both databases."""
    seconds = SECONDS / 2 if bench.is_quick else SECONDS
    size = shortened(bench, FIFTY).size
    stores = {database: bench.store(database, size) for database in ("sqlite", "postgres")}

    def take() -> Run:
        return {
            f"commits.{database}_{name}": measure(store, bench.cores, batch, seconds) for database, store in stores.items() for name, batch in BATCHES.items()
        }

    return take


def main() -> None:
    seconds, cores = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS, share_out_cores()
    with ExitStack() as closing_all:
        bench = Bench(cores, False, closing_all)
        for database in ("sqlite", "postgres"):
            for batch in BATCHES.values():
                rate = measure(bench.store(database, FIFTY.size), cores, batch, seconds)
                print(f"{database}, {batch} in a commit: {rate:,.0f} check-ins/s", flush=True)


if __name__ == "__main__":
    main()
