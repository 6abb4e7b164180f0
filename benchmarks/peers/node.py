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
from pathlib import Path
from time import perf_counter

from benchmarks.bench import Bench, Measure
from benchmarks.fan_out import ARRIVE_SECONDS, CHANGES
from benchmarks.load import BusyDesk, Crowd, connect_boards, connect_desks, wire_to
from benchmarks.machine import allow_many_sockets, share_out_cores
from benchmarks.preparation import PairedDesk, Prepared
from benchmarks.readings import Run, percentile
from benchmarks.servers import Server, disk_folder, serving
from confsvc.drill.own_share import OwnShare
from confsvc.drill.wire import Wire

SOURCE = Path(__file__).resolve().parent / "node_socketio"
DESKS, SECONDS = 50, 4.0
PAUSE_SECONDS = 0.25
WARM_UP = 3
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


def measure_fan_out(folder: Path, boards: int, changes: int, core: int) -> tuple[float, float]:
    """Milliseconds from the message until all boards have it, at p99; the load's busiest share of a core."""
    with node_server(folder, core) as server, wire_to(server.url) as wire:
        desk = BusyDesk(PairedDesk("", ()))
        connect_desks(wire, [PairedDesk("", ())], [desk])
        crowd, own = connect_boards(wire, NOBODY, boards), OwnShare()
        times = [_tell(wire, desk, crowd, number, own) for number in range(1, WARM_UP + changes + 1)][WARM_UP:]
        return percentile(times, 0.99), own.busiest


def _tell(wire: Wire, desk: BusyDesk, boards: Crowd, revision: int, own: OwnShare) -> float:
    wire.run_until(lambda: False, PAUSE_SECONDS)
    own.mark()
    began = perf_counter()
    assert desk.line  # noqa: S101  # it was connected
    desk.line.emit("tell", frame(revision))
    if not wire.run_until(lambda: boards.all_have(revision), ARRIVE_SECONDS):
        raise RuntimeError("a board did not hear of a change")
    own.mark()
    return (boards.heard_at - began) * 1000


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
            p99, share = measure_fan_out(folder, boards, changes // 2 if bench.is_quick else changes, bench.cores.server)
            found |= {f"node.{boards}": p99, f"node.{boards}_load": share}
        return found | {"node.acks": measure_acks(folder, bench.cores.server, SECONDS / 2 if bench.is_quick else SECONDS)}

    return take


def main() -> None:
    allow_many_sockets()
    with ExitStack() as closing:
        for key, value in figure(Bench(share_out_cores(), False, closing))().items():
            print(f"{key}: {value:,.2f}")


if __name__ == "__main__":
    main()
