"""How much one sender may send, and how often a board is told."""

from typing import Any

import pytest

from confsvc.live.frames import pause_after
from confsvc.live.limits import Allowance


def test_allowance_lets_ten_seconds_worth_through_and_then_the_average() -> None:
    now = 100.0
    allowance = Allowance(2, clock=lambda: now)
    assert [allowance.take("a") for _ in range(21)] == [True] * 20 + [False]
    assert allowance.take("b")
    now = 100.5
    assert [allowance.take("a") for _ in range(2)] == [True, False]
    now = 1000.0
    assert [allowance.take("a") for _ in range(21)] == [True] * 20 + [False]


def test_allowance_of_many_at_once_is_all_or_none_and_never_more_than_a_burst() -> None:
    now = 100.0
    allowance = Allowance(2, clock=lambda: now, averaged_seconds=60)
    assert [allowance.take("a", 50) for _ in range(3)] == [True, True, False]
    assert [allowance.take("a", 20), allowance.take("a")] == [True, False]
    assert [allowance.take("b", 500), allowance.take("b")] == [True, False]
    now = 110.0
    assert [allowance.take("a", 20), allowance.take("a", 1)] == [True, False]
    now = 159.0
    assert not allowance.take("b", 121)
    now = 160.0
    assert allowance.take("b", 121)


def test_allowance_forgets_only_who_may_send_everything_again() -> None:
    now = 100.0
    allowance = Allowance(1, clock=lambda: now)
    assert [allowance.take(key) for key in ("a", "b", *"cccccccccc")] == [True] * 12
    now = 109.0
    assert [allowance.take("c") for _ in range(10)] == [True] * 9 + [False]
    now = 110.0
    assert allowance.take("c")
    assert list(allowance._left) == ["c"]  # what is forgotten shows nowhere else


def test_frames_are_as_many_as_can_be_borne() -> None:
    def frame(tiles: int, missing: int = 0) -> dict[str, Any]:
        return {"sites": [{}] * tiles, "missing": {"mandates": [{}] * missing}, "asking": {"people": []}}

    assert pause_after({}, 0, 5) == pause_after(frame(1), 1, 5) == pause_after(frame(1), 1_000, 5) == 0.2
    assert pause_after(frame(1), 1_001, 5) == 1.0
    # 40 MB a second: 150 tiles of 200 bytes and 60 people of as many are 42.5 KB.
    assert pause_after(frame(150, 60), 1_000, 10) == pytest.approx(1.0625)
    assert pause_after(frame(150, 60), 10_000, 10) == pytest.approx(10.625)
