"""Beside serving: one process does the jobs, another takes over, mail goes at once, and many may start at the same time."""

import signal
import time
from datetime import timedelta
from email import message_from_bytes
from functools import partial
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text

from cluster.programs import Program, free_port
from cluster.running import Cluster
from confsvc.domain.outbox import NewMessage, put_mailing
from tests.cluster.conftest import JOBS_DONE, SOON_SECONDS, wait_until
from tests.cluster.forked import Forked
from tests.factories import make_conference, make_delegate, make_mandate, make_site
from tests.live.conftest import Service
from tests.nursery import Nursery


def test_one_process_does_the_jobs_and_another_takes_over_when_it_is_killed(nursery: Nursery, cluster: Cluster) -> None:
    first = cluster.jobs
    assert first
    second = Forked(nursery, ("jobs",), cluster.folder, cluster.logs / "jobs-2.log", cluster.environment())
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


def test_processes_that_started_at_once_on_an_empty_database_have_migrated_it_once(nursery: Nursery, cluster: Cluster) -> None:
    database = cluster.postgres.database("empty")
    env = {**cluster.environment(), "CONFSVC_DATABASE_URL": database}
    commands = [*(("serve", "--no-jobs", "--port", str(free_port())) for _ in range(2)), ("jobs",)]
    programs = [Forked(nursery, command, cluster.folder, cluster.logs / f"empty-{i}.log", env) for i, command in enumerate(commands)]
    for program in programs:
        program.start()
    try:
        for program, word in zip(programs, ("confsvc listens on", "confsvc listens on", JOBS_DONE), strict=True):
            program.wait_until(partial(says, program, word))
    finally:
        for program in programs:
            program.stop()
    engine = create_engine(database)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
    engine.dispose()
