"""A worker is cut off from the database, from Valkey and from nginx, under load, and comes back: nothing that was answered is lost or doubled."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from cluster.running import Cluster
from tests.cluster.conftest import Places
from tests.cluster.islands import Island, open_island
from tests.cluster.load import await_counts, await_total, open_load
from tests.live.conftest import Line

LOAD_SECONDS = 0.7
# As a desk in a browser, which then makes a new line.
DESK_PATIENCE_SECONDS = 5
# Longer than a worker waits for a database that has fallen silent.
CUT_SECONDS = 11
RIGHT_SECONDS = 5


@pytest.fixture
def island(cluster: Cluster, tmp_path: Path) -> Iterator[Island]:
    with open_island(cluster, tmp_path) as island:
        yield island


def test_a_worker_that_was_cut_off_loses_and_doubles_nothing(island: Island, places: Places, record_property: Callable[[str, object], None]) -> None:
    record_property("cut by", island.around.kind)
    with open_load(places, island.url_of_all, patience=DESK_PATIENCE_SECONDS, first_url=island.url) as load:
        board, watching = places.board(1), places.desk(1, places.scene.main, "Bàn quan sát")
        shown, told = board.call("sync", {})["total"], watching.call("sync", {"since": 0})["counts"]
        viewer = places.scene.service.signed_in(places.scene.olga)
        distant = board_at(places, island, viewer)
        for desk in load.desks:
            desk.work()
            desk.wait_for_more()
        time.sleep(LOAD_SECONDS)
        island.around.cut()
        cut_at = time.monotonic()
        # Whatever it had not answered comes again elsewhere, and is answered there.
        for desk in load.desks:
            desk.wait_for_more()
        assert not island.is_reached()
        load.rest()
        time.sleep(max(0.0, cut_at + CUT_SECONDS - time.monotonic()))
        for desk in load.desks:
            desk.work()
            desk.wait_for_more()
        island.around.mend()
        returned_at = time.monotonic()
        # It hangs up whom it could not tell anything meanwhile: they come back, as the page of a board does.
        distant.next("disconnect")
        distant.client.eio.ws.shutdown()  # which the library leaves to us
        distant = board_at(places, island, viewer)
        shown_there = distant.call("sync", {})["total"]
        assert time.monotonic() - returned_at < RIGHT_SECONDS
        load.rest()
        rested = time.monotonic()
        await_total(board, shown)
        await_counts(watching, told)
        await_total(distant, shown_there)
        assert time.monotonic() - rested < RIGHT_SECONDS
        load.check()


def board_at(places: Places, island: Island, viewer: requests.Session) -> Line:
    line = Line(island.url, "/board", viewer, {"conference_id": places.scene.conference.id})
    places.scene.service.lines.append(line)
    return line
