"""pretix's redeem call, which its scanners make for each ticket: one worker on the core of the server, PostgreSQL and Valkey on that of the load.

    .venv/bin/python -m benchmarks.peers.pretix

Slow to install, so only when asked for: it comes into an environment of its own, about 600 MB and a few minutes, most of them its migrations. What
it does more than we do for a scan: it returns the whole order position, knows questions, rules, add-ons and webhooks. What it does alike: one durable
transaction with a check-in and a line of a log, answered afterwards. Eight scanners, each sending as soon as it is answered: its rate hardly
depends on how many, and what they wait for is the queue. The first scans, which bring in what it needs, are left out.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from time import perf_counter
from urllib.parse import urlsplit
from uuid import uuid4

from sqlalchemy import URL, create_engine, text

from benchmarks.bench import Bench, Measure, alone
from benchmarks.postgres import analyze, create_database, postgres
from benchmarks.readings import Run, percentile
from benchmarks.servers import disk_folder, serving
from cluster.programs import free_port, listens
from cluster.services import Valkey
from confsvc.drill.own_share import OwnShare

SOURCE = Path(__file__).resolve().parent / "pretix_scene"
TICKETS, WARM_UP, SCANS, SCANNERS = 6000, 60, 160, 8
# Says its address as `serving` expects it, and then becomes the server.
START = 'echo "http://127.0.0.1:$1"; exec "$2" --workers 1 --bind "127.0.0.1:$1" --log-level critical pretix.wsgi'
READY_SECONDS, LOOK_SECONDS = 60, 0.1
LAST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class Pretix:
    """An installed pretix over a database with a scene: its server's command, and what a scanner has to know; each secret is used once."""

    command: list[str]
    database: URL
    token: str
    organizer: str
    list_id: int
    secrets: "SimpleQueue[str]"


@contextmanager
def installed() -> Iterator[Pretix]:
    """Install it, make its tables and a scene."""
    with disk_folder() as folder, postgres() as server, _valkey(folder) as valkey:
        database = create_database(server, "pretix")
        python = folder / "venv" / "bin" / "python"
        _run(sys.executable, "-m", "venv", folder / "venv")
        _run(sys.executable, "-m", "uv", "pip", "install", "-q", "--python", python, "-r", SOURCE / "requirements.txt")
        (folder / "data").mkdir()
        config = folder / "pretix.cfg"
        config.write_text((SOURCE / "pretix.cfg").read_text().format(data=folder / "data", socket=server.query["host"], valkey=valkey))
        known = {"PRETIX_CONFIG_FILE": str(config)}
        _run(python, "-m", "pretix", "migrate", known=known)
        scene = json.loads(_run(python, SOURCE / "scene.py", str(TICKETS), known=known).splitlines()[-1])
        analyze(database)
        secrets: SimpleQueue[str] = SimpleQueue()
        for secret in scene["secrets"]:
            secrets.put(secret)
        start = ["env", f"PRETIX_CONFIG_FILE={config}", "sh", "-c", START, "sh", str(free_port()), str(python.parent / "gunicorn")]
        yield Pretix(start, database, scene["token"], scene["organizer"], scene["list"], secrets)


@contextmanager
def _valkey(folder: Path) -> Iterator[str]:
    """Where its cache and the queue of its tasks are, as it recommends; its address."""
    valkey = Valkey(folder / "valkey", folder)
    valkey.start()
    try:
        yield valkey.url
    finally:
        valkey.stop()


def _run(*command: str | Path, known: Mapping[str, str] | None = None) -> str:
    """What it printed; raises RuntimeError with its last words where it fails."""
    done = subprocess.run(command, env=os.environ | (known or {}), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-LAST_WORDS:]}")
    return done.stdout


def measure(pretix: Pretix, scans: int, core: int) -> Run:
    """Scans a second, and the milliseconds a scanner waits; raises RuntimeError where one is not taken, or is not in the database afterwards."""
    with serving({}, core, pretix.command) as server, ThreadPoolExecutor(SCANNERS) as scanners:
        _wait_for(server.url)
        list(scanners.map(lambda _: _redeem(pretix, server.url), range(WARM_UP)))
        kept, began, own = _kept(pretix), perf_counter(), OwnShare()
        waits = list(scanners.map(lambda _: _redeem(pretix, server.url), range(scans)))
        rate, share = scans / (perf_counter() - began), own.mean
        if _kept(pretix) - kept != scans:
            raise RuntimeError(f"{scans} tickets were taken, {_kept(pretix) - kept} of them are in the database")
        return {"pretix.redeem": rate, "pretix.redeem_p50": percentile(waits, 0.5), "pretix.redeem_p99": percentile(waits, 0.99), "load.share": share}


def _redeem(pretix: Pretix, url: str) -> float:
    """Take one more ticket; the milliseconds until that was answered."""
    try:
        secret = pretix.secrets.get_nowait()
    except Empty:
        raise RuntimeError(f"all {TICKETS} tickets are taken") from None
    told = {"secret": secret, "lists": [pretix.list_id], "nonce": uuid4().hex, "questions_supported": True}
    headers = {"Authorization": f"Device {pretix.token}", "Content-Type": "application/json"}
    address = f"{url}/api/v1/organizers/{pretix.organizer}/checkinrpc/redeem/"
    began = perf_counter()
    with urllib.request.urlopen(urllib.request.Request(address, json.dumps(told).encode(), headers)) as answer:  # noqa: S310  # our own server
        said = answer.read()
    took = (perf_counter() - began) * 1000
    status = json.loads(said)["status"]
    if status != "ok":
        raise RuntimeError(f"a ticket was not taken: {status}")
    return took


def _kept(pretix: Pretix) -> int:
    """The check-ins in the database."""
    engine = create_engine(pretix.database)
    with engine.connect() as connection:
        found: int = connection.execute(text("SELECT count(*) FROM pretixbase_checkin WHERE successful")).scalar_one()
    engine.dispose()
    return found


def _wait_for(url: str) -> None:
    """Until its port is open: requests then wait until it can answer."""
    ends = perf_counter() + READY_SECONDS
    while not listens(urlsplit(url).port or 0):
        if perf_counter() > ends:
            raise RuntimeError("pretix does not listen")
        time.sleep(LOOK_SECONDS)


def figure(bench: Bench) -> Measure:
    """Its rate with eight scanners."""
    pretix = bench.keep(installed())
    return lambda: measure(pretix, SCANS // 2 if bench.is_quick else SCANS, bench.cores.server)


def main() -> None:
    with alone() as bench:
        for key, value in figure(bench)().items():
            print(f"{key}: {value:,.2f}")


if __name__ == "__main__":
    main()
