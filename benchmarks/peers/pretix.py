"""pretix's redeem call, which its scanners make for each ticket: one worker on the core of the server, PostgreSQL on that of the load.

    .venv/bin/python -m benchmarks.peers.pretix

Slow to install, so only when asked for: it comes into an environment of its own, about 600 MB and a few minutes. What it does more than we do
for a scan: it returns the whole order position, knows questions, rules, add-ons and webhooks. What it does alike: one durable transaction with a
check-in and a line of a log, answered afterwards. Eight scanners, each sending as soon as it is answered; its rate hardly depends on how many.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from time import perf_counter
from uuid import uuid4

from benchmarks.bench import Bench, Measure
from benchmarks.machine import share_out_cores
from benchmarks.postgres import analyze, create_database, postgres
from benchmarks.servers import disk_folder, serving

SOURCE = Path(__file__).resolve().parent / "pretix_scene"
PACKAGES = ("pretix==2026.8.0", "gunicorn==27.0.1", "setuptools<81")
TICKETS, WARM_UP, SCANS, SCANNERS = 1200, 40, 150, 8
# Says its address as `serving` expects it, and then becomes the server.
START = 'echo "http://127.0.0.1:$1"; exec "$2" --workers 1 --bind "127.0.0.1:$1" --log-level error pretix.wsgi'
READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Pretix:
    """An installed pretix over a database with a scene: its server's command, and what a scanner has to know; each secret is used once."""

    command: list[str]
    token: str
    organizer: str
    list_id: int
    secrets: "SimpleQueue[str]"


@contextmanager
def installed() -> Iterator[Pretix]:
    """Install it, make its tables and a scene."""
    with disk_folder() as folder, postgres() as server:
        create_database(server, "pretix")
        python = folder / "venv" / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        subprocess.run([sys.executable, "-m", "uv", "pip", "install", "-q", "--python", python, *PACKAGES], check=True)
        (folder / "data").mkdir()
        config = folder / "pretix.cfg"
        config.write_text((SOURCE / "pretix.cfg").read_text().format(data=folder / "data", socket=server.query["host"]))
        known = os.environ | {"PRETIX_CONFIG_FILE": str(config)}
        subprocess.run([python, "-m", "pretix", "migrate"], env=known, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        made = subprocess.run([python, SOURCE / "scene.py", str(TICKETS)], env=known, check=True, stdout=subprocess.PIPE, text=True)
        analyze(server.set(database="pretix"))
        scene = json.loads(made.stdout.splitlines()[-1])
        secrets: SimpleQueue[str] = SimpleQueue()
        for secret in scene["secrets"]:
            secrets.put(secret)
        start = ["env", f"PRETIX_CONFIG_FILE={config}", "sh", "-c", START, "sh", str(_free_port()), str(python.parent / "gunicorn")]
        yield Pretix(start, scene["token"], scene["organizer"], scene["list"], secrets)


def measure(pretix: Pretix, scans: int, core: int) -> float:
    """Scans a second; raises RuntimeError where one is not taken."""
    with serving({}, core, pretix.command) as server, ThreadPoolExecutor(SCANNERS) as scanners:
        _wait_for(server.url)
        list(scanners.map(lambda _: _redeem(pretix, server.url), range(WARM_UP)))
        began = perf_counter()
        list(scanners.map(lambda _: _redeem(pretix, server.url), range(scans)))
        return scans / (perf_counter() - began)


def _redeem(pretix: Pretix, url: str) -> None:
    told = {"secret": pretix.secrets.get_nowait(), "lists": [pretix.list_id], "nonce": uuid4().hex, "questions_supported": True}
    headers = {"Authorization": f"Device {pretix.token}", "Content-Type": "application/json"}
    address = f"{url}/api/v1/organizers/{pretix.organizer}/checkinrpc/redeem/"
    with urllib.request.urlopen(urllib.request.Request(address, json.dumps(told).encode(), headers)) as answer:  # noqa: S310  # our own server
        status = json.loads(answer.read())["status"]
    if status != "ok":
        raise RuntimeError(f"a ticket was not taken: {status}")


def _wait_for(url: str) -> None:
    """Until it answers; the first request brings in what it needs."""
    ends = perf_counter() + READY_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{url}/healthcheck/").read()  # noqa: S310  # our own server
        except urllib.error.HTTPError:
            return
        except OSError:
            if perf_counter() > ends:
                raise
            time.sleep(0.2)
        else:
            return


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def figure(bench: Bench) -> Measure:
    """Its rate with eight scanners."""
    pretix = bench.keep(installed())
    return lambda: {"pretix.redeem": measure(pretix, SCANS // 2 if bench.is_quick else SCANS, bench.cores.server)}


def main() -> None:
    with ExitStack() as closing:
        print(f"{figure(Bench(share_out_cores(), False, closing))()['pretix.redeem']:.1f} redeem calls a second")


if __name__ == "__main__":
    main()
