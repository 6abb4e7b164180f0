"""The tests of a drill's conference and its count once more, over PostgreSQL."""

from tests.drill.test_count import *  # noqa: F403  # the very tests of SQLite, with the `begin` of this folder
from tests.drill.test_preparation import *  # noqa: F403  # as above
