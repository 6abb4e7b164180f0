"""The whole: PostgreSQL, Valkey, nginx, workers, and one process for the jobs."""

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cluster.programs import Program, free_port, listens
from cluster.services import Nginx, Postgres, Valkey

STATIC = Path(__file__).parent.parent
CONFSVC = (sys.executable, "-m", "confsvc")
# `confsvc` with these arguments, in this folder, its log and its environment: a program that is yet to be started.
Confsvc = Callable[[Sequence[str], Path, Path, Mapping[str, str]], Program]


def confsvc(arguments: Sequence[str], folder: Path, log: Path, env: Mapping[str, str]) -> Program:
    """As an administrator starts it."""
    return Program((*CONFSVC, *arguments), folder=folder, log=log, env=env)


class Cluster:
    """`workers` processes behind nginx on `host`:`port`; everything it keeps lies in `folder`.

    `services`: where PostgreSQL keeps its data and its socket, near the root. `settings` are more of those of the service, without the prefix;
    `postgres` are options of PostgreSQL; `program` is how a process of the service comes to be.
    """

    def __init__(
        self,
        folder: Path,
        services: Path,
        *,
        workers: int,
        host: str = "127.0.0.1",
        port: int = 0,
        settings: Mapping[str, str] | None = None,
        postgres: Sequence[str] = (),
        program: Confsvc = confsvc,
    ) -> None:
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.postgres = Postgres(services / "postgres", self.logs, postgres)
        self.valkey = Valkey(services / "valkey", self.logs)
        self.ports = [free_port() for _ in range(workers)]
        self.nginx = Nginx(services / "nginx", self.logs, host=host, port=port or free_port(), workers=[f"127.0.0.1:{n}" for n in self.ports], static=STATIC)
        self._settings = dict(settings or {})
        self._program = program
        self.workers: list[Program] = []
        self.jobs: Program | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.nginx.port}"

    def url_of(self, number: int) -> str:
        """The address of one worker, past nginx."""
        return f"http://127.0.0.1:{self.ports[number]}"

    def environment(self) -> dict[str, str]:
        """That of every process of the service; PostgreSQL must run."""
        shared = {"DATABASE_URL": self.postgres.database("confsvc"), "REDIS_URL": self.valkey.url, "DATA_DIR": str(self.folder), "TRUSTED_PROXIES": "1"}
        own = {name: value for name, value in os.environ.items() if not name.startswith("CONFSVC_")}
        return own | {f"CONFSVC_{name}": value for name, value in (shared | self._settings).items()}

    def start_services(self) -> None:
        self.postgres.start()
        self.valkey.start()

    def start_workers(self) -> None:
        """Start the workers, the process for the jobs, and nginx when all of them listen."""
        env = self.environment()
        for number, port in enumerate(self.ports):
            serving = ("serve", "--no-jobs", "--port", str(port))
            self.workers.append(self._program(serving, self.folder, self.logs / f"worker-{number}.log", env))
        self.jobs = self._program(("jobs",), self.folder, self.logs / "jobs.log", env)
        for program in (*self.workers, self.jobs):
            program.start()
        for number in range(len(self.workers)):
            self.wait_for_worker(number)
        self.nginx.start()

    def wait_for_worker(self, number: int) -> None:
        self.workers[number].wait_until(lambda: listens(self.ports[number]))

    def restart_dead(self) -> list[Program]:
        """Start again what has ended by itself."""
        dead = [program for program in (*self.workers, self.jobs) if program and not program.is_alive()]
        for program in dead:
            program.start()
        return dead

    def stop(self) -> None:
        """Stop everything, whoever uses something before what it uses."""
        self.nginx.stop()
        programs = [program for program in (*self.workers, self.jobs) if program]
        for program in programs:
            program.send(signal.SIGTERM)
        for program in programs:
            program.stop()
        self.valkey.stop()
        self.postgres.stop()
