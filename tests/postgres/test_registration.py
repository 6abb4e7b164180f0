"""Who has registered, and two liaisons at once, over PostgreSQL: other SQL, and writers that truly wait for each other."""

from tests.domain.test_registration import (  # noqa: F401  # the very tests of SQLite, with the `begin` of this folder
    registry,
    test_substitute_below_the_required_rank_waits_until_an_organiser_agrees,
    test_two_liaisons_at_the_same_moment_never_take_more_than_the_seats,
)
from tests.domain.test_registration_list import (  # noqa: F401  # as above
    test_all_that_are_missing_are_reminded_in_one_step,
    test_each_of_the_five_statuses,
    test_what_organisers_do_on_other_pages_is_written_down_and_settles_the_list,
)
