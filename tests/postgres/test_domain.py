"""The domain's tests once more, over PostgreSQL."""

from tests.domain.test_access import *  # noqa: F403  # the very tests of SQLite, with the `begin` of this folder
from tests.domain.test_attendance import *  # noqa: F403  # as above
from tests.domain.test_submissions import *  # noqa: F403  # as above
from tests.domain.test_tallies import *  # noqa: F403  # as above
from tests.domain.test_unit_tree import *  # noqa: F403  # as above
