"""Many changes, few messages: work that is done at once when it is asked for, and then not again before its pause is over."""

import time
from collections.abc import Callable
from threading import Lock

import structlog
from flask import Flask
from flask_socketio import SocketIO

log = structlog.get_logger()
# No such work may take more than this part of the process's time, however long it takes; but nobody is left untold for longer
# than this because it had to wait once.
SHARE_OF_TIME = 0.1
LONGEST_PAUSE_SECONDS = 5.0
RETRY_SECONDS = 1.0


class Coalesced:
    """`work` for a key, in a background task of its own, which ends when nobody asks any more.

    `work` returns the seconds that must pass before it is done for this key again. Whatever was asked for meanwhile is done
    by one more run, and so is what failed: nobody may ask for it again.
    """

    def __init__(self, app: Flask, socketio: SocketIO, work: Callable[[int], float]) -> None:
        self._app = app
        self._socketio = socketio
        self._work = work
        self._lock = Lock()
        self._running: set[int] = set()
        self._again: set[int] = set()

    def ask(self, key: int) -> None:
        """Have it done for this key, at once or as soon as it may be done again."""
        with self._lock:
            if key in self._running:
                self._again.add(key)
                return
            self._running.add(key)
        self._socketio.start_background_task(self._run, key)

    def _run(self, key: int) -> None:
        is_failing = False
        while True:
            began = time.monotonic()
            try:
                with self._app.app_context():
                    pause = self._work(key)
                took = time.monotonic() - began
                pause, is_failing = max(pause, min(took * (1 / SHARE_OF_TIME - 1), LONGEST_PAUSE_SECONDS)), False
            except Exception:
                # However long it waited for what is away, which cost nothing. Said once.
                if not is_failing:
                    log.exception("coalesced_work_failed", key=key)
                pause, is_failing = RETRY_SECONDS, True
                with self._lock:
                    self._again.add(key)
            self._socketio.sleep(pause)
            with self._lock:
                if key not in self._again:
                    self._running.discard(key)
                    return
                self._again.discard(key)
