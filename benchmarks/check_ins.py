"""Durable check-ins a second, and how long a desk waits for its ack, while every desk sends as fast as it is answered.

    .venv/bin/python -m benchmarks.check_ins [--desks 50] [--boards 100] [--seconds 8] [--database sqlite|postgres] [--profile FILE]

The path that users run: `confsvc serve` in a process of its own over a conference that is running, desks with the cookies of paired
devices, passes as QR codes hold them, viewers of the public board. Server on one core, load and PostgreSQL on another one. Afterwards every ack is
held against the log: each acknowledged check-in stands there once. With `--profile`, py-spy (if it is installed) watches the server.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from sqlalchemy import URL, create_engine, text

from benchmarks.bench import Bench, Measure
from benchmarks.load import BusyDesk, Crowd, connect_boards, connect_desks, wire_to
from benchmarks.machine import share_out_cores
from benchmarks.preparation import Size
from benchmarks.readings import Run, percentile
from benchmarks.servers import SERVE, Server, profiled, serving, two_cores
from benchmarks.stores import STORES, Copy, Store
from confsvc.drill.own_share import OwnShare
from confsvc.drill.wire import Wire

WARM_UP_SECONDS = 1.5
# Nobody may run out of people: more than any server has done a second, and halls fill at different paces.
MOST_A_SECOND, UNEVEN = 5000, 1.25
LAST_WORD_SECONDS = 15
FOLLOW_SECONDS = 10
LINES = text(
    "SELECT count(*), count(DISTINCT client_ref), count(DISTINCT recorded_at), count(DISTINCT delegate_id) FROM attendance_events"
    " WHERE conference_id = :conference_id AND kind = 'check_in' AND verdict = 'accepted'"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """How many desks send and boards watch, for how long after the warm-up."""

    desks: int = 50
    boards: int = 100
    seconds: float = 8

    @property
    def size(self) -> Size:
        people = MOST_A_SECOND * UNEVEN * (self.seconds + WARM_UP_SECONDS) / self.desks
        return Size(self.desks, round(people) + 1)


@dataclass(frozen=True, slots=True)
class Saturation:
    """What one run has shown; times in milliseconds, shares in cores.

    `batch`: check-ins in one commit. `frames`: board frames in a second. `lag`: from the last ack until the last board knew of it.
    `wire_wait`: the longest that something which had come waited for the load's program.
    """

    rate: float
    p50: float
    p99: float
    worst: float
    frames: float
    lag: float
    server_share: float
    load_share: float
    wire_wait: float
    batch: float = 0.0


FIFTY = Shape()
THOUSAND = Shape(desks=500, boards=1000)
DATABASES = ("sqlite", "postgres")


def figure(bench: Bench) -> Measure:
    """50 desks and 100 boards, on both databases."""
    return _measure_each(bench, FIFTY, DATABASES, "check_ins")


def wide_figure(bench: Bench) -> Measure:
    """500 desks and 1,000 boards."""
    return _measure_each(bench, THOUSAND, DATABASES[:1], "wide")


def shortened(bench: Bench, shape: Shape) -> Shape:
    """As it is, or half as long where a hint is enough."""
    return replace(shape, seconds=shape.seconds / 2) if bench.is_quick else shape


def _measure_each(bench: Bench, shape: Shape, databases: Sequence[str], name: str) -> Measure:
    shape = shortened(bench, shape)
    stores = {database: bench.store(database, shape.size) for database in databases}

    def take() -> Run:
        found: dict[str, float] = {}
        for database, store in stores.items():
            one = measure(store, shape, bench.cores.server)
            key = f"{name}.{database}"
            found |= {key: one.rate, f"{key}_p50": one.p50, f"{key}_p99": one.p99, f"{key}_batch": one.batch, f"{key}_lag": one.lag}
            found |= {f"{key}_frames": one.frames, f"{key}_load": one.load_share, "load.share": max(found.get("load.share", 0), one.load_share)}
        return found

    return take


def measure(store: Store, shape: Shape, core: int, *, command: Callable[[Copy], Sequence[str]] = lambda _: SERVE, profile: Path | None = None) -> Saturation:
    """One run over a fresh copy of the store; raises RuntimeError where an ack and the log do not agree."""
    with store.fresh() as copy, serving(copy.settings, core, command(copy)) as server, wire_to(server.url) as wire:
        desks = [BusyDesk(paired) for paired in store.prepared.desks[: shape.desks]]
        connect_desks(wire, store.prepared.desks[: shape.desks], desks)
        boards = connect_boards(wire, store.prepared, shape.boards)
        found = _saturate(wire, server, desks, boards, shape, profile)
        return replace(found, batch=_hold_against_log(copy.database, store.prepared.conference_id, desks))


def _saturate(wire: Wire, server: Server, desks: Sequence[BusyDesk], boards: Crowd, shape: Shape, profile: Path | None) -> Saturation:
    for desk in desks:
        desk.begin()
    wire.run_until(lambda: False, WARM_UP_SECONDS)
    for desk in desks:
        desk.waits.clear()
    frames, cpu, wire.longest_turn = boards.frames, server.process.cpu_seconds(), 0.0
    began, own = perf_counter(), OwnShare()
    with profiled(server, profile, shape.seconds):
        wire.run_until(lambda: any(desk.is_through for desk in desks), shape.seconds)
        took, load_share, waits = perf_counter() - began, own.mean, [wait * 1000 for desk in desks for wait in desk.waits]
        server_share = (server.process.cpu_seconds() - cpu) / took
        frames = boards.frames - frames
        if any(desk.is_through for desk in desks):
            raise RuntimeError(f"a hall ran out of people after {took:.1f} s")
        if not waits:
            raise RuntimeError("no check-in was answered")
    lag = _end(wire, desks, boards)
    rate, board_seconds = len(waits) / took, max(boards.open, 1) * took
    return Saturation(
        rate, percentile(waits, 0.5), percentile(waits, 0.99), max(waits), frames / board_seconds, lag, server_share, load_share, wire.longest_turn * 1000
    )


def _end(wire: Wire, desks: Sequence[BusyDesk], boards: Crowd) -> float:
    """Let every desk have its last answer, and every board hear of it; milliseconds between the two. Raises RuntimeError where it does not come."""
    for desk in desks:
        desk.is_at_work = False
    if not wire.run_until(lambda: not any(desk.line and desk.line.unanswered for desk in desks), LAST_WORD_SECONDS):
        raise RuntimeError("an ack did not come")
    wrong = [ack for desk in desks for ack in desk.wrong]
    if wrong or any(desk.ended for desk in desks):
        raise RuntimeError(f"{len(wrong)} check-ins were not accepted: {wrong[:1]}; {[desk.ended for desk in desks if desk.ended][:1]}")
    ended, revision = perf_counter(), sum(desk.answered for desk in desks)
    if not wire.run_until(lambda: boards.all_have(revision), FOLLOW_SECONDS):
        raise RuntimeError(f"a board did not follow: {boards.arrived} of {boards.open} have {boards.revision}, the log is at {revision}")
    return max(0.0, (boards.heard_at - ended) * 1000)


def _hold_against_log(database: URL, conference_id: int, desks: Sequence[BusyDesk]) -> float:
    """How many check-ins went into one commit, which has one `recorded_at`; raises RuntimeError where one was lost or doubled."""
    engine = create_engine(database)
    with engine.connect() as connection:
        lines, refs, commits, people = connection.execute(LINES, {"conference_id": conference_id}).one()
    engine.dispose()
    answered = sum(desk.answered for desk in desks)
    if not lines == refs == people == answered:
        raise RuntimeError(f"{answered} check-ins were acknowledged, the log has {lines} of {people} people")
    return answered / float(commits)


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--desks", type=int, default=50)
    given.add_argument("--boards", type=int, default=100)
    given.add_argument("--seconds", type=float, default=8)
    given.add_argument("--runs", type=int, default=1)
    given.add_argument("--database", choices=sorted(STORES), default="sqlite")
    given.add_argument("--profile", type=Path, help="where py-spy writes: .svg (flames), .json (speedscope), else lines of stacks")
    options = given.parse_args()
    cores, shape = share_out_cores(), Shape(options.desks, options.boards, options.seconds)
    print(f"{options.database}, {shape.desks} desks, {shape.boards} boards, {shape.seconds:g} s; {two_cores(cores)}", flush=True)
    with STORES[options.database](shape.size) as store:
        for _run in range(options.runs):
            print(told(measure(store, shape, cores.server, profile=options.profile)), flush=True)


def told(found: Saturation) -> str:
    """One line for a terminal."""
    acks = f"ack p50 {found.p50:.1f}, p99 {found.p99:.1f}, worst {found.worst:.0f} ms; {found.batch:.1f} a commit"
    boards = f"boards {found.frames:.1f} frames/s, {found.lag:.0f} ms behind the last ack"
    shares = f"server {found.server_share:.0%}, load {found.load_share:.0%} of a core (longest turn {found.wire_wait:.0f} ms)"
    return f"{found.rate:,.0f} check-ins/s; {acks}; {boards}; {shares}"


if __name__ == "__main__":
    main()
