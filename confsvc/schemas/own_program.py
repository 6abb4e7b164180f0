"""Programs of ours that run in a process of their own: bounded, told what to do, heard while they count, ended from outside."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

SAID_MAX_CHARACTERS = 2000


class ProgramFailed(Exception):
    """The program ended without a file: the text is what it said."""


class ProgramStopped(Exception):
    """Somebody stopped it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a program may take of memory and of the processor's time; with `niceness` it gives way to the server."""

    memory_bytes: int
    cpu_seconds: int
    niceness: int = 0

    def hold(self, process: "subprocess.Popen[bytes]") -> None:
        """Let the process, and those it begins from now on, take no more; where the system knows no such bound, there is none."""
        with suppress(ImportError, OSError, ValueError, AttributeError):
            import resource  # noqa: PLC0415 - absent outside Unix, `prlimit` outside Linux

            os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, process.pid) + self.niceness)
            for kind, most in ((resource.RLIMIT_AS, self.memory_bytes), (resource.RLIMIT_CPU, self.cpu_seconds), (resource.RLIMIT_CORE, 0)):
                resource.prlimit(process.pid, kind, (most, most))


def command(program: Path, *arguments: str) -> list[str]:
    """What begins a program of ours, which knows nothing else of this package."""
    return [sys.executable, "-P", str(program), *arguments]


@dataclass(slots=True)
class OwnProgram:
    """Runs one program at a time; `stop` ends what it is at and whatever comes after."""

    stopped: bool = field(default=False, init=False)
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def run(self, program: Path, arguments: list[str], told: bytes | IO[bytes], tell: Callable[[int], None], bounds: Bounds) -> None:
        """Let the program read what it is told, bytes or a file, and `tell` hear the numbers it says.

        Waits for the process and computes nothing. Raises ProgramFailed or ProgramStopped.
        """
        self.go_on()
        source = subprocess.PIPE if isinstance(told, bytes) else told
        with subprocess.Popen(command(program, *arguments), stdin=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:  # noqa: S603 - our own program
            self._process = process
            bounds.hold(process)
            if self.stopped:
                process.kill()
            said = _converse(process, told if isinstance(told, bytes) else b"", tell)
        self.go_on()
        if process.returncode != 0:
            raise ProgramFailed(said[-SAID_MAX_CHARACTERS:])

    def go_on(self) -> None:
        """Raises ProgramStopped once somebody has stopped it."""
        if self.stopped:
            raise ProgramStopped

    def stop(self) -> None:
        """End it, now."""
        self.stopped = True
        if self._process is not None:
            self._process.kill()


def _converse(process: subprocess.Popen[bytes], told: bytes, tell: Callable[[int], None]) -> str:
    """Give the process what it is told and pass on the numbers it says; the rest of what it says is returned."""
    said = []
    if process.stdin is not None:
        try:
            process.stdin.write(told)
            process.stdin.close()
        except BrokenPipeError:
            said.append("ended before it had heard all\n")
    for line in process.stdout or ():
        if line.strip().isdigit():
            tell(int(line))
        else:
            said.append(line.decode("utf-8", "replace"))
    return "".join(said)
