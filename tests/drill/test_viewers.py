"""A board follows the frames by their numbers, and tells how far behind it is."""

from random import Random
from typing import Any

from confsvc.drill.schedule import Schedule
from confsvc.drill.viewers import Gallery, Lags, Viewer
from confsvc.drill.wire import Answered


class Line:
    """A line that keeps what was asked over it."""

    is_open = True

    def __init__(self) -> None:
        self.asked: list[Answered] = []

    def emit(self, event: str, payload: str, answered: Answered) -> None:
        assert (event, payload) == ("sync", "{}")
        self.asked.append(answered)


class Offline:
    """A wire that gives out that line."""

    def __init__(self) -> None:
        self.line = Line()

    def open(self, namespace: str, listener: Viewer, auth: object) -> Line:
        return self.line


def tallied(frame: int, revision: int, previous: int = 1) -> bytes:
    return f'["tallied",{{"now": "2026-01-01", "previous": {previous}, "revision": {revision}, "frame": {frame}, "sites": []}}]'.encode()


def snapshot(frame: int, revision: int) -> bytes:
    return f'{{"ok": true, "now": "2026-01-01", "revision": {revision}, "frame": {frame}}}'.encode()


def board() -> tuple[Gallery, Viewer, Any]:
    """A board whose line is open, and which has asked for everything."""
    wire: Any = Offline()
    gallery = Gallery(wire, Schedule(lambda: 0.0), "token", Random(1))
    gallery.add_viewer()
    [viewer] = gallery.viewers
    viewer.opened(wire.line)
    return gallery, viewer, wire.line


def test_a_board_takes_one_frame_after_the_other() -> None:
    gallery, viewer, line = board()
    viewer.heard(line, tallied(3, 9))
    assert (viewer.revision, gallery.ready) == (-1, 0)
    line.asked[0](snapshot(4, 10))
    assert (viewer.revision, gallery.ready) == (10, 1)
    viewer.heard(line, tallied(4, 10))
    viewer.heard(line, tallied(5, 12))
    assert (viewer.revision, gallery.gaps, len(line.asked)) == (12, 0, 1)


def test_where_a_frame_is_missing_it_asks_for_all_once() -> None:
    gallery, viewer, line = board()
    line.asked[0](snapshot(4, 10))
    for frame in (6, 7):
        viewer.heard(line, tallied(frame, 10 + frame))
    assert (viewer.revision, gallery.gaps, len(line.asked)) == (10, 1, 2)
    line.asked[1](snapshot(7, 17))
    viewer.heard(line, tallied(8, 18))
    assert (viewer.revision, gallery.ready) == (18, 1)


def test_a_snapshot_among_the_frames_leads_from_anywhere() -> None:
    gallery, viewer, line = board()
    line.asked[0](snapshot(4, 10))
    viewer.heard(line, tallied(9, 20, previous=0))
    assert (viewer.revision, gallery.gaps) == (20, 0)


def test_the_lag_of_a_frame_is_that_of_the_oldest_answer_it_shows() -> None:
    lags = Lags()
    for revision, moment in ((5, 1.0), (7, 2.0), (6, 2.5), (9, 3.0)):
        lags.acked(revision, moment)
    lags.shown(4, 8, 4.0)
    lags.shown(8, 8, 5.0)
    lags.shown(8, 9, 6.0)
    lags.shown(9, 12, 7.0)
    assert list(lags.seconds) == [3.0, 3.0]
    assert lags.last_revision == 9
