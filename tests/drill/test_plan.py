"""Who is on the line when, and who comes when."""

from array import array

import pytest

from confsvc.drill.plan import OFFLINE_RETURN, People, Plan, PlannedDesk, Wishes, take_turns

SITES, SIZE = 200, 20
SECONDS = 600.0


def planned(**changes: object) -> Plan:
    wishes = Wishes(**{"minutes": SECONDS / 60, "connected": 40, "offline": 0.05, **changes})  # type: ignore[arg-type]  # as named
    people = People(array("q", range(SITES * SIZE)), bytearray(16 * SITES * SIZE))
    desks = [PlannedDesk(f"cookie {n}", n * SIZE, (n + 1) * SIZE) for n in range(SITES)]
    plan = Plan(wishes, 1, 0, "board", "secret", people, desks)
    take_turns(plan)
    return plan


def test_the_same_seed_gives_the_same_plan() -> None:
    one, same, other = planned(), planned(), planned(seed=2)
    assert (one.due, one.desks) == (same.due, same.desks)
    assert one.due != other.due


def test_everybody_of_a_site_comes_in_their_order_within_the_time() -> None:
    plan = planned()
    for desk in plan.desks:
        own = list(plan.due[desk.first : desk.last])
        assert own == sorted(own)
        assert own[0] > 0
        assert own[-1] <= SECONDS


def test_as_many_desks_as_wanted_are_on_the_line_and_each_makes_room_for_the_next() -> None:
    plan = planned()
    there = [desk for desk in plan.desks if not desk.offline]
    assert plan.standing == 40
    assert sum(not desk.makes_room for desk in there) == 40
    assert all(desk.comes < plan.due[desk.first] for desk in there)
    # How many are on the line at a time: from when a desk comes to its last guest, or to the end.
    spans = [(desk.comes, plan.due[desk.last - 1] if desk.makes_room else SECONDS) for desk in there]
    at_a_time = [sum(start <= moment <= end for start, end in spans) for moment in range(10, int(SECONDS), 10)]
    assert max(at_a_time) <= 1.2 * 40
    assert min(at_a_time) >= 0.8 * 40


def test_where_there_are_lines_for_all_nobody_takes_turns() -> None:
    plan = planned(connected=1000, offline=0.0)
    assert plan.standing == SITES
    assert not any(desk.makes_room for desk in plan.desks)


def test_the_offline_desks_return_all_at_once() -> None:
    away = [desk for desk in planned().desks if desk.offline]
    assert len(away) == 10
    assert {desk.comes for desk in away} == {OFFLINE_RETURN * SECONDS}
    assert not any(desk.makes_room for desk in away)


@pytest.mark.parametrize("speed", [1.0, 10.0])
def test_speed_shortens_it_all(speed: float) -> None:
    plan = planned(speed=speed)
    assert SECONDS / speed * 0.95 < max(plan.due) <= SECONDS / speed
