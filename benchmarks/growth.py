"""What grows with the sites, the desks, the boards and the delegates of a conference: memory and time at 10, 100, 1,000 and 10,000 of each.

    .venv/bin/python -m benchmarks.growth [most]

Everything else is held: ten halls, one desk, no board, forty people a hall. Times are those of one client on an idle server, the median of
several; of desks and boards they are taken while all are connected. A change has come to all boards when the last of them has it, all of which one
program reads, on a core of its own; beside that stands what it took of the server's. Drawn as docs/pictures/growth-*.svg, both axes by powers of
ten: what grows linearly rises by one step a step, what does not grow stays level.
"""

import statistics
import sys
import urllib.request
from collections.abc import Callable
from time import perf_counter

from benchmarks.bench import Bench, Measure, alone
from benchmarks.fan_out import MOST_REST_SECONDS, change_all, pause_after
from benchmarks.growth_report import Growth, keep_growth, steepest
from benchmarks.load import BusyDesk, Crowd, QuietDesk, connect_boards, connect_desks, wire_to
from benchmarks.organiser_pages import sign_in
from benchmarks.preparation import EMAIL, PASSWORD, PairedDesk, Size
from benchmarks.readings import Run, shown
from benchmarks.servers import Server, serving
from benchmarks.stores import Store
from confsvc.drill.desks import BOARD, is_ok
from confsvc.drill.wire import Connection, Wire

COUNTS = (10, 100, 1000, 10_000)
HALLS = 10
SCANS = TIMES = 9
# Pages of lists and plans beside those that are measured by themselves.
OTHER_PAGES = ("", "/agenda", "/sites/new", "/mandates", "/delegates/new", "/missing", "/registrations", "/desks", "/attendance", "/paper")
CHANGES = 5
ANSWER_SECONDS = 60
SETTLE_SECONDS = 1.5


def sites(bench: Bench, count: int) -> Run:
    """A conference of so many sites with one person each."""
    store = bench.store("sqlite", Size(count, people=1))
    return {"made s": store.made_in, **_over(bench, store, _pages_and_answers)}


def delegates(bench: Bench, count: int) -> Run:
    """A conference of ten halls with so many people in all."""
    store = bench.store("sqlite", Size(HALLS, people=count // HALLS))
    return {"made s": store.made_in, **_over(bench, store, _pages_and_answers)}


def desks(bench: Bench, count: int) -> Run:
    """So many connected desks, each of a hall of its own; one of them scans."""

    def take(server: Server, wire: Wire, store: Store) -> Run:
        connect_desks(wire, store.prepared.desks[1:count], [QuietDesk() for _ in range(count - 1)])
        return _memory_and_answers(server, wire, store)

    return _over(bench, bench.store("sqlite", Size(count, people=1)), take)


def boards(bench: Bench, count: int) -> Run:
    """So many viewers of one public board."""

    def take(server: Server, wire: Wire, store: Store) -> Run:
        crowd = connect_boards(wire, store.prepared, count - 1)
        found = _memory_and_answers(server, wire, store)
        return {**found, **_spread(server, wire, store, crowd)}

    return _over(bench, bench.store("sqlite", Size(HALLS)), take)


DIMENSIONS: dict[str, Callable[[Bench, int], Run]] = {"sites": sites, "desks": desks, "boards": boards, "delegates": delegates}


def _over(bench: Bench, store: Store, take: Callable[[Server, Wire, Store], Run]) -> Run:
    with store.fresh() as copy, serving(copy.settings, bench.cores.server) as server, wire_to(server.url) as wire:
        return take(server, wire, store)


def _pages_and_answers(server: Server, wire: Wire, store: Store) -> Run:
    """What an organiser and a desk wait for, with hardly anybody connected."""
    found = dict(_memory_and_answers(server, wire, store))
    browser = sign_in(server.url, EMAIL, PASSWORD)
    place = f"{server.url}/conferences/{store.prepared.conference_id}"
    for page in ("sites", "delegates", "board"):
        found[f"page of {page} ms"] = _median_ms(lambda page=page: browser.open(f"{place}/{page}").read())  # type: ignore[misc]  # called at once
    found["slowest other page ms"] = max(_median_ms(lambda page=page: browser.open(place + page).read()) for page in OTHER_PAGES)  # type: ignore[misc]  # as above
    desk = QuietDesk()
    connect_desks(wire, store.prepared.desks[:1], [desk])
    found["a desk's whole roster ms"] = _median_ms(lambda: _ask(wire, desk.line, '{"since":null}'))
    found["a desk's return ms"] = _median_ms(lambda: _ask(wire, desk.line, f'{{"since":{SCANS}}}'))
    return found


def _memory_and_answers(server: Server, wire: Wire, store: Store) -> Run:
    """The memory of the server, the scans of one desk, and the snapshot of a board."""
    urllib.request.urlopen(f"{server.url}/healthz").read()  # noqa: S310  # our own server
    wire.run_until(lambda: False, SETTLE_SECONDS)
    memory = server.process.resident_kib() / 1024
    desk = _visited_desk(wire, store, 0, SCANS)
    desk.begin()
    wire.run_until(lambda: desk.answered == SCANS, ANSWER_SECONDS)
    if desk.wrong or desk.answered < SCANS:
        raise RuntimeError(f"a scan was not accepted: {desk.wrong}")
    viewer = QuietDesk()
    wire.open(BOARD, viewer, auth={"token": store.prepared.board_token})
    wire.run_until(lambda: viewer.is_open, ANSWER_SECONDS)
    scan = statistics.median(desk.waits) * 1000
    return {"memory MiB": memory, "one scan ms": scan, "a board's snapshot ms": _median_ms(lambda: _ask(wire, viewer.line, "{}"))}


def _visited_desk(wire: Wire, store: Store, start: int, stop: int) -> BusyDesk:
    """The first desk, connected, where one person of each of these halls has come: also a hall of one person has enough of them."""
    first = store.prepared.desks[0]
    desk = BusyDesk(PairedDesk(first.token, tuple(other.codes[-1] for other in store.prepared.desks[start:stop])))
    connect_desks(wire, [first], [desk])
    return desk


def _spread(server: Server, wire: Wire, store: Store, crowd: Crowd) -> Run:
    """How long viewers wait for a scan until every board has it, what that takes of the server's processor, and the wait for one that comes right after."""
    first = store.prepared.desks[0]
    desk = BusyDesk(PairedDesk(first.token, first.codes[: 2 * CHANGES]))
    connect_desks(wire, [first], [desk])
    # The board has been told that the desk came.
    pause, each, after, costs = MOST_REST_SECONDS, [], [], []
    for revision in range(SCANS + 1, SCANS + 2 * CHANGES, 2):
        wire.run_until(lambda: False, pause)
        before = server.process.cpu_seconds()
        each.append(change_all(wire, crowd, revision, desk.scan, pause=0)[0])
        costs.append((server.process.cpu_seconds() - before) * 1000)
        after.append(change_all(wire, crowd, revision + 1, desk.scan, pause=0)[0])
        pause = pause_after(each[-1])
    found = {"": each, ", the server's processor": costs, ", right after another": after}
    return {f"one change to all{what} ms": statistics.median(values) for what, values in found.items()}


def _ask(wire: Wire, line: Connection | None, payload: str) -> None:
    """Send a `sync` and wait for its ack."""
    answers: list[bytes] = []
    if line is None:
        raise RuntimeError("the line is gone")
    line.emit("sync", payload, answers.append)
    if not wire.run_until(lambda: bool(answers), ANSWER_SECONDS) or not is_ok(answers[0]):
        raise RuntimeError(f"a sync was not answered: {answers[:1]}")


def _median_ms(call: Callable[[], object]) -> float:
    times = []
    for _ in range(TIMES):
        began = perf_counter()
        call()
        times.append((perf_counter() - began) * 1000)
    return statistics.median(times)


def take_growth(bench: Bench, most: int) -> Growth:
    """Every dimension at every count up to `most`."""
    found: Growth = {}
    for dimension, measure in DIMENSIONS.items():
        for count in (count for count in COUNTS if count <= most):
            found.setdefault(dimension, {})[count] = taken = measure(bench, count)
            print(f"{dimension} {count:,}: {', '.join(f'{name} {shown(value)}' for name, value in taken.items())}", flush=True)
    return found


def figure(bench: Bench) -> Measure:
    """Taken once however many runs there are: it is about how figures relate, within minutes of one another."""

    def take() -> Run:
        found = take_growth(bench, COUNTS[-2] if bench.is_quick else COUNTS[-1])
        if not bench.is_quick:
            keep_growth(found)
        return {"growth.power": steepest(found)[0]}

    return take


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else COUNTS[-1]
    with alone() as bench:
        keep_growth(take_growth(bench, most))


if __name__ == "__main__":
    main()
