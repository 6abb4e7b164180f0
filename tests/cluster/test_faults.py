"""Parts of a cluster end under load: nothing that was answered is lost, nothing is there twice, and soon everybody sees the same."""

import signal
import time
from collections.abc import Callable

import pytest

from cluster.running import Cluster
from tests.cluster.conftest import Places
from tests.cluster.load import await_counts, await_total, open_load

LOAD_SECONDS = 0.7
FROZEN_SECONDS = 1.5
# How soon boards and desks must be right again.
RIGHT_SECONDS = 5


def kill_a_worker(cluster: Cluster) -> None:
    cluster.workers[0].stop(signal.SIGKILL)
    cluster.restart_dead()


def restart_redis(cluster: Cluster) -> None:
    cluster.valkey.stop()
    cluster.valkey.start()


def restart_postgres(cluster: Cluster) -> None:
    cluster.postgres.stop()
    cluster.postgres.start()


def restart_nginx(cluster: Cluster) -> None:
    cluster.nginx.stop()
    cluster.nginx.start()


def freeze_a_worker(cluster: Cluster) -> None:
    """As one that stands still for a moment, in the middle of whatever it does."""
    cluster.workers[0].send(signal.SIGSTOP)
    time.sleep(FROZEN_SECONDS)
    cluster.workers[0].send(signal.SIGCONT)


@pytest.mark.parametrize("fault", [kill_a_worker, freeze_a_worker, restart_redis, restart_postgres, restart_nginx])
def test_nothing_answered_is_lost_or_doubled(places: Places, fault: Callable[[Cluster], None]) -> None:
    cluster, scene = places.cluster, places.scene
    with open_load(places, cluster.url) as load:
        board, watching = places.board(1), places.desk(1, scene.main, "Bàn quan sát")
        shown_at_first = board.call("sync", {})["total"]
        told_at_first = watching.call("sync", {"since": 0})["counts"]
        for desk in load.desks:
            desk.work()
        time.sleep(LOAD_SECONDS)
        fault(cluster)
        for number in range(len(cluster.workers)):
            cluster.wait_for_worker(number)
        for desk in load.desks:
            desk.wait_for_more()
        time.sleep(LOAD_SECONDS)
        load.rest()
        rested = time.monotonic()

        await_total(board, shown_at_first)
        await_counts(watching, told_at_first)
        assert time.monotonic() - rested < RIGHT_SECONDS
        load.check()
