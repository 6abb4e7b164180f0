"""The pictures of the boards that are watched: read once for all who ask, brought forward by what has changed, and told in frames."""

import time
from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Any

from confsvc.boundary import begin_reading
from confsvc.domain.board_picture import BoardPicture, bring_forward, read_picture
from confsvc.domain.work import System
from confsvc.live.presence import Presence
from confsvc.models import Conference
from confsvc.schemas.board import present_board, present_head, present_people, present_tile, present_total
from confsvc.schemas.live import present_conference

Payload = dict[str, Any]
# How long the sites that are furthest behind stay on the wall before they are chosen anew: nobody reads tiles that change places.
BEHIND_SECONDS = 10
# Of changes at more sites than this everything is read.
MOST_CONCERNED = 200
# So far apart lie the numbers of the frames of two pictures, so that a viewer never takes a frame of one for that of another.
FRAMES_APART = 1_000_000


class KeptBoard:
    """The picture of one board; whoever wants to see it waits while somebody brings it up to date, and finds it done."""

    def __init__(self, conference_id: int, presence: Presence, first_frame: int, clock: Callable[[], float]) -> None:
        self._conference_id = conference_id
        self._presence = presence
        self._clock = clock
        self._lock = Lock()
        self._picture: BoardPicture | None = None
        # How often organisers have changed sites or seats, and up to which of these changes the picture was read.
        self._asked, self._read = 0, -1
        # The sites of which little has changed that has no revision.
        self._concerned: set[int] = set()
        # The number of the last frame, the revision it led to, how many changes were told with it, and whether the next is to hold everything.
        self._frame, self._told, self._changes_told, self._whole = first_frame, 0, -1, True
        self._behind_since = 0.0
        self._shown: Payload = {}
        self._changes_shown = -1

    def forget(self, site_ids: frozenset[int] | None) -> None:
        """Read these sites (None: everything) anew when it is next asked for."""
        if site_ids is None or len(site_ids) > MOST_CONCERNED:
            self._asked += 1
        else:
            self._concerned |= site_ids

    def snapshot(self, conference: Conference, now: datetime, *, names: bool) -> Payload:
        """Everything the board shows; `names` for those who may see more than counts. Raises NotFound."""
        with self._lock:
            picture = self._up_to(conference.revision)
            return self._everything(picture, conference, now, names=names)

    def find(self, revision: int, query: str, within: int | None, now: datetime) -> Payload:
        """The sites whose names hold `query`, the first of them, at `revision` or later; raises NotFound."""
        with self._lock:
            picture = self._up_to(revision)
            count, found = picture.find(query, within)
            return {**present_head(picture, self._frame, now), "count": count, "sites": [present_tile(site) for site in found]}

    def next_frame(self, now: datetime) -> tuple[Payload, Payload] | None:
        """What leads from the last frame to how things stand, for organisers and for the public; None where nothing shows. Raises NotFound."""
        with self._lock:
            picture = self._up_to(None)
            changed, gone = self._choose_behind(picture)
            if not (self._whole or gone or picture.changes != self._changes_told):
                return None
            self._frame += 1
            if self._whole:
                with begin_reading(System()) as work:
                    conference = work.session.get_one(Conference, self._conference_id)
                said = [{**self._everything(picture, conference, now, names=names), "previous": 0} for names in (True, False)]
            else:
                said = self._difference(picture, changed, gone, now)
            self._told, self._changes_told, self._whole = picture.revision, picture.changes, False
            picture.touched.clear()
            picture.people_touched = False
            return said[0], said[1]

    def _up_to(self, revision: int | None) -> BoardPicture:
        """The picture at this revision or a later one (None: the newest)."""
        # Whatever goes wrong on the way, half a picture is none.
        picture, self._picture = self._picture, None
        if picture is None or self._read != self._asked or (self._is_behind(picture, revision) and not self._forward(picture)):
            picture = self._anew()
        picture.put_desks(self._presence.desks_moved(self._conference_id))
        self._picture = picture
        return picture

    def _is_behind(self, picture: BoardPicture, revision: int | None) -> bool:
        return bool(self._concerned) or revision is None or revision > picture.revision

    def _forward(self, picture: BoardPicture) -> bool:
        # As below.
        concerned, self._concerned = self._concerned, set()
        with begin_reading(System()) as work:
            return bring_forward(work, picture, concerned)

    def _anew(self) -> BoardPicture:
        # A change that is told of while the reading runs may not be in it.
        asked, self._concerned = self._asked, set()
        with begin_reading(System()) as work:
            picture = read_picture(work, self._conference_id)
        self._presence.desks_moved(self._conference_id)
        picture.put_desks(self._presence.desks_by_site(self._conference_id))
        self._read, self._whole, self._changes_shown = asked, True, -1
        self._behind_since = self._clock()
        return picture

    def _everything(self, picture: BoardPicture, conference: Conference, now: datetime, *, names: bool) -> Payload:
        if self._changes_shown != picture.changes:
            self._shown, self._changes_shown = present_board(picture), picture.changes
        hidden = {} if names else {"missing": None, "asking": None}
        return {**present_head(picture, self._frame, now), "conference": present_conference(conference), **self._shown, **hidden}

    def _choose_behind(self, picture: BoardPicture) -> tuple[set[int], set[int]]:
        if self._clock() - self._behind_since < BEHIND_SECONDS:
            return set(), set()
        self._behind_since, self._changes_shown = self._clock(), -1
        return picture.choose_behind()

    def _difference(self, picture: BoardPicture, come: set[int], gone: set[int], now: datetime) -> list[Payload]:
        changed = [tile for tile in picture.shown() if tile.id in come or tile.id in picture.touched]
        tiles = [present_tile(tile, named=tile.id in come) for tile in changed]
        frame = {**present_head(picture, self._frame, now), "previous": self._told, "total": present_total(picture.total), "sites": tiles}
        if gone:
            frame["gone"] = sorted(gone)
        return [{**frame, **(present_people(picture) if picture.people_touched else {})}, frame]


class Pictures:
    """The boards that are watched from this process, by conference."""

    def __init__(self, presence: Presence, clock: Callable[[], float] = time.monotonic) -> None:
        self._presence = presence
        self._clock = clock
        self._begun = 0
        self._kept: dict[int, KeptBoard] = {}

    def of(self, conference_id: int) -> KeptBoard:
        if conference_id not in self._kept:
            self._begun += 1
            self._kept[conference_id] = KeptBoard(conference_id, self._presence, self._begun * FRAMES_APART, self._clock)
        return self._kept[conference_id]

    def forget(self, conference_id: int, site_ids: frozenset[int] | None) -> None:
        """Seats at these sites changed, or (None) sites: that is to be read anew."""
        if kept := self._kept.get(conference_id):
            kept.forget(site_ids)

    def drop(self, conference_id: int) -> None:
        """Nobody watches this board."""
        self._kept.pop(conference_id, None)
