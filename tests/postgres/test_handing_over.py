"""The domain's tests of handing over once more, over PostgreSQL."""

from tests.domain.test_handing_over import *  # noqa: F403  # the very tests of SQLite, with the `begin` of this folder
