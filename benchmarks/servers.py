"""Servers as users start them, each in a process of its own, over a folder of its own."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import Cores, Process

SECRET = "a secret of the benchmarks, which opens no door elsewhere"  # noqa: S105  # it guards made-up people
STOP_SECONDS = 30
# Every desk of a saturated server sends as fast as it is answered, which no human hand does.
UNBOUNDED = {"DESK_EVENTS_PER_SECOND": "1000000", "SIGN_IN_LIMIT": "1000000 per minute", "LOG_LEVEL": "ERROR", "SECRET_KEY": SECRET}
CONFSVC = (sys.executable, "-m", "confsvc")
SERVE = (*CONFSVC, "serve", "--port", "0")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers at `url`."""

    url: str
    process: Process


@contextmanager
def disk_folder() -> Iterator[Path]:
    """A folder that lies on a disk: /tmp may be memory, where a commit costs nothing and proves nothing."""
    lasting = Path("/var/tmp")  # noqa: S108  # kept over a restart, and so on a disk
    with tempfile.TemporaryDirectory(prefix="confsvc-bench-", dir=lasting if lasting.is_dir() else None, ignore_cleanup_errors=True) as name:
        yield Path(name)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a server with these settings and nothing of what this shell says of others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONFSVC_")}
    return kept | {f"CONFSVC_{name}": value for name, value in (UNBOUNDED | dict(settings)).items()}


def run_confsvc(settings: Mapping[str, str], *words: str) -> None:
    """Run a command of the administrator to its end."""
    subprocess.run([*CONFSVC, *words], env=environment(settings), check=True, stdout=subprocess.DEVNULL)


@contextmanager
def serving(settings: Mapping[str, str], core: int, command: Sequence[str] = SERVE) -> Iterator[Server]:
    """A server on this core, until the end of the block; the last word of the first line it prints is its address."""
    with subprocess.Popen(command, env=environment(settings), stdout=subprocess.PIPE, text=True, start_new_session=True) as started:
        # Its threads are made later, and are put where it is.
        os.sched_setaffinity(started.pid, {core})
        words = started.stdout.readline().split() if started.stdout else []
        if not words:
            raise RuntimeError(f"{' '.join(command)} ended without listening")
        try:
            yield Server(words[-1], Process(started.pid))
        finally:
            _stop(started)


def _stop(started: subprocess.Popen[str]) -> None:
    started.send_signal(signal.SIGTERM)
    try:
        started.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        started.kill()


@contextmanager
def profiled(server: Server, target: Path | None, seconds: float) -> Iterator[None]:
    """Let py-spy watch the server meanwhile, if `target` says where to: .svg (flames), .json (speedscope), else lines of stacks."""
    if target is None:
        yield
        return
    shape = {".svg": "flamegraph", ".json": "speedscope"}.get(target.suffix, "raw")
    command = ["py-spy", "record", "--pid", str(server.process.pid), "--duration", str(max(round(seconds), 1)), "--rate", "200", "--threads"]
    with subprocess.Popen([*command, "--format", shape, "--output", str(target)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as spying:
        yield
        spying.wait(STOP_SECONDS)


def two_cores(cores: Cores) -> str:
    """A sentence for whoever reads the figures on a terminal."""
    return f"server on core {cores.server}, load on core {cores.load}" if cores.are_apart else "server and load share one core"
