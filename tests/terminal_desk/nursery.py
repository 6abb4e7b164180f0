"""Desks that begin in a moment: forked from a process that has imported what a desk is made of, and has done nothing yet.

Importing takes nearly all of the time a desk needs to start, and the tests start dozens. A forked process runs the same command line as
`python -m confsvc.terminal_desk`, and ends as that does; only how it came to be is different.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from confsvc.terminal_desk import session  # noqa: F401  # which the command imports when it needs it
from confsvc.terminal_desk.command import desk_command

ROOT = Path(__file__).parent.parent.parent
MOST_BYTES = 65_536
POLL_SECONDS = 0.005
PIPES = 3


class DeskNursery:
    """The process that forks desks; it ends with what made it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen([sys.executable, "-m", __name__], cwd=ROOT, env=environment, stdin=theirs.fileno(), stdout=subprocess.DEVNULL)

    def begin(self, arguments: Sequence[str]) -> "Born":
        """A desk with these arguments, behind pipes."""
        (its_input, stdin), (stdout, its_output), (stderr, its_errors) = (os.pipe() for _ in range(PIPES))
        pipes = [its_input, its_output, its_errors]
        pid = self.ask(pipes, arguments=list(arguments))
        for pipe in pipes:
            os.close(pipe)
        return Born(self, pid, os.fdopen(stdin, "w", encoding="utf-8"), os.fdopen(stdout, encoding="utf-8"), os.fdopen(stderr, encoding="utf-8"))

    def ask(self, pipes: Sequence[int] = (), **values: Any) -> Any:
        socket.send_fds(self._line, [json.dumps(values).encode()], pipes)
        return json.loads(self._line.recv(MOST_BYTES))

    def close(self) -> None:
        self._line.close()
        self._process.wait()


class Born:
    """A running desk; the part of `subprocess.Popen` that the tests use."""

    def __init__(self, nursery: DeskNursery, pid: int, stdin: TextIO, stdout: TextIO, stderr: TextIO) -> None:
        self.pid = pid
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self._nursery = nursery
        self._status: int | None = None

    def kill(self) -> None:
        # Nobody else has waited for it: the number is still this process's own.
        if self._status is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float) -> int:
        """The exit status, negative for a signal; raises TimeoutError."""
        until = time.monotonic() + timeout
        while self._status is None:
            self._status = self._nursery.ask(pid=self.pid)
            if self._status is None:
                if time.monotonic() > until:
                    raise TimeoutError(f"desk {self.pid} still runs")
                time.sleep(POLL_SECONDS)
        return self._status


def tend(line: socket.socket) -> None:
    """Fork a desk, or say how one has ended (nothing while it runs), as often as is asked; in a forked process run the desk."""
    while True:
        told, pipes, _, _ = socket.recv_fds(line, MOST_BYTES, PIPES)
        if not told:
            return
        asked = json.loads(told)
        if "pid" in asked:
            found, status = os.waitpid(asked["pid"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if found else None
        else:
            answer = os.fork()
            if answer == 0:
                line.close()
                for number, pipe in enumerate(pipes):
                    os.dup2(pipe, number)
                    os.close(pipe)
                desk_command(asked["arguments"])
            for pipe in pipes:
                os.close(pipe)
        line.send(json.dumps(answer).encode())


if __name__ == "__main__":
    tend(socket.socket(fileno=os.dup(0)))
