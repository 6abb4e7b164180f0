"""Statements that are handed to the driver as they are, over PostgreSQL."""

import pytest
from sqlalchemy import URL, create_engine
from sqlalchemy.exc import DataError

from confsvc.domain.prepared import ask
from tests.conftest import NOW, BeginWork
from tests.domain.test_prepared import *  # noqa: F403  # the very tests of SQLite, with the `begin` of this folder
from tests.domain.test_prepared import APPEND, FIELDS, LINES, NAMED
from tests.factories import make_conference


def test_what_is_too_long_is_refused_and_not_cut_off(begin: BeginWork) -> None:
    with pytest.raises(DataError), begin() as work:
        APPEND.run(work.rows, [{**FIELDS, "conference_id": make_conference(work).id, "client_ref": "x" * 37}])


def test_an_engine_that_was_not_prepared_leaves_nothing_out_in_silence(postgres_database: URL) -> None:
    engine = create_engine(postgres_database)
    with engine.connect() as connection, pytest.raises(RuntimeError, match="not prepared"):
        ask(connection, LINES.asked(of=1), NAMED.asked(names=["Bàn 1"], now=NOW))
    engine.dispose()
