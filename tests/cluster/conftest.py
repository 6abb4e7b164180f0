"""A real cluster for the tests of this folder: two workers, a process for the jobs, nginx, Valkey and PostgreSQL, started once."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import requests
from sqlalchemy import create_engine

from cluster.running import Cluster
from confsvc.app import create_app
from confsvc.database import session_makers
from confsvc.domain.facts_kept import keep_facts
from confsvc.migrating import bring_up_to_date
from confsvc.models import Site
from tests.beside import beside
from tests.cluster.forked import forking
from tests.conftest import SECRET, make_settings
from tests.live.conftest import Line, Scene, Service
from tests.nursery import Nursery

WAIT_SECONDS = 30
# What "at once" means to somebody at another worker.
SOON_SECONDS = 1.0
JOBS_DONE = "jobs_are_done_here"
SETTINGS = {"SECRET_KEY": SECRET, "ARGON2_MEMORY_KIB": "32", "LOG_LEVEL": "INFO", "DESK_EVENTS_PER_SECOND": "500"}
LINKS_A_MINUTE = 20
LIMITS = {"LINK_LIMIT": f"{LINKS_A_MINUTE} per minute", "SIGN_IN_LIMIT": "1000 per minute", "PAIRING_LIMIT": "1000 per minute"}


@contextmanager
def started(nursery: Nursery, folder: Path, services: Path, *, workers: int) -> Iterator[Cluster]:
    """A cluster of its own as the tests need it, stopped afterwards."""
    cluster = Cluster(folder, services, workers=workers, settings={**SETTINGS, **LIMITS}, postgres=["fsync=off"], program=forking(nursery))
    try:
        cluster.start_services()
        migrate(cluster)
        cluster.start_workers()
        yield cluster
    finally:
        cluster.stop()


def migrate(cluster: Cluster) -> None:
    """Bring its database up to date, which each of its processes would do before it serves."""
    app = create_app(make_settings(cluster.folder, database_url=cluster.postgres.database("confsvc")))
    bring_up_to_date(app)
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


@pytest.fixture(scope="session")
def running_cluster(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    # Near the root, since the path of a socket is short; open to be passed through by the user of PostgreSQL.
    services = Path(tempfile.mkdtemp(prefix="cl"))
    services.chmod(0o711)
    try:
        with started(nursery, tmp_path_factory.mktemp("cluster"), services, workers=2) as cluster:
            yield cluster
    finally:
        shutil.rmtree(services, ignore_errors=True)


@pytest.fixture
def cluster(running_cluster: Cluster) -> Iterator[Cluster]:
    """The cluster; what a test has stopped or killed is started again after it."""
    yield running_cluster
    jobs = running_cluster.jobs
    assert jobs
    done = jobs.log.read_text().count(JOBS_DONE)
    if jobs in running_cluster.restart_dead():
        wait_until(lambda: jobs.log.read_text().count(JOBS_DONE) > done)
    for number in range(len(running_cluster.workers)):
        running_cluster.wait_for_worker(number)


@pytest.fixture
def service(cluster: Cluster) -> Iterator[Service]:
    """A way to the cluster past its processes, whose facts they are told of, and to it by nginx."""
    engine = create_engine(cluster.postgres.database("confsvc"), pool_pre_ping=True)
    _, open_writing = session_makers(engine)
    service = Service(cluster.url, beside(open_writing, seal=partial(keep_facts, origin="the tests")))
    yield service
    service.close()
    engine.dispose()


class Places:
    """Desks and boards of one scene at workers of their own."""

    def __init__(self, cluster: Cluster, scene: Scene) -> None:
        self.cluster = cluster
        self.scene = scene

    def desk(self, worker: int, site: Site, name: str = "Bàn 1") -> Line:
        return self._line(worker, "/desk", self.scene.paired(site, name))

    def board(self, worker: int) -> Line:
        return self._line(worker, "/board", self.scene.service.signed_in(self.scene.olga), {"conference_id": self.scene.conference.id})

    def public_board(self, worker: int, token: str) -> Line:
        return self._line(worker, "/board", self.scene.service.browser(), {"token": token})

    def _line(self, worker: int, namespace: str, browser: requests.Session, auth: object = None) -> Line:
        line = Line(self.cluster.url_of(worker), namespace, browser, auth)
        self.scene.service.lines.append(line)
        return line


@pytest.fixture
def places(cluster: Cluster, service: Service) -> Places:
    return Places(cluster, Scene(service))


def wait_until(holds: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    """Ask again and again, until it holds."""
    ends_at = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends_at
        time.sleep(0.02)
