"""How much one sender may send, and what a board frame holds."""

from typing import Any

from confsvc.live.frames import frame_between
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


def snapshot(revision: int, *present: int, missing: tuple[str, ...] = (), asking: int = 0) -> dict[str, Any]:
    sites = [{"id": n, "present": number} for n, number in enumerate(present)]
    return {"now": "–", "revision": revision, "conference": {}, "total": {"present": sum(present)}, "sites": sites, "missing": list(missing), "asking": asking}


def test_frame_holds_the_sites_that_changed_and_says_from_where_it_leads() -> None:
    assert frame_between(snapshot(3, 1, 1, 0), snapshot(5, 1, 2, 0)) == {
        "now": "–",
        "previous": 3,
        "revision": 5,
        "total": {"present": 3},
        "sites": [{"id": 1, "present": 2}],
        "missing": [],
        "asking": 0,
    }


def test_frame_without_a_predecessor_holds_every_site_and_leads_from_anywhere() -> None:
    frame = frame_between(None, snapshot(5, 1, 2))
    assert frame
    assert (frame["previous"], frame["sites"]) == (0, snapshot(5, 1, 2)["sites"])


def test_no_frame_where_nothing_shows() -> None:
    assert frame_between(snapshot(3, 1, 1), snapshot(7, 1, 1)) is None
    changed = frame_between(snapshot(3, 1, 1), snapshot(7, 1, 1, missing=("Sở Nội vụ",)))
    assert changed
    assert (changed["sites"], changed["missing"]) == ([], ["Sở Nội vụ"])
    assert frame_between(snapshot(3, 1, 1), snapshot(7, 1, 1, asking=1))
