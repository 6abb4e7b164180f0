"""Who is connected: what is kept of it against what it comes to when everybody is counted."""

from collections import Counter
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from confsvc.live.presence import ConnectedDesk, Presence, Viewer

EXPIRES = datetime(2030, 1, 1, tzinfo=UTC)
# Desk 5 stands at site 1 of conference 1, desk 6 at its site 2, and so on.
desks = st.integers(4, 11)


@given(st.lists(st.tuples(st.booleans(), desks, st.integers(0, 2))))
def test_connected_desks_are_counted_once_each_and_moves_are_told_once(steps: list[tuple[bool, int, int]]) -> None:
    presence = Presence()
    here: dict[str, ConnectedDesk] = {}
    seen = {1: Counter[int](), 2: Counter[int]()}
    for came, number, line in steps:
        desk = ConnectedDesk(f"{number}-{line}", number, number % 4, 1 + number // 8, EXPIRES, 0)
        if came and desk.sid not in here:
            here[desk.sid] = desk
            presence.desk_came(desk)
        elif not came:
            assert presence.desk_left(desk.sid) == here.pop(desk.sid, None)
        for conference_id, known in seen.items():
            counted = Counter({one.desk_id: one.site_id for one in here.values() if one.conference_id == conference_id}.values())
            assert presence.desks_by_site(conference_id) == counted
            for site_id, now in presence.desks_moved(conference_id).items():
                known[site_id] = now
            assert +known == counted
            assert presence.desks_moved(conference_id) == {}


def test_viewers_are_counted_by_board() -> None:
    presence = Presence()
    for sid, conference_id in (("a", 1), ("b", 1), ("c", 2)):
        presence.viewer_came(Viewer(sid, conference_id, None, (1, 0)))
    presence.viewer_left("a")
    presence.viewer_left("a")
    assert [viewer.sid for viewer in presence.viewers(1)] == ["b"]
    assert (presence.viewer_count(), presence.viewer_count(1), presence.viewer_count(2), presence.viewer_count(3)) == (2, 1, 1, 0)
