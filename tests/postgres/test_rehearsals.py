"""The domain's tests of rehearsals once more, over PostgreSQL."""

from tests.domain.test_rehearsal_arrivals import *  # noqa: F403  # the very tests of SQLite, with the `begin` of this folder
from tests.domain.test_rehearsals import *  # noqa: F403  # as above
