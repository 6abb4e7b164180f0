"""Parts of a cluster end under load: nothing that was answered is lost, nothing is there twice, and soon everybody sees the same."""

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from cluster.running import Cluster
from confsvc.domain.attendance_check import verify_attendance
from confsvc.domain.passes import pass_token, valid_pass
from confsvc.models import AttendanceEvent, Conference
from tests.cluster.conftest import Places
from tests.crash.conftest import Line as LogLine
from tests.crash.desks import Chance, Desk
from tests.factories import make_delegate, make_desk, make_mandate
from tests.live.conftest import Line

SEED = 20230116
DELEGATES_AT_A_SITE = 30
DESKS_AT_A_SITE = 2
LOAD_SECONDS = 0.7
FROZEN_SECONDS = 1.5
# How soon boards and desks must be right again.
RIGHT_SECONDS = 5


@dataclass
class Load:
    """Desks at work, by nginx, and what the database says of it."""

    places: Places
    desks: list[Desk]

    def lines(self) -> dict[str, LogLine]:
        """`client_ref` → its line in the log, after a look that the revisions have no gap."""
        scene, event = self.places.scene, AttendanceEvent
        with scene.service.begin() as work:
            wanted = select(event.client_ref, event.revision, event.kind, event.verdict, event.refusal).where(event.conference_id == scene.conference.id)
            rows = work.session.execute(wanted.order_by(event.revision)).all()
            assert [row.revision for row in rows] == list(range(1, len(rows) + 1))
            assert work.session.scalar(select(Conference.revision).where(Conference.id == scene.conference.id)) == len(rows)
        found = {row.client_ref: LogLine(row.kind, row.verdict, row.refusal) for row in rows}
        assert len(found) == len(rows), "an act is there twice"
        return found


@pytest.fixture
def load(places: Places) -> Iterator[Load]:
    scene, desks = places.scene, []
    with scene.service.begin() as work:
        for site in (scene.main, scene.remote):
            mandate = make_mandate(work, scene.conference, site, seats=DELEGATES_AT_A_SITE, required_rank="leader")
            people = [make_delegate(work, mandate, f"Đại biểu {n}") for n in range(DELEGATES_AT_A_SITE)]
            chance = Chance(Random(f"{SEED} {site.id}"), [pass_token(work, valid_pass(work, person.id)) for person in people], [person.id for person in people])
            for n in range(DESKS_AT_A_SITE):
                token = f"cookie-{site.id}-{n}"
                make_desk(work, site, f"Bàn {n}", token=token)
                desks.append((token, chance))
    working = [Desk(places.cluster.url, token, chance.act) for token, chance in desks]
    yield Load(places, working)
    for desk in working:
        desk.close()


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
    """As one that is cut off for a moment, in the middle of whatever it does."""
    cluster.workers[0].send(signal.SIGSTOP)
    time.sleep(FROZEN_SECONDS)
    cluster.workers[0].send(signal.SIGCONT)


@pytest.mark.parametrize("fault", [kill_a_worker, freeze_a_worker, restart_redis, restart_postgres, restart_nginx])
def test_nothing_answered_is_lost_or_doubled(load: Load, fault: Callable[[Cluster], None]) -> None:
    cluster, scene = load.places.cluster, load.places.scene
    board, watching = load.places.board(1), load.places.desk(1, scene.main, "Bàn quan sát")
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
    for desk in load.desks:
        desk.rest()
    rested = time.monotonic()

    lines = load.lines()
    acts = {ref: act for desk in load.desks for ref, act in desk.acts.items()}
    assert {ref for desk in load.desks for ref in desk.answered()} == set(acts) <= set(lines)
    # Beside the line of each act there are only those of the people whom a substitute replaced.
    assert {line.kind for ref, line in lines.items() if ref not in acts} <= {"substitute"}
    assert all(desk.answers_agree(lines) for desk in load.desks)
    await_total(board, shown_at_first)
    await_counts(watching, told_at_first)
    assert time.monotonic() - rested < RIGHT_SECONDS
    with scene.service.begin() as work:
        assert verify_attendance(work, scene.conference.id) == []


def await_total(board: Line, shown: Any) -> None:
    """Wait until the board is shown the sum that it would read now; a line that changes no figure brings no frame."""
    now = board.call("sync", {})["total"]
    while shown != now:
        shown = board.next("tallied")["total"]


def await_counts(desk: Line, told: Any) -> None:
    """Wait until the desk is told the counts that it would read now."""
    now = desk.call("sync", {"since": 0})["counts"]
    while told != now:
        told = desk.next("attendance_changed")["counts"]
