"""Desks in terminals, each a process of its own, against a real server; the scene is that of the live tests."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import pytest
from sqlalchemy import select

from confsvc.domain.pairings import create_pairing
from confsvc.domain.work import AccountActor, Work
from confsvc.models import AttendanceEvent, Site
from tests.live.conftest import Scene, Service, scene, server_address, service
from tests.terminal_desk.nursery import Born, DeskNursery

__all__ = ["Scene", "Service", "scene", "server_address", "service"]
WAIT_SECONDS = 60
BeginDesk = Callable[..., "DeskProcess"]


def pairing_link(scene: Scene, site: Site) -> str:
    with scene.service.begin(AccountActor(scene.olga.id)) as work:
        _, token = create_pairing(work, scene.conference.id, site.id, minutes=5)
    return f"{scene.service.url}/pair/{token}"


def lines_of(work: Work, scene: Scene) -> list[AttendanceEvent]:
    """The log of the conference."""
    lines = select(AttendanceEvent).where(AttendanceEvent.conference_id == scene.conference.id)
    return list(work.session.scalars(lines.order_by(AttendanceEvent.revision)))


def logged(scene: Scene) -> list[tuple[str, int | None, str]]:
    """Kind, person and verdict of each line of the conference's log."""
    with scene.service.begin() as work:
        return [(line.kind, line.delegate_id, line.verdict) for line in lines_of(work, scene)]


def environment(**changes: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CONFSVC_", "LC_", "LANG"))}
    return {**kept, "PYTHONIOENCODING": "utf-8", **changes}


def started_anew(arguments: Sequence[str]) -> subprocess.Popen[str]:
    """A desk as a person starts it."""
    command = [sys.executable, "-m", "confsvc.terminal_desk", *arguments]
    return subprocess.Popen(command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")


class DeskProcess:
    """A desk behind pipes: one line in, one line out; what nobody asked for comes on `news`."""

    def __init__(self, process: Born | subprocess.Popen[str]) -> None:
        self.process = process
        self._news: SimpleQueue[str | None] = SimpleQueue()
        self._reader = Thread(target=self._read_news, daemon=True)
        self._reader.start()

    def _read_news(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self._news.put(line.rstrip("\n"))
        self._news.put(None)

    def say(self, line: str) -> str:
        """The answer to this line."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def news(self, pattern: str) -> str:
        """The next line of news that fits; raises where the desk ends before it."""
        while (line := self._news.get(timeout=WAIT_SECONDS)) is not None:
            if re.search(pattern, line):
                return line
        raise AssertionError(f"no news of {pattern}")

    def end(self) -> tuple[int, str]:
        """Close the pipe; the exit status and the news that were left."""
        assert self.process.stdin
        self.process.stdin.close()
        status = self.process.wait(WAIT_SECONDS)
        self._let_go()
        return status, "\n".join(line for line in iter(self._news.get, None) if line is not None)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(WAIT_SECONDS)
        self._let_go()

    def _let_go(self) -> None:
        """Close what is left of the pipes."""
        self._reader.join(WAIT_SECONDS)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()


@pytest.fixture(scope="session")
def desk_nursery() -> Iterator[DeskNursery]:
    """What desks are forked from."""
    nursery = DeskNursery(environment())
    yield nursery
    nursery.close()


@pytest.fixture
def begin_desk(desk_nursery: DeskNursery) -> Iterator[BeginDesk]:
    """`begin_desk(folder, …)`: a desk's process, which ends with the test; `by` is how it is begun."""
    started: list[DeskProcess] = []

    def begin(folder: Path, *arguments: str, by: Callable[[Sequence[str]], Born | subprocess.Popen[str]] = desk_nursery.begin) -> DeskProcess:
        started.append(DeskProcess(by(["--folder", str(folder), *arguments])))
        return started[-1]

    yield begin
    for desk in started:
        desk.kill()


@pytest.fixture
def desk(scene: Scene, tmp_path: Path, begin_desk: BeginDesk) -> DeskProcess:
    """A desk that was paired with the main site just now."""
    return begin_desk(tmp_path / "desk", pairing_link(scene, scene.main), "--language", "en")
