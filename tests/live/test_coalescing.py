"""Work that is asked for often is done seldom, and what failed is done again though nobody asks for it."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from flask import Flask
from flask_socketio import SocketIO

from confsvc.live import seen_desks
from confsvc.live.coalescing import Coalesced
from confsvc.live.seen_desks import SeenDesks


class OneTask:
    """A server whose background task is run when the test says so; what it slept, in seconds."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.tasks: list[Callable[[], None]] = []

    def start_background_task(self, task: Callable[..., None], *about: Any) -> None:
        self.tasks.append(lambda: task(*about))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def run(self) -> None:
        self.tasks.pop()()


def test_what_failed_is_done_again_after_a_second(app: Flask) -> None:
    done: list[int] = []

    def fail_twice(key: int) -> float:
        done.append(key)
        if len(done) < 3:
            raise ZeroDivisionError
        return 0.5

    server = OneTask()
    Coalesced(app, cast("SocketIO", server), fail_twice).ask(7)
    server.run()

    assert (done, server.slept, server.tasks) == ([7, 7, 7], [1.0, 1.0, 0.5], [])


def test_desks_are_noted_although_the_first_attempt_failed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[list[int]] = []

    def fail_once(_: object, desk_ids: list[int]) -> None:
        written.append(desk_ids)
        if len(written) == 1:
            raise ZeroDivisionError

    monkeypatch.setattr(seen_desks, "see_desks", fail_once)
    server = OneTask()
    seen = SeenDesks(app, cast("SocketIO", server))
    seen.note(3)
    server.run()

    assert written == [[3], [3]]
