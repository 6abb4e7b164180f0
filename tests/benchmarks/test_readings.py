"""What is made of the numbers of several runs."""

import pytest

from benchmarks.readings import Goal, Summary, percentile, ratios, shown, summarise


@pytest.mark.parametrize(("share", "found"), [(0.0, 1), (0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100)])
def test_a_percentile_is_a_value_that_was_measured(share: float, found: float) -> None:
    assert percentile(list(range(100, 0, -1)), share) == found


def test_the_percentile_of_one_value_is_that_value_and_of_none_nothing() -> None:
    assert (percentile([7.5], 0.99), percentile([], 0.99)) == (7.5, 0.0)


def test_a_summary_is_the_middle_run_and_how_far_the_others_lie_apart() -> None:
    assert summarise([3.0, 1.0, 2.5]) == Summary(2.5, 1.0, 3.0, 3)


def test_a_ratio_is_taken_within_each_run_that_has_both() -> None:
    runs = [{"ours": 300.0, "naive": 10.0}, {"ours": 100.0, "naive": 5.0}, {"ours": 100.0}, {"naive": 5.0}]
    assert ratios(runs, "ours", "naive") == [30.0, 20.0]


@pytest.mark.parametrize(
    ("goal", "value", "met"), [(Goal(12, True), 12, True), (Goal(12, True), 11.9, False), (Goal(50, False), 50, True), (Goal(50, False), 51, False)]
)
def test_a_goal_is_met_at_its_bound(goal: Goal, value: float, met: bool) -> None:
    assert goal.is_met(value) is met


def test_a_goal_says_its_direction() -> None:
    assert (str(Goal(2500, True)), str(Goal(1.2, True)), str(Goal(50, False))) == ("≥ 2,500", "≥ 1.2", "≤ 50")


@pytest.mark.parametrize(("value", "text"), [(3178.4, "3,178"), (100, "100"), (26.04, "26"), (26.07, "26.1"), (1.456, "1.46"), (0, "0")])
def test_a_number_is_shown_with_three_digits_that_mean_something(value: float, text: str) -> None:
    assert shown(value) == text
