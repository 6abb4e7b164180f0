"""The domain's tests of desks once more, over PostgreSQL."""

from tests.domain.test_desks import *  # noqa: F403  # the very tests of SQLite, with the `begin` of this folder
