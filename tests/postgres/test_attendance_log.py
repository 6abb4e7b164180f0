"""The tests of seats and of the check of what is kept once more, over PostgreSQL."""

from tests.domain.test_attendance_check import *  # noqa: F403  # the very tests of SQLite, with the `begin` of this folder
from tests.domain.test_seat_contests import *  # noqa: F403  # as above
from tests.domain.test_substitutions import *  # noqa: F403  # as above
