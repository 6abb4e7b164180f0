"""A change is sent when the server may tell boards again: what is measured is its way, and not how long it had to wait for the one before."""

import pytest

from benchmarks.fan_out import MOST_REST_SECONDS, PAUSE_SECONDS, RESTS, SPARE_SECONDS, pause_after
from confsvc.live.coalescing import LONGEST_PAUSE_SECONDS, SHARE_OF_TIME
from confsvc.live.frames import MANY_VIEWERS
from confsvc.live.frames import pause_after as pause_of_frames


@pytest.mark.parametrize(("milliseconds", "seconds"), [(20, 1.0), (150, 1.35), (1000, 5.0)])
def test_the_next_change_comes_when_the_server_has_rested(milliseconds: float, seconds: float) -> None:
    assert pause_after(milliseconds) == pytest.approx(seconds + SPARE_SECONDS)


def test_the_server_rests_as_long_as_is_said() -> None:
    assert round(1 / SHARE_OF_TIME - 1, 6) == RESTS
    assert LONGEST_PAUSE_SECONDS == MOST_REST_SECONDS
    assert pause_of_frames({}, 10 * MANY_VIEWERS, most_per_second=5) == PAUSE_SECONDS
