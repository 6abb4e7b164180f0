"""Node's Socket.IO under the same load: one message to many, and acks that say nothing.

    .venv/bin/python -m benchmarks.peers.node

The package is installed into a scratch folder as it is; `node_socketio/server.mjs` is all there is of ours. It is told what a board is
told by the product, in as many bytes, and does nothing else: no database, no rules.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter

from benchmarks.bench import Bench, Measure
from benchmarks.fan_out import CHANGES, WARM_UP, Spread, change_all, spread_of
from benchmarks.load import BusyDesk, QuietDesk, connect_boards, connect_desks, wire_to
from benchmarks.machine import allow_many_sockets, share_out_cores
from benchmarks.preparation import PairedDesk, Prepared
from benchmarks.readings import Run
from benchmarks.servers import Server, disk_folder, serving

SOURCE = Path(__file__).resolve().parent / "node_socketio"
DESKS, SECONDS = 50, 4.0
# It gathers nothing, so there is nothing to wait for but that all have had the one before.
PAUSE_SECONDS = 0.25
COUNTS = (
    *("summoned", "named", "vacant", "present", "away", "not_yet", "excused"),
    *("visiting", "walk_ins", "online", "substitutes", "late", "headcount", "in_hall"),
)
NOBODY = Prepared(0, 0, "", ())


@contextmanager
def installed() -> Iterator[Path]:
    """A folder with the script and its package."""
    with disk_folder() as folder:
        shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
        npm = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
        subprocess.run(npm, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"NODE_USE_SYSTEM_CA": "1"})
        yield folder


@contextmanager
def node_server(folder: Path, core: int) -> Iterator[Server]:
    node = shutil.which("node")
    if node is None:
        raise RuntimeError("node is not on PATH; ./dev bench brings it")
    with serving({}, core, [node, str(folder / "server.mjs")]) as server:
        yield server


def frame(revision: int) -> str:
    """What boards are told of one change: a total and the one site that changed."""
    counts = dict.fromkeys(COUNTS, revision)
    site = {"id": 1, "name": "Điểm cầu 1", "kind": "main", "desks": 1}
    now = "2026-11-23T08:00:00.000Z"
    told = {"now": now, "previous": revision - 1, "revision": revision, "total": counts, "sites": [counts | site], "missing": None, "asking": None}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def measure_fan_out(folder: Path, boards: int, changes: int, core: int) -> Spread:
    """So many messages to so many boards."""
    with node_server(folder, core) as server, wire_to(server.url) as wire:
        desk = QuietDesk()
        connect_desks(wire, [PairedDesk("", ())], [desk])
        crowd = connect_boards(wire, NOBODY, boards)

        def tell(revision: int) -> None:
            if desk.line is None:
                raise RuntimeError(desk.ended)
            desk.line.emit("tell", frame(revision))

        return spread_of([change_all(wire, crowd, number, partial(tell, number), PAUSE_SECONDS) for number in range(1, WARM_UP + changes + 1)][WARM_UP:])


def measure_acks(folder: Path, core: int, seconds: float) -> float:
    """Acks a second, 50 clients that send as soon as they are answered."""
    paired = [PairedDesk("", ("x" * 136,) * 200_000)] * DESKS
    with node_server(folder, core) as server, wire_to(server.url) as wire:
        desks = [BusyDesk(one) for one in paired]
        connect_desks(wire, paired, desks)
        for desk in desks:
            desk.begin()
        wire.run_until(lambda: False, 1)
        before, began = sum(desk.answered for desk in desks), perf_counter()
        wire.run_until(lambda: False, seconds)
        return (sum(desk.answered for desk in desks) - before) / (perf_counter() - began)


def figure(bench: Bench) -> Measure:
    """One message to 1,000 and 5,000; empty acks of 50."""
    folder = bench.keep(installed())

    def take() -> Run:
        found: dict[str, float] = {}
        for boards, changes in CHANGES.items():
            spread = measure_fan_out(folder, boards, changes // 2 if bench.is_quick else changes, bench.cores.server)
            found |= {f"node.{boards}": spread.p99, f"node.{boards}_p50": spread.p50, f"node.{boards}_load": spread.load_share}
        return found | {"node.acks": measure_acks(folder, bench.cores.server, SECONDS / 2 if bench.is_quick else SECONDS)}

    return take


def main() -> None:
    allow_many_sockets()
    with ExitStack() as closing:
        for key, value in figure(Bench(share_out_cores(), False, closing))().items():
            print(f"{key}: {value:,.2f}")


if __name__ == "__main__":
    main()
