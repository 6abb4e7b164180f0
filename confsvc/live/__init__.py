"""The Socket.IO door and everything that is pushed: docs/live-protocol.md."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import cast

from engineio.payload import Payload
from flask import Flask, current_app

from confsvc.domain.facts import Fact
from confsvc.extensions import socketio
from confsvc.live.board import BoardDoor
from confsvc.live.catching_up import CatchingUp
from confsvc.live.desk import DeskDoor
from confsvc.live.dismissal import Dismissal
from confsvc.live.fan_out import FanOut
from confsvc.live.frames import BoardFrames
from confsvc.live.group_commit import GroupCommit
from confsvc.live.limits import Allowance
from confsvc.live.memberships import Memberships
from confsvc.live.packets import StrictJson, StrictPacket, be_strict
from confsvc.live.pictures import Pictures
from confsvc.live.presence import Presence
from confsvc.live.publish import Publisher
from confsvc.live.rechecks import Rechecks
from confsvc.live.rooms import BOARD, DESK
from confsvc.live.seen_desks import SeenDesks
from confsvc.live.site_frames import SiteFrames
from confsvc.live.straight import StraightSocket
from confsvc.metrics import count_connections_by

# One act is a few hundred bytes.
MOST_BYTES_IN_A_MESSAGE = 64 * 1024
# A desk without WebSocket that comes back with its queue sends it in one request; the library's own limit is 16.
MOST_PACKETS_IN_A_REQUEST = 256
BOARD_EVENTS_PER_SECOND = 2
# So many times more messages are read and refused than answered; faster nobody is read.
MESSAGES_READ_PER_EVENT = 2
# What a desk may say of a long time without a line before it must wait.
ACTS_AVERAGED_SECONDS = 60
OTHERS = "confsvc_others"


@dataclass(frozen=True, slots=True)
class Live:
    """The live layer of one application."""

    presence: Presence
    fan_out: FanOut
    publisher: Publisher
    frames: BoardFrames


def register(app: Flask, *, async_mode: str) -> None:
    """Attach the namespaces. Origins other than the server's own are refused, which is the library's default."""
    Payload.max_decode_packets = MOST_PACKETS_IN_A_REQUEST
    socketio.init_app(
        app,
        async_mode=async_mode,
        async_handlers=False,
        manage_session=False,
        client_manager=Memberships(),
        max_http_buffer_size=MOST_BYTES_IN_A_MESSAGE,
        serializer=StrictPacket,
        json=StrictJson,
        namespaces=[DESK, BOARD],
    )
    settings = app.extensions["confsvc"].settings
    StraightSocket.most_bytes_waiting = settings.backlog_bytes
    StraightSocket.pace = Allowance(MESSAGES_READ_PER_EVENT * settings.desk_events_per_second)
    be_strict(socketio, StraightSocket)
    for namespace in (DESK, BOARD):
        count_connections_by(namespace, partial(_count_connections, namespace))
    presence = Presence()
    fan_out = FanOut(socketio)
    pictures = Pictures(presence)
    frames = BoardFrames(app, socketio, fan_out, presence, pictures, Rechecks(socketio, presence))
    a_second = app.extensions["confsvc"].settings.desk_events_per_second
    events, acts = Allowance(a_second), Allowance(a_second, averaged_seconds=ACTS_AVERAGED_SECONDS)
    dismissal = Dismissal(socketio, presence)
    sites = SiteFrames(app, socketio, presence, fan_out, dismissal.send_away)
    group = GroupCommit(app, socketio.server.eio.create_event)
    socketio.on_namespace(DeskDoor(app, presence, frames, sites, SeenDesks(app, socketio), group, events=events, acts=acts))
    socketio.on_namespace(BoardDoor(presence, pictures, Allowance(BOARD_EVENTS_PER_SECOND)))
    app.extensions["confsvc_live"] = Live(presence, fan_out, Publisher(socketio, presence, frames, sites, dismissal.send_away), frames)


def publish(fact: Fact) -> None:
    """Tell every connected client that this fact concerns."""
    _live().publisher.publish(fact)


def _count_connections(namespace: str) -> int:
    # The library keeps everybody who is connected in a room without a name.
    return len(socketio.server.manager.rooms.get(namespace, {}).get(None, ()))


def committed(fact: Fact) -> None:
    """Let the other processes of a cluster look for what was committed here."""
    if others := _others():
        others.committed(fact)


def connected_desks() -> frozenset[int]:
    """The ids of the desks that are connected now, to this process or to another one of the cluster."""
    others = _others()
    return _live().presence.desk_ids() | (others.elsewhere.desk_ids() if others else frozenset())


def is_cut_off(app: Flask) -> bool:
    """Whether this process is one of a cluster and has lost the database that it shares with the others."""
    others = cast("CatchingUp | None", app.extensions.get(OTHERS))
    return others is not None and others.is_cut_off


def join_cluster(app: Flask) -> Callable[[], None]:
    """Tell this process's clients of what others commit, where it is one of a cluster; what this returns ends it."""
    if not app.extensions["confsvc"].origin:
        return lambda: None
    live = cast("Live", app.extensions["confsvc_live"])
    others = app.extensions[OTHERS] = CatchingUp(app, live.presence, live.frames)
    return others.end


def _others() -> CatchingUp | None:
    return cast("CatchingUp | None", current_app.extensions.get(OTHERS))


def _live() -> Live:
    return cast("Live", current_app.extensions["confsvc_live"])
