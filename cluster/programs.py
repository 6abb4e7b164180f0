"""A program that runs beside us, in a session of its own, until it is stopped."""

import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# PostgreSQL refuses to run as root; this user exists on every Linux and owns nothing.
UNPRIVILEGED = "nobody" if os.geteuid() == 0 else None
STOP_SECONDS = 15
READY_SECONDS = 90
LOOK_SECONDS = 0.02


class Program:
    """`command`, writing what it says to `log`; `user` is whom it runs as (None: whoever runs us)."""

    def __init__(self, command: Sequence[str | Path], *, folder: Path, log: Path, env: Mapping[str, str] | None = None, user: str | None = None) -> None:
        self._command = [str(part) for part in command]
        self._folder = folder
        self._env = env
        self._user = user
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as said:
            # A session of its own: Ctrl-C in the terminal is ours alone, and we stop everything in order.
            self.process = subprocess.Popen(
                self._command, cwd=self._folder, env=self._env, user=self._user, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
            )

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def send(self, number: int) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it by this signal and wait; one that does not end is killed."""
        if self.process is None:
            return
        self.send(number)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait until it is ready; raises RuntimeError with the end of what it said where it ends or never is."""
        ends_at = time.monotonic() + READY_SECONDS
        while not ready():
            if not self.is_alive() or time.monotonic() > ends_at:
                raise RuntimeError(f"{' '.join(self._command)} did not start:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(LOOK_SECONDS)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def hand_over(folder: Path) -> None:
    """Give a folder with everything in it to the user that PostgreSQL runs as."""
    if UNPRIVILEGED is None:
        return
    user = pwd.getpwnam(UNPRIVILEGED)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
