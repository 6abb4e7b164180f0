"""Processes of `confsvc` that begin in a moment: forked from one that has imported everything, each with its own environment and files.

Importing takes most of the time a server needs to start, and the tests start hundreds; the first look at each page takes most of the
rest. So the one they are forked from has imported everything and has shown every page once. A forked process runs the same command
line as `python -m confsvc`; only how it came to be is different.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TextIO

from confsvc.__main__ import OWNER_ONLY

ROOT = Path(__file__).parent.parent
POLL_SECONDS = 0.005


@dataclass
class Child:
    """A running process; the part of `subprocess.Popen` that the tests use."""

    nursery: "Nursery"
    pid: int

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def is_alive(self) -> bool:
        return self.nursery.ask("wait", pid=self.pid, seconds=0) is None

    def wait(self, seconds: float) -> int:
        """The exit code, negative for a signal; raises TimeoutError."""
        code: int | None = self.nursery.ask("wait", pid=self.pid, seconds=seconds)
        if code is None:
            raise TimeoutError(f"process {self.pid} still runs")
        return code

    def send_signal(self, number: signal.Signals) -> None:
        self.nursery.ask("send", pid=self.pid, number=number)


@dataclass
class Born(Child):
    """One whose standard output is read."""

    stdout: TextIO


class Nursery:
    """The process that forks; everything it has made ends with it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-m", "tests.nursery"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def begin(self, arguments: Sequence[str], environment: dict[str, str], log: Path) -> Born:
        """`confsvc` with these arguments; what it says of itself is appended to `log`."""
        pipe = log.with_suffix(".pipe")
        if not pipe.exists():
            os.mkfifo(pipe)
        pid = self.ask("begin", arguments=list(arguments), environment=environment, log=str(log), pipe=str(pipe))
        return Born(self, pid, pipe.open())

    def begin_logged(self, arguments: Sequence[str], environment: dict[str, str], log: Path) -> Child:
        """The same, all that it says appended to `log`."""
        log.touch()
        return Child(self, self.ask("begin", arguments=list(arguments), environment=environment, log=str(log), pipe=str(log)))

    def ask(self, what: str, **values: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps([what, values]), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


class Children:
    """What the forking process knows of those it has made."""

    def __init__(self) -> None:
        from gevent import monkey  # noqa: PLC0415  # before anything else, as `confsvc serve` does

        monkey.patch_all()
        from confsvc.cli import cli  # noqa: PLC0415  # after the patch
        from tests.practice import show_every_page  # noqa: PLC0415  # after the patch
        from tests.warm import stay_warm  # noqa: PLC0415  # after the patch

        stay_warm()
        show_every_page()
        # What everybody shares is not looked through again: a collector that does writes to each page of memory, which copies it.
        gc.collect()
        gc.freeze()
        self._cli = cli
        self._wait_for, self._sleep = monkey.get_original("os", "waitpid"), monkey.get_original("time", "sleep")
        self._codes: dict[int, int | None] = {}

    def begin(self, arguments: list[str], environment: dict[str, str], log: str, pipe: str) -> int:
        pid = os.fork()
        if pid == 0:
            self._live(arguments, environment, log, pipe)
        self._codes[pid] = None
        return pid

    def _live(self, arguments: list[str], environment: dict[str, str], log: str, pipe: str) -> NoReturn:
        code = 1
        try:
            os.environ.clear()
            os.environ.update(environment)
            for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, pipe, os.O_WRONLY | os.O_APPEND), (2, log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)):
                opened = os.open(path, flags)
                os.dup2(opened, number)
                os.close(opened)
            os.umask(OWNER_ONLY)
            code = self._cli.main(arguments, prog_name="confsvc", standalone_mode=False) or 0
        except BaseException:  # noqa: BLE001  # told in the log; nothing may run on in a forked process
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def send(self, pid: int, number: int) -> None:
        # Nobody else has waited for it: the number is still this process's own.
        if self._codes[pid] is None:
            os.kill(pid, number)

    def wait(self, pid: int, seconds: float) -> int | None:
        """The exit code; None while it still runs after so long."""
        until = time.monotonic() + seconds
        while self._codes[pid] is None:
            found, status = self._wait_for(pid, os.WNOHANG)
            if found:
                self._codes[pid] = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > until:
                return None
            else:
                self._sleep(POLL_SECONDS)
        return self._codes[pid]

    def end(self) -> None:
        for pid in self._codes:
            self.send(pid, signal.SIGKILL)


def tend() -> None:
    """Do what is asked for on standard input, a line each, until it ends."""
    children = Children()
    answer = sys.stdout
    for line in sys.stdin:
        what, values = json.loads(line)
        print(json.dumps(getattr(children, what)(**values)), file=answer, flush=True)
    children.end()


if __name__ == "__main__":
    tend()
