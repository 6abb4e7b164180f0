"""Programs of ours that make one file in a process of their own: told what to make, heard while they count, ended from outside."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

SAID_MAX_CHARACTERS = 2000


class ProgramFailed(Exception):
    """The program ended without a file: the text is what it said."""


class ProgramStopped(Exception):
    """Somebody stopped it."""


@dataclass(slots=True)
class OwnProgram:
    """Runs one program at a time; `stop` ends what it is at and whatever comes after."""

    stopped: bool = False
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def run(self, program: Path, arguments: list[str], told: bytes | IO[bytes], tell: Callable[[int], None]) -> None:
        """Let the program read what it is told, bytes or a file, and `tell` hear the numbers it says.

        Waits for the process and computes nothing. Raises ProgramFailed or ProgramStopped.
        """
        self.go_on()
        source = subprocess.PIPE if isinstance(told, bytes) else told
        command = [sys.executable, "-P", str(program), *arguments]
        with subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:  # noqa: S603 - our own program
            self._process = process
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
