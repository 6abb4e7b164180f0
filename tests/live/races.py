"""Races with real connections: servers with and without their guards, desks that all send at once, and what must be left of it."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import requests
from sqlalchemy import Engine, func, select

from confsvc.database import prepare_engine, session_makers
from confsvc.domain.attendance_check import verify_attendance
from confsvc.domain.attendance_fold import moment_of
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, Pass
from tests.beside import beside
from tests.conftest import SECRET
from tests.factories import make_conference, make_crowd, make_desk, make_mandate, make_site
from tests.live.conftest import Line, Service, act
from tests.nursery import Nursery

RUNNERS, HEADS = 50, 12
WAIT_SECONDS = 60
SERVE = ("serve", "--port", "0")
Call = tuple[Line, str, dict[str, Any]]
Ack = dict[str, Any]


def environment(folder: Path, settings: dict[str, str]) -> dict[str, str]:
    """That of a server with these settings, over the data of this folder."""
    values = {"DATA_DIR": str(folder), "SECRET_KEY": SECRET, "ARGON2_MEMORY_KIB": "32", "LOG_LEVEL": "ERROR", **settings}
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CONFSVC_")}
    return kept | {f"CONFSVC_{key}": value for key, value in values.items()}


@contextmanager
def guarded_server(nursery: Nursery, folder: Path, **settings: str) -> Iterator[str]:
    """The address of a server as it is, a process of its own."""
    process = nursery.begin(SERVE, environment(folder, settings), folder / "server.log")
    with process.stdout:
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.kill()
            process.wait(WAIT_SECONDS)


@contextmanager
def unguarded_server(folder: Path, **settings: str) -> Iterator[str]:
    """The address of one without its guards, which must be taken away before anything is imported."""
    command = [sys.executable, "-m", "tests.live.unguarded", *SERVE]
    # It has much to say.
    with (
        (folder / "server.log").open("w") as log,
        subprocess.Popen(command, env=environment(folder, settings), stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.kill()
            process.wait(WAIT_SECONDS)


@dataclass
class Race:
    """A conference in progress at one site, RUNNERS connected desks, HEADS heads of units who are expected there."""

    services: list[Service]
    olga: Any = None
    conference_id: int = 0
    head_ids: list[int] = field(default_factory=list)
    desks: list[Line] = field(default_factory=list)

    def line_up(self) -> None:
        service, now = self.services[0], datetime.now(UTC)
        self.olga = service.account("olga")
        with service.begin() as work:
            times = {"starts_at": now, "started_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=3)}
            conference = make_conference(work, self.olga, state="in_progress", **times)
            site = make_site(work, conference)
            mandate = make_mandate(work, conference, site, seats=HEADS, required_rank="head")
            self.conference_id = conference.id
            self.head_ids = [head.id for head in make_crowd(work, mandate, [f"Trưởng {n}" for n in range(HEADS)], rank="head")]
            tokens = [f"runner-{uuid4().hex}" for _ in range(RUNNERS)]
            for n, token in enumerate(tokens):
                make_desk(work, site, f"Bàn {n}", token=token)
        for token, one in zip(tokens, cycle(self.services), strict=False):
            browser = one.browser()
            browser.cookies.set("confsvc_desk", token)
            self.desks.append(one.line("/desk", browser))

    def run(self, calls: Sequence[Call], *others: Callable[[], object]) -> list[Ack]:
        """The acks of all calls, which leave together, with the others at the same moment."""
        barrier = Barrier(len(calls) + len(others))

        def runner(line: Line, event: str, payload: dict[str, Any]) -> Ack:
            barrier.wait(WAIT_SECONDS)
            return dict(line.client.call(event, payload, namespace="/desk", timeout=WAIT_SECONDS))

        def other(do: Callable[[], object]) -> None:
            barrier.wait(WAIT_SECONDS)
            do()

        with ThreadPoolExecutor(len(calls) + len(others)) as pool:
            beside = [pool.submit(other, do) for do in others]
            acks = [future.result() for future in [pool.submit(runner, *call) for call in calls]]
            for future in beside:
                future.result()
        return acks

    def begin(self) -> AbstractContextManager[Work]:
        return self.services[0].begin()

    # What must be left

    def check_in_one(self) -> None:
        """Everybody checks the same person in: one is the first."""
        acks = self.run([(line, "check_in", act(method="name", delegate_id=self.head_ids[0])) for line in self.desks])
        assert words(acks) == {("accepted", None): 1, ("repeated", None): RUNNERS - 1}
        self.look(acks)

    def substitute_and_check_in(self) -> None:
        """For each seat somebody is checked in while two others come in their place: one sits there, and the answers fit."""
        lines = iter(self.desks)
        calls: list[Call] = []
        for n, head_id in enumerate(self.head_ids):
            calls.append((next(lines), "check_in", act(method="name", delegate_id=head_id)))
            for m in range(2):
                who = {"name": f"Phó {n}.{m}", "position": "", "rank": "head", "reason": "Bận họp"}
                calls.append((next(lines), "substitute", act(delegate_id=head_id, **who)))
        acks = self.run(calls)
        assert set(words(acks[0::3])) <= {("accepted", None), ("repeated", None), ("refused", "substituted")}
        assert set(words(acks[1::3]) + words(acks[2::3])) <= {("accepted", None), ("refused", "substituted")}
        self.look(acks)
        with self.begin() as work:
            seats = work.session.execute(
                select(func.coalesce(Delegate.replaces_id, Delegate.id), Attendance.state, func.count(Pass.id))
                .join(Attendance, Attendance.delegate_id == Delegate.id)
                .outerjoin(Pass, (Pass.delegate_id == Delegate.id) & Pass.revoked_at.is_(None))
                .where(Delegate.conference_id == self.conference_id)
                .group_by(Delegate.id, Delegate.replaces_id, Attendance.state)
            ).all()
        for head_id in self.head_ids:
            assert Counter((state, passes) for seat, state, passes in seats if seat == head_id) == {
                ("substituted", 0): 1,
                ("present", 1): 1,
                ("not_admitted", 1): 1,
            }

    def close_and_check_in(self) -> None:
        """The conference is closed while everybody checks somebody in: who came before is in, who came after is not."""
        service = self.services[-1]
        browser = service.signed_in(self.olga)
        page = f"/conferences/{self.conference_id}"
        calls: list[Call] = [(line, "check_in", act(method="name", delegate_id=self.head_ids[n % HEADS])) for n, line in enumerate(self.desks)]
        later = {"occurred_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="milliseconds")}
        acks = self.run([(line, event, {**payload, **later}) for line, event, payload in calls], lambda: self.close(service, browser, page))
        after = self.run([(line, event, {**payload, "client_ref": str(uuid4()), **later}) for line, event, payload in calls])
        assert words(after) == {("refused", "closed"): RUNNERS}
        assert set(words(acks)) <= {("accepted", None), ("repeated", None), ("refused", "closed")}
        self.look([*acks, *after])
        event = AttendanceEvent
        with self.begin() as work:
            closed_at = work.session.scalars(select(Conference.closed_at).where(Conference.id == self.conference_id)).one()
            rows = work.session.execute(
                select(event.occurred_at, event.clock_offset_ms, event.recorded_at, event.refusal).where(
                    event.conference_id == self.conference_id, event.kind == "check_in"
                )
            )
            assert closed_at
            told = [(moment_of(occurred_at, offset, recorded_at), refusal) for occurred_at, offset, recorded_at, refusal in rows]
            assert [moment for moment, refusal in told if (moment < closed_at if refusal == "closed" else moment > closed_at)] == []

    def close(self, service: Service, browser: requests.Session, page: str) -> None:
        service.post(browser, f"{page}/close", page=page, version="1")

    def look(self, acks: Sequence[Ack]) -> None:
        """Every act is a line, the log has no gap, and what is kept of it is what it says."""
        assert [ack["error"] for ack in acks if not ack["ok"]] == []
        with self.begin() as work:
            assert verify_attendance(work, self.conference_id) == []


def words(acks: Sequence[Ack]) -> Counter[tuple[str, str | None]]:
    """How often which answer was given."""
    return Counter((ack["verdict"]["verdict"], ack["verdict"]["reason"]) if ack["ok"] else ("error", ack["error"]["code"]) for ack in acks)


@contextmanager
def race(engine: Engine, urls: Sequence[str]) -> Iterator[Race]:
    """The runners at their marks, spread over the servers at these addresses, which share the database of `engine`."""
    prepare_engine(engine)
    _, open_writing = session_makers(engine)
    services = [Service(url, beside(open_writing)) for url in urls]
    here = Race(services)
    try:
        here.line_up()
        yield here
    finally:
        with ThreadPoolExecutor(len(here.desks) or 1) as pool:
            list(pool.map(Line.close, here.desks))
        for service in services:
            service.lines.clear()
            service.close()
        engine.dispose()
