"""Processes of a cluster that are forked from the nursery: they need no second of a processor to have imported everything."""

import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from cluster.programs import STOP_SECONDS, Program
from cluster.running import Confsvc
from tests.nursery import Child, Nursery


class Forked(Program):
    """The same as the program that an administrator starts; only how it came to be is different."""

    def __init__(self, nursery: Nursery, arguments: Sequence[str], folder: Path, log: Path, env: Mapping[str, str]) -> None:
        super().__init__(["confsvc", *arguments], folder=folder, log=log, env=env)
        self._nursery, self._arguments, self._environment = nursery, arguments, dict(env)
        self._child: Child | None = None

    def start(self) -> None:
        self._child = self._nursery.begin_logged(self._arguments, self._environment, self.log)

    def is_alive(self) -> bool:
        return self._child is not None and self._child.is_alive()

    def send(self, number: int) -> None:
        if self._child:
            self._child.send_signal(signal.Signals(number))

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self._child is None:
            return
        self.send(number)
        try:
            self._child.wait(STOP_SECONDS)
        except TimeoutError:
            self._child.kill()
            self._child.wait(STOP_SECONDS)
        self._child = None


def forking(nursery: Nursery) -> Confsvc:
    """How a cluster begins its processes."""
    return lambda arguments, folder, log, env: Forked(nursery, arguments, folder, log, env)
