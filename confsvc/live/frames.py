"""Board frames: what changed since the last one, gathered, nothing when nothing changed, and no more of them than can be borne."""

from flask import Flask
from flask_socketio import SocketIO

from confsvc.boundary import runtime
from confsvc.domain.errors import NotFound
from confsvc.live.coalescing import Coalesced
from confsvc.live.fan_out import FanOut
from confsvc.live.pictures import Payload, Pictures
from confsvc.live.presence import Presence
from confsvc.live.rechecks import Rechecks
from confsvc.live.rooms import BOARD, organisers_room, public_room

# With more viewers than this a frame a second is enough.
MANY_VIEWERS = 1_000
# What the frames of one board may send in a second, in bytes: a third of a line of a gigabit.
BYTES_PER_SECOND = 40_000_000
# About how long a tile, a person and the rest of a frame are, in bytes.
TILE_BYTES, PERSON_BYTES, REST_BYTES = 200, 200, 500


class BoardFrames:
    """Brings what has changed to everybody who watches a board."""

    def __init__(self, app: Flask, socketio: SocketIO, fan_out: FanOut, presence: Presence, pictures: Pictures, rechecks: Rechecks) -> None:
        self._presence = presence
        self._pictures = pictures
        self._rechecks = rechecks
        self._fan_out = fan_out
        self._sending = Coalesced(app, socketio, self._send)

    def touch(self, conference_id: int) -> None:
        """Something on this board may have changed: a frame leaves at once, or as soon as one may again."""
        if self._presence.viewer_count(conference_id):
            self._sending.ask(conference_id)
        else:
            self._pictures.drop(conference_id)

    def forget(self, conference_id: int, site_ids: frozenset[int] | None) -> None:
        """Seats at these sites changed, or (None) sites: then the next frame holds everything."""
        self._pictures.forget(conference_id, site_ids)

    def _send(self, conference_id: int) -> float:
        """Send a frame; the seconds until the next one."""
        self._rechecks.weed(conference_id)
        try:
            frames = self._pictures.of(conference_id).next_frame(runtime().clock())
        except NotFound:
            # A rehearsal that was wiped: whoever watched it has been sent away.
            self._pictures.drop(conference_id)
            return 0
        if frames is not None:
            for room, frame in zip((organisers_room(conference_id), public_room(conference_id)), frames, strict=True):
                self._fan_out.show(BOARD, room, "tallied", frame)
        most = runtime().settings.board_frames_per_second
        return pause_after(frames[0] if frames else {}, self._presence.viewer_count(conference_id), most)


def pause_after(frame: Payload, viewers: int, most_per_second: int) -> float:
    """The seconds from this frame to the next, for so many viewers of it."""
    people = sum(len(frame[key][listed]) for key, listed in (("missing", "mandates"), ("asking", "people")) if frame.get(key))
    size = REST_BYTES + TILE_BYTES * len(frame.get("sites", ())) + PERSON_BYTES * people
    slowest = 1.0 if viewers > MANY_VIEWERS else 1 / most_per_second
    return max(slowest, size * viewers / BYTES_PER_SECOND)
