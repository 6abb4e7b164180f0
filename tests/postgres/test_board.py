"""The domain's tests of the board and of corrections once more, over PostgreSQL."""

from tests.domain.test_board import *  # noqa: F403  # the very tests of SQLite, with the `begin` of this folder
