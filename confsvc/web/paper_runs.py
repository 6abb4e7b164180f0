"""Files being made: papers and workbooks, drawn beside the requests, followed and stopped from the page that asked for them."""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from threading import BoundedSemaphore, Event
from typing import Any, Protocol, cast
from uuid import uuid4

import structlog
from flask import Flask, current_app

from confsvc.boundary import runtime_of
from confsvc.domain.errors import NotFound
from confsvc.extensions import socketio
from confsvc.loop import off_the_loop
from confsvc.paths import asset_dir
from confsvc.schemas.own_program import ProgramStopped
from confsvc.schemas.paper import Drawing, Paper
from confsvc.web.own_folder import own_folder

log = structlog.get_logger()
# So many are drawn at the same time in this process; the next one waits for its turn.
AT_ONCE = 2
KEPT = timedelta(hours=1)
LOOK_SECONDS = 60.0
MOST_OF_ONE_ACCOUNT = 3
PAPERS = "confsvc_papers"
# Between portions of what is read for a file, so that whoever stands at a desk comes first.
REST_SECONDS = 0.001


class Maker(Protocol):
    """What makes one file after the other, in a process of its own, until it is `stopped`."""

    @property
    def stopped(self) -> bool: ...
    def draw(self, part: Any, target: Path, tell: Callable[[int], None], /) -> None: ...
    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made, for whom: `papers` gives one file after the other and how many people each is about, `total` all of them.

    `maker` makes what is no paper.
    """

    account_id: int | None
    conference_id: int
    title: str
    total: int
    papers: Iterator[tuple[Any, int]]
    maker: Maker | None = None
    extension: str = "pdf"


@dataclass(slots=True)
class Run:
    """An order on its way. `stage`: waiting, drawing, done or failed; `done` people are drawn, `file` is there once it is done.

    `is_followed`: somebody was led to its page, where the file is to be found.
    """

    key: str
    order: Order
    drawing: Maker
    began_at: datetime
    stage: str = "waiting"
    done: int = 0
    file: Path | None = None
    over: Event = field(default_factory=Event)
    over_since: datetime | None = None
    is_followed: bool = False

    @property
    def state(self) -> str:
        """Its stage, or that it was stopped: from that moment on, whatever it was at, unless it had failed."""
        return "stopped" if self.drawing.stopped and self.stage != "failed" else self.stage

    def stop(self) -> None:
        """Make nothing more of it, now or when its turn comes, and keep nothing of what is made."""
        self.drawing.stop()
        if self.file:
            self.file.unlink(missing_ok=True)


class PaperRuns:
    """The runs of this process."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._turns = BoundedSemaphore(AT_ONCE)
        self._runs: dict[str, Run] = {}
        self._templates = asset_dir("templates") / "paper"

    @cached_property
    def folder(self) -> Path:
        """Where the files lie; nobody else reads it, and it goes with the process."""
        return own_folder(self)

    def start(self, key: str, order: Order, now: datetime) -> Run:
        """Begin the order; the same key again finds the run that it began, for the same account and conference."""
        standing = self._runs.get(key)
        if standing and (standing.order.account_id, standing.order.conference_id) == (order.account_id, order.conference_id):
            return standing
        self._make_room(order)
        run = Run(key if standing is None else str(uuid4()), order, order.maker or Drawing(self._templates), now)
        self._runs[run.key] = run
        socketio.start_background_task(self._carry, run)
        return run

    def find(self, conference_id: int, key: str) -> Run:
        """The run of this conference; raises NotFound. Whether the conference is the actor's was asked before."""
        run = self._runs.get(key)
        if run is None or run.order.conference_id != conference_id:
            raise NotFound(kind="paper")
        return run

    def at_work(self, order: Order) -> Run | None:
        """The run that makes the same for the same account now."""
        sought = (order.account_id, order.conference_id, order.title, order.extension)
        own = (run for run in self._runs.values() if (run.order.account_id, run.order.conference_id, run.order.title, run.order.extension) == sought)
        return next((run for run in own if not (run.over.is_set() or run.drawing.stopped)), None)

    def forget(self, run: Run) -> None:
        """Leave nothing of it."""
        run.stop()
        self._runs.pop(run.key, None)

    def forget_old(self) -> None:
        """Leave nothing of what has been kept for its time."""
        since = self._now() - KEPT
        for run in [run for run in self._runs.values() if run.over_since and run.over_since <= since]:
            self.forget(run)

    def draw_picture(self, paper: Paper) -> bytes:
        """The first page as PNG; waits for a turn. Raises ProgramFailed."""
        target = self.folder / f"{uuid4()}.png"
        try:
            with self._turns:
                Drawing(self._templates).draw(paper, target, picture=True)
            return target.read_bytes()
        finally:
            target.unlink(missing_ok=True)

    def _carry(self, run: Run) -> None:
        try:
            with self._app.app_context():
                self._make(run)
            run.stage = "done"
        except ProgramStopped:
            # Whoever stopped it knows.
            pass
        except Exception as error:
            # Whatever it was: whoever waits for the file is told that there will be none.
            log.exception("paper_failed", said=str(error))
            run.stage = "failed"
        finally:
            run.over_since = self._now()
            run.over.set()

    def _make(self, run: Run) -> None:
        files: list[Path] = []
        before = 0
        try:
            while batch := off_the_loop(lambda: next(run.order.papers, None)):
                paper, count = batch
                files.append(self.folder / f"{uuid4()}.{run.order.extension}")  # the key is whatever a browser sent
                with self._turns:
                    run.stage = "drawing"
                    run.drawing.draw(paper, files[-1], partial(_note, run, before))
                before += count
                _note(run, before, 0)
            if len(files) > 1:
                parts, archive = tuple(files), files[0].with_suffix(".zip")
                files.append(archive)
                off_the_loop(lambda: _pack(parts, archive))
            run.file = files[-1]
        finally:
            for file in files:
                # It may have been stopped just when it was done.
                if file != run.file or run.drawing.stopped:
                    file.unlink(missing_ok=True)

    def _make_room(self, order: Order) -> None:
        """Forget, of the runs of an account that has begun many such, the oldest, those that are over first."""
        sought = (order.account_id, order.extension)
        alike = (run for run in self._runs.values() if (run.order.account_id, run.order.extension) == sought)
        own = sorted(alike, key=lambda run: (not run.over.is_set(), run.began_at))
        for run in own[: max(0, len(own) + 1 - MOST_OF_ONE_ACCOUNT)]:
            self.forget(run)

    def _now(self) -> datetime:
        return runtime_of(self._app).clock()


def _note(run: Run, before: int, count: int) -> None:
    run.done = min(run.order.total, before + count)


def _pack(parts: Sequence[Path], target: Path) -> None:
    """Put the files into one archive, numbered in their order; they are packed already, so nothing is gained by doing it again."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for number, part in enumerate(parts, 1):
            archive.write(part, f"{number:03}.pdf")


def rest() -> None:
    """Let others have their turn."""
    socketio.sleep(REST_SECONDS)


def forget_in_time(app: Flask) -> None:
    """Look for ever for files that have been kept for their time."""
    runs: PaperRuns = app.extensions[PAPERS]
    while True:
        socketio.sleep(LOOK_SECONDS)
        try:
            runs.forget_old()
        except OSError:
            log.exception("files_not_forgotten")


def init_app(app: Flask) -> None:
    app.extensions[PAPERS] = PaperRuns(app)


def paper_runs() -> PaperRuns:
    return cast("PaperRuns", current_app.extensions[PAPERS])
