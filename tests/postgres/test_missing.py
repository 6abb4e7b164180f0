"""The list of the missing over PostgreSQL, which sorts, compares and counts by its own rules."""

from tests.domain.test_follow_ups import (  # noqa: F401  # the very tests of SQLite, with the `begin` of this folder
    scene,
    test_everybody_who_is_not_in_with_seats_that_have_no_name,
    test_list_holds_the_required_who_are_not_in_and_units_that_named_nobody,
    test_list_is_searched_without_marks_filtered_by_site_and_by_what_was_done,
    test_pages_follow_one_another_and_end,
    test_the_latest_word_stands_and_says_who_and_when,
)
