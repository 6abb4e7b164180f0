"""Beside serving: one process does the jobs, another takes over, mail goes at once, and many may start at the same time."""

import signal
import time
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from uuid import uuid4

from sqlalchemy import text

from cluster.programs import Program
from cluster.running import CONFSVC, Cluster
from confsvc.domain.outbox import NewMessage, put_mailing
from tests.cluster.conftest import JOBS_DONE, SOON_SECONDS, wait_until
from tests.factories import make_conference, make_delegate, make_mandate, make_site
from tests.live.conftest import Service


def test_one_process_does_the_jobs_and_another_takes_over_when_it_is_killed(cluster: Cluster) -> None:
    first = cluster.jobs
    assert first
    second = Program((*CONFSVC, "jobs"), folder=cluster.folder, log=cluster.logs / "jobs-2.log", env=cluster.environment())
    second.start()
    wait_until(lambda: says(first, JOBS_DONE) and says(second, "jobs_are_done_elsewhere"))
    assert not says(second, JOBS_DONE)
    first.stop(signal.SIGKILL)
    # It stays in the place of the first one.
    cluster.jobs = second
    wait_until(lambda: says(second, JOBS_DONE))


def test_the_jobs_go_on_after_a_restart_of_the_database(cluster: Cluster) -> None:
    jobs = cluster.jobs
    assert jobs
    wait_until(lambda: says(jobs, JOBS_DONE))
    cluster.postgres.stop()
    wait_until(lambda: says(jobs, "jobs_lock_lost"))
    done = jobs.log.read_text().count(JOBS_DONE)
    cluster.postgres.start()
    wait_until(lambda: jobs.log.read_text().count(JOBS_DONE) == done + 1)


def says(program: Program, word: str) -> bool:
    return word in program.log.read_text()


def test_mail_that_is_put_anywhere_leaves_at_once(cluster: Cluster, service: Service) -> None:
    address = f"dina-{uuid4().hex[:8]}@example.org"
    with service.begin() as work:
        starts_at = work.now + timedelta(hours=5)
        conference = make_conference(work, service.account("olga"), starts_at=starts_at, ends_at=starts_at + timedelta(hours=3))
        dina = make_delegate(work, make_mandate(work, conference, make_site(work, conference)), email=address)
        put_mailing(work, conference.id, "reminder", [NewMessage(address, dina.full_name, delegate_id=dina.id)])
    began = time.monotonic()
    wait_until(lambda: address in mailed_to(cluster.folder / "mail"))
    assert time.monotonic() - began < 2 * SOON_SECONDS


def mailed_to(folder: Path) -> set[str]:
    return {message_from_bytes(path.read_bytes())["To"].partition("<")[2].rstrip(">") for path in folder.glob("new/*")}


def test_processes_that_started_at_once_on_an_empty_database_have_migrated_it_once(cluster: Cluster, service: Service) -> None:
    for program in cluster.workers:
        assert says(program, "confsvc listens on")
    with service.begin() as work:
        assert work.session.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
