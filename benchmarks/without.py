"""The server with one of its steps taken out, to see what the step is worth: `python -m benchmarks.without STEP serve …`."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402  # must come after the patch, as all that follows
from collections.abc import Callable, Iterable, Mapping  # noqa: E402
from typing import Any, cast  # noqa: E402

from engineio import packet  # noqa: E402
from flask import Flask  # noqa: E402
from sqlalchemy import Connection, Insert, Update  # noqa: E402

from confsvc import database, live  # noqa: E402
from confsvc.boundary import begin_work  # noqa: E402
from confsvc.cli import cli  # noqa: E402
from confsvc.domain.check_in import carry_out_together  # noqa: E402
from confsvc.domain.prepared import Prepared, PreparedForEach  # noqa: E402
from confsvc.domain.work import System  # noqa: E402
from confsvc.live import coalescing, group_commit, site_frames  # noqa: E402
from confsvc.live.desk import DeskDoor  # noqa: E402
from confsvc.live.door import Door  # noqa: E402
from confsvc.live.packets import StrictEnginePacket, StrictSocket  # noqa: E402
from confsvc.live.straight import StraightSocket  # noqa: E402


def write_alone() -> None:
    def carry_out(group: Any, conference_id: int, *told: Any) -> object:
        with group._app.app_context(), begin_work(System()) as work:  # noqa: SLF001  # as the method does
            return carry_out_together(work, conference_id, [told])[0]

    group_commit.GroupCommit.carry_out = carry_out  # type: ignore[assignment,method-assign]  # nobody waits for anybody


def take_requests_along() -> None:
    DeskDoor.hot = frozenset()


def enter_the_application_for_each() -> None:
    def answer(door: Door, event: str, sid: str, *data: Any) -> Any:
        with cast("Flask", door.server.get_environ(sid, namespace=door.namespace)["flask.app"]).app_context():
            return answer_hot(door, event, sid, *data)

    answer_hot = Door._answer_hot  # noqa: SLF001  # the step that is taken out
    Door._answer_hot = answer  # type: ignore[assignment,method-assign]  # noqa: SLF001  # as it would have to be


def make_packets() -> None:
    def hear(connection: StraightSocket, message: str) -> None:
        connection.receive(StrictEnginePacket(encoded_packet=f"{packet.MESSAGE}{message}"))

    StraightSocket._hear = hear  # type: ignore[assignment,method-assign]  # noqa: SLF001  # as the library does


def queue_for_sockets() -> None:
    live.StraightSocket = StrictSocket  # type: ignore[attr-defined]  # as the library's own do


def commit_on_the_loop() -> None:
    database._commit_off_the_loop = lambda engine: None  # noqa: SLF001  # the step that is taken out


def tell_sites_at_once() -> None:
    site_frames.PAUSE_SECONDS, coalescing.SHARE_OF_TIME = 0.0, 1.0


def ask_the_toolkit() -> None:
    def read(self: Prepared, connection: Connection, **values: Any) -> Any:
        return connection.execute(cast("Any", self.statement), values).all()

    def run(self: Prepared, connection: Connection, **values: Any) -> None:
        connection.execute(self.statement, values)

    def run_for_each(self: PreparedForEach, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        if given := list(rows):
            if self not in made:
                made[self] = self.for_one()
            connection.execute(made[self], given)

    made: dict[PreparedForEach, Insert | Update] = {}
    Prepared.rows, Prepared.run, PreparedForEach.run = read, run, run_for_each  # type: ignore[method-assign]  # as it goes without


STEPS: dict[str, Callable[[], None]] = {
    "nothing": lambda: None,
    "thread": commit_on_the_loop,
    "statements": ask_the_toolkit,
    "gathering": tell_sites_at_once,
    "sockets": queue_for_sockets,
    "hot": take_requests_along,
    "context": enter_the_application_for_each,
    "packets": make_packets,
    "group": write_alone,
}

if __name__ == "__main__":
    STEPS[sys.argv[1]]()
    cli(sys.argv[2:])
