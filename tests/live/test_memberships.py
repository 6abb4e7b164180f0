"""Rooms are what they are with the library's own manager, and whoever ends is looked for in no room of others."""

from random import Random
from typing import Any

import pytest
import socketio
from socketio.manager import Manager

from confsvc.live.memberships import Memberships

SPACES, ROOMS = ("/desk", "/board"), ("site:1", "site:2", "desks:1")


def managed(manager: Manager) -> Manager:
    """This manager, in a server that it can make numbers with."""
    socketio.Server(client_manager=manager, async_mode="threading")
    numbers = iter(range(10**6))
    manager.server.eio.generate_id = lambda: f"sid{next(numbers)}"
    return manager


def standing(manager: Manager) -> tuple[Any, ...]:
    rooms = {space: {room: dict(members) for room, members in found.items()} for space, found in manager.rooms.items()}
    return rooms, manager.callbacks, manager.pending_connect, manager.pending_disconnect


def take(step: str, manager: Manager, sid: str, space: str, room: str, number: int) -> str:
    """Take one step; who has come by it."""
    match step:
        case "come":
            sid = manager.connect(f"eio{number}", space)
            manager.callbacks[sid] = {}
            return sid
        case "close":
            manager.close_room(room, space)
        case "enter":
            manager.enter_room(sid, space, room)
        case "leave":
            manager.leave_room(sid, space, room)
        case "go":
            manager.pre_disconnect(sid, space)
    if step in ("go", "refuse"):
        manager.disconnect(sid, space, ignore_queue=True)
    return ""


@pytest.mark.parametrize("seed", range(20))
def test_everybody_is_where_the_library_would_have_them(seed: int) -> None:
    ours, theirs = managed(Memberships()), managed(Manager())
    random = Random(seed)
    here: list[tuple[str, str]] = []
    for number in range(200):
        step = random.choice(("enter", "leave", "close", "go", "refuse", "come", "come")) if here else "come"
        sid, space = ("", random.choice(SPACES)) if step in ("come", "close") else random.choice(here)
        room = random.choice(ROOMS)
        [new, same] = [take(step, manager, sid, space, room, number) for manager in (ours, theirs)]
        assert new == same
        if new:
            here.append((new, space))
        elif step in ("go", "refuse"):
            here.remove((sid, space))
        assert standing(ours) == standing(theirs)
        assert [sorted(ours.get_rooms(*one)) for one in here] == [sorted(theirs.get_rooms(*one)) for one in here]
    for one in here:
        ours.disconnect(*one, ignore_queue=True)
    assert (ours.rooms, ours._rooms_of) == ({}, {})


class Untouched(dict[str | None, Any]):
    """Rooms that nobody may go through."""

    def _gone_through(self, *_: object) -> Any:
        raise AssertionError("every room was looked through")

    __iter__ = copy = items = values = _gone_through


@pytest.mark.parametrize("manager", [Memberships, Manager])
def test_whoever_ends_is_not_looked_for_in_every_room(manager: type[Manager]) -> None:
    found = managed(manager())
    sids = [found.connect(f"eio{n}", "/desk") for n in range(3)]
    found.enter_room(sids[0], "/desk", "site:1")
    found.rooms["/desk"] = Untouched(found.rooms["/desk"])
    if manager is Manager:
        with pytest.raises(AssertionError, match="looked through"):
            found.disconnect(sids[0], "/desk", ignore_queue=True)
        return

    assert found.get_rooms(sids[0], "/desk") == [sids[0], "site:1"]
    found.disconnect(sids[0], "/desk", ignore_queue=True)
    assert found.get_rooms(sids[0], "/desk") == []
