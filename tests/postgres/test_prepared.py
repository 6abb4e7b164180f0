"""Statements that are handed to the driver as they are, over PostgreSQL."""

import pytest
from sqlalchemy.exc import DataError

from tests.conftest import BeginWork
from tests.domain.test_prepared import *  # noqa: F403  # the very tests of SQLite, with the `begin` of this folder
from tests.domain.test_prepared import APPEND, FIELDS
from tests.factories import make_conference


def test_what_is_too_long_is_refused_and_not_cut_off(begin: BeginWork) -> None:
    with pytest.raises(DataError), begin() as work:
        APPEND.run(work.rows, [{**FIELDS, "conference_id": make_conference(work).id, "client_ref": "x" * 37}])
