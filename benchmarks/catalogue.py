"""Every figure that is measured: its key in the files of results, what it is called in the table, its unit and its goal."""

from dataclasses import dataclass

from benchmarks.readings import Goal


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the table: `ratio_of` names the two figures whose ratio, taken in each run, this is."""

    key: str
    title: str
    unit: str = ""
    goal: Goal | None = None
    ratio_of: tuple[str, str] | None = None


def _at_least(bound: float) -> Goal:
    return Goal(bound, at_least=True)


def _at_most(bound: float) -> Goal:
    return Goal(bound, at_least=False)


def _times(above: str, below: str, title: str, least: float | None = None) -> Entry:
    goal = None if least is None else _at_least(least)
    return Entry(f"{above} / {below}", title, "×", goal, (above, below))


FIFTY = "50 desks + 100 boards, saturated"
THOUSAND = "500 desks + 1,000 boards, saturated"
ENTRIES = (
    Entry("check_ins.sqlite", f"durable check-ins, SQLite FULL, {FIFTY}", "/s", _at_least(2500)),
    _times("check_ins.sqlite", "naive.sqlite", "… against the naive handler", 12),
    _times("check_ins.sqlite", "commits.sqlite_one", "… against one row a commit, raw", 1.2),
    _times("check_ins.sqlite", "commits.sqlite_batch", "… against 50 rows a commit, raw"),
    Entry("check_ins.sqlite_p99", "… ack p99", "ms", _at_most(50)),
    Entry("check_ins.sqlite_batch", "… check-ins in one commit"),
    Entry("check_ins.sqlite_lag", "… last board behind the last ack", "ms"),
    Entry("check_ins.postgres", f"durable check-ins, PostgreSQL, {FIFTY}", "/s", _at_least(1800)),
    _times("check_ins.postgres", "naive.postgres", "… against the naive handler"),
    _times("check_ins.postgres", "commits.postgres_one", "… against one row a commit, raw"),
    _times("check_ins.postgres", "commits.postgres_batch", "… against 50 rows a commit, raw"),
    _times("check_ins.postgres", "pretix.redeem", "… against pretix's redeem call", 100),
    Entry("check_ins.postgres_p99", "… ack p99", "ms", _at_most(50)),
    Entry("wide.sqlite", f"durable check-ins, SQLite FULL, {THOUSAND}", "/s"),
    Entry("wide.sqlite_p99", "… ack p99", "ms", _at_most(400)),
    _times("wide.sqlite", "check_ins.sqlite", "… against 50 desks + 100 boards", 0.8),
    Entry("fan_out.1000", "one change to 1,000 boards, p99 until all have it", "ms", _at_most(40)),
    _times("node.1000", "fan_out.1000", "… Node's Socket.IO takes so many times as long"),
    Entry("fan_out.5000", "one change to 5,000 boards, p99 until all have it", "ms", _at_most(120)),
    _times("node.5000", "fan_out.5000", "… Node's Socket.IO takes so many times as long"),
    Entry("memory.worker", "memory of one idle worker", "MiB", _at_most(120)),
    Entry("memory.desk", "memory of one idle desk", "KiB", _at_most(64)),
    Entry("reconnects.seconds", "5,000 desks come back at once, all in", "s", _at_most(8)),
    Entry("reconnects.caught_up", "… each has asked for what it missed", "s"),
    Entry("reconnects.in_vain", "… attempts that were turned away, cut off or not answered, and made anew", "", _at_most(0)),
    Entry("reconnects.lost", "… lost for two minutes", "", _at_most(0)),
    Entry("comings.rounds", "5,000 desks come and go, times"),
    Entry("comings.grown", "… memory grown after the tenth time", "MiB", _at_most(16)),
    Entry("comings.resident", "… most memory while nobody is connected", "MiB"),
    Entry("pages.p95", "the slowest of the organiser's pages, 125 sites and 10,000 delegates, p95", "ms", _at_most(150)),
    Entry("growth.power", "what grows most with sites, desks, boards or delegates, as a power of their number", "", _at_most(1.2)),
    Entry("naive.sqlite", f"naive handler (ORM, emit per scan), SQLite FULL, {FIFTY}", "/s"),
    Entry("naive.sqlite_p99", "… ack p99", "ms"),
    Entry("naive.postgres", f"naive handler, PostgreSQL, {FIFTY}", "/s"),
    Entry("commits.sqlite_one", "raw sqlite3, the same transaction, one check-in a commit", "/s"),
    Entry("commits.sqlite_batch", "raw sqlite3, 50 check-ins a commit", "/s"),
    Entry("commits.postgres_one", "raw psycopg, the same transaction, one check-in a commit", "/s"),
    Entry("commits.postgres_batch", "raw psycopg, 50 check-ins a commit", "/s"),
    Entry("node.1000", "Node's Socket.IO: one message to 1,000, p99 until all have it", "ms"),
    Entry("node.5000", "Node's Socket.IO: one message to 5,000, p99 until all have it", "ms"),
    Entry("node.acks", "Node's Socket.IO: empty acks, 50 clients, no database", "/s"),
    Entry("pretix.redeem", "pretix: redeem calls, one worker, PostgreSQL, 8 scanners", "/s"),
    Entry("pretix.redeem_p99", "… answer p99", "ms"),
    Entry("load.share", "the load's own program, most of its core in any of these", "", _at_most(0.9)),
)
BY_KEY = {entry.key: entry for entry in ENTRIES}
