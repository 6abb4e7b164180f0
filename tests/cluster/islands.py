"""A worker whose every way to the others can be cut, without a word to either side, and mended again."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import requests
from sqlalchemy import make_url

from cluster.programs import Program, free_port
from cluster.running import CONFSVC, STATIC, Cluster
from cluster.services import Nginx
from tests.cluster.relays import Relays

# What is sent there reaches nobody.
NOBODY = "02:00:00:00:00:01"


class Surroundings(Protocol):
    """Where the worker runs: `outside` is the address at which it finds the others; how they find it is `way_to`."""

    kind: str
    outside: str
    # Put before a command that is to run there.
    prefix: tuple[str, ...]
    relays: Relays

    def way_to(self, port: int) -> str:
        """The address at which others find what listens on this port there."""

    def cut(self) -> None: ...
    def mend(self) -> None: ...


class Namespace:
    """A network of its own, joined to this one by one cable: while it is cut, what either side sends arrives nowhere."""

    kind = "a network namespace of its own"
    prefix: tuple[str, ...]

    def __init__(self, relays: Relays, closing: ExitStack) -> None:
        """Raises OSError or CalledProcessError where this user may make none."""
        self.relays = relays
        number = os.getpid() % 60_000
        self.name, self._here, self._there = (f"cl{number}{end}" for end in ("", "o", "i"))
        net = f"198.18.{number // 250}.{number % 250 // 4 * 4}".rpartition(".")  # of the block that RFC 2544 sets aside for tests
        self.outside, self.inside = (f"{net[0]}.{int(net[2]) + end}" for end in (1, 2))
        self.prefix = ("ip", "netns", "exec", self.name)
        _ip("netns", "add", self.name)
        closing.callback(_ip, "netns", "del", self.name)
        _ip("link", "add", self._here, "type", "veth", "peer", "name", self._there, "netns", self.name)
        for own, link, address in (((), self._here, self.outside), (("-n", self.name), self._there, self.inside)):
            _ip(*own, "address", "add", f"{address}/30", "dev", link)
            _ip(*own, "link", "set", link, "up")

    def way_to(self, port: int) -> str:
        return f"{self.inside}:{port}"

    def cut(self) -> None:
        _ip("neigh", "replace", self.inside, "lladdr", NOBODY, "dev", self._here, "nud", "permanent")
        _ip("-n", self.name, "neigh", "replace", self.outside, "lladdr", NOBODY, "dev", self._there, "nud", "permanent")

    def mend(self) -> None:
        _ip("neigh", "del", self.inside, "dev", self._here)
        _ip("-n", self.name, "neigh", "del", self.outside, "dev", self._there)


class BehindRelays:
    """For a user who may make no network: everything to and from the worker goes through relays, which stand still while it is cut."""

    kind = "relays that stand still"
    outside = "127.0.0.1"
    prefix: tuple[str, ...] = ()

    def __init__(self, relays: Relays) -> None:
        self.relays = relays
        self.cut, self.mend = relays.cut, relays.mend

    def way_to(self, port: int) -> str:
        return f"{self.outside}:{self.relays.add(self.outside, (self.outside, port))}"


class Island:
    """One more worker of a cluster, in such surroundings, with an nginx that spreads desks over it and the first of the others."""

    def __init__(self, cluster: Cluster, folder: Path, around: Surroundings, closing: ExitStack) -> None:
        port = free_port()
        self.around = around
        self.url = f"http://{around.way_to(port)}"
        database = make_url(cluster.postgres.database("confsvc"))
        its_socket = f"{database.query['host']}/.s.PGSQL.5432"
        valkey = urlsplit(cluster.valkey.url)
        to_postgres, to_valkey = around.relays.add(around.outside, its_socket), around.relays.add(around.outside, (str(valkey.hostname), int(valkey.port or 0)))
        address = database.set(host=around.outside, port=to_postgres, query={"sslmode": "disable"}).render_as_string(hide_password=False)
        env = {**cluster.environment(), "CONFSVC_DATABASE_URL": address, "CONFSVC_REDIS_URL": f"redis://{around.outside}:{to_valkey}/0"}
        command = (*around.prefix, *CONFSVC, "serve", "--no-jobs", "--host", "0.0.0.0", "--port", str(port))
        self.worker = Program(command, folder=folder, log=folder / "island.log", env=env)
        self.worker.start()
        closing.callback(self.worker.stop)
        self.worker.wait_until(self.is_reached)
        workers = [f"127.0.0.1:{cluster.ports[0]}", self.url.removeprefix("http://")]
        nginx = Nginx(folder / "nginx", folder, host="127.0.0.1", port=free_port(), workers=workers, static=STATIC)
        nginx.start()
        closing.callback(nginx.stop)
        self.url_of_all = f"http://127.0.0.1:{nginx.port}"

    def is_reached(self) -> bool:
        """Whether it answers."""
        try:
            return requests.get(f"{self.url}/healthz", timeout=1).ok
        except requests.RequestException:
            return False


@contextmanager
def open_island(cluster: Cluster, folder: Path) -> Iterator[Island]:
    """In a network namespace where this user may make one, else behind relays."""
    with ExitStack() as closing:
        relays = Relays()
        closing.callback(relays.close)
        yield Island(cluster, folder, surroundings(relays, closing), closing)


def surroundings(relays: Relays, closing: ExitStack) -> Surroundings:
    with ExitStack() as made:
        try:
            found = Namespace(relays, made)
        except (OSError, subprocess.CalledProcessError):
            return BehindRelays(relays)
        closing.push(made.pop_all())
        return found


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
