"""The command `confsvc drill`: prepare a country, play its morning against a running server, report, and take it away again."""

import resource
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from confsvc.drill.count import count
from confsvc.drill.morning import Company, Morning, NotReady
from confsvc.drill.plan import Plan, Wishes, read_plan
from confsvc.drill.preparation import Begin, prepare
from confsvc.drill.removal import NotADrill, drills, remove, require_drill
from confsvc.drill.report import write_report
from confsvc.drill.result import Result, conclude
from confsvc.drill.wire import Wire

FAILED, COULD_NOT = 1, 2
# Files that are open besides the lines, and lines that overlap while desks take turns.
SPARE_FILES = 1000
# What goes out from one own address to one server; on this machine every address of 127.0.0.0/8 is an own one.
LINES_FROM_AN_ADDRESS = 20_000
LOOPBACK = "127."


@dataclass(frozen=True, slots=True)
class Units:
    """Units of work over the server's database, to change something and to look."""

    write: Begin
    read: Begin


class CouldNot(click.ClickException):
    """The drill did not come about."""

    exit_code = COULD_NOT


class Tenths:
    """Progress, said at each tenth."""

    def __init__(self) -> None:
        self._said = ("", -1)

    def __call__(self, what: str, done: int, whole: int) -> None:
        now = (what, 10 * done // max(whole, 1))
        if now != self._said:
            self._said = now
            click.echo(f"{what}: {done:,} of {whole:,}", err=True)


def drill_group(open_units: Callable[[], Units]) -> click.Group:
    """The command; `open_units` brings the database up to date and gives a way to it."""

    @click.group("drill", invoke_without_command=True)
    @click.option("--url", default="http://127.0.0.1:8000", show_default=True, help="Where the server, or the nginx before the cluster, answers.")
    @click.option("--conference", "conference_id", type=int, help="One that `prepare` made; without it one is made first.")
    @click.option("--sites", default=370, show_default=True, help="As for `prepare`.")
    @click.option("--people", default=15_000, show_default=True, help="As for `prepare`.")
    @click.option("--minutes", default=3.0, show_default=True, help="From the first arrival to the last, in life.")
    @click.option("--speed", default=1.0, show_default=True, help="How many times as fast as life it is played.")
    @click.option("--connected", default=500, show_default=True, help="Desks on the line at a time; of more sites the desks take turns.")
    @click.option("--offline", default=0.05, show_default=True, help="Share of the desks that have no line at first, and return all at once.")
    @click.option("--boards", default=100, show_default=True, help="Boards that watch.")
    @click.option("--sleeping-boards", default=20, show_default=True, help="Boards that have stopped to read.")
    @click.option("--seed", default=1, show_default=True, help="The same number, the same morning.")
    @click.option("--pid", "pids", type=int, multiple=True, help="A process of the server whose memory is watched; may be given several times.")
    @click.option("--report", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path("drill"), show_default=True, help="Where it is written.")
    @click.option("--remove", "remove_after", is_flag=True, help="Take the conference away again afterwards, if it was made for this run.")
    @click.pass_context
    def drill(
        context: click.Context,
        url: str,
        conference_id: int | None,
        sites: int,
        people: int,
        minutes: float,
        speed: float,
        connected: int,
        offline: float,
        boards: int,
        sleeping_boards: int,
        seed: int,
        pids: tuple[int, ...],
        folder: Path,
        remove_after: bool,
    ) -> None:
        """Play the morning of a national conference against a running server, and report.

        It needs the settings of that server (its database and secret key), and people come whether the server keeps up or not.
        Exit status: 0 passed, 1 failed, 2 it did not come about.
        """
        if context.invoked_subcommand:
            return
        wishes = Wishes(minutes, speed, connected, offline, seed)
        company = Company(boards, sleeping_boards, pids)
        units = open_units()
        made = conference_id is None
        chosen = _prepare(units, sites, people) if conference_id is None else conference_id
        result = _play(units, url, chosen, wishes, company)
        for path in write_report(result, folder):
            click.echo(path)
        if made and remove_after:
            remove(units.write, chosen, Tenths())
        for failure in result.failures:
            click.echo(f"Failed: {failure}.", err=True)
        sys.exit(0 if result.passed else FAILED)

    _add_commands(drill, open_units)
    return drill


def _add_commands(drill: click.Group, open_units: Callable[[], Units]) -> None:
    """What is done before and after."""

    @drill.command("prepare")
    @click.option("--sites", default=370, show_default=True, help="Halls: the main one, up to 34 provinces', and communes'.")
    @click.option("--people", default=15_000, show_default=True, help="Who is expected in all of them.")
    def prepare_command(sites: int, people: int) -> None:
        """Make a conference for drills, and print its number."""
        click.echo(_prepare(open_units(), sites, people))

    @drill.command("list")
    def list_command() -> None:
        """Print every conference that was made for drills."""
        for conference_id, title in drills(open_units().write):
            click.echo(f"{conference_id}  {title}")

    @drill.command("remove")
    @click.argument("conference_id", type=int)
    def remove_command(conference_id: int) -> None:
        """Take a conference that was made for drills away, and nothing else."""
        try:
            remove(open_units().write, conference_id, Tenths())
        except NotADrill as error:
            raise CouldNot(f"Conference {conference_id} was not made for drills; `confsvc drill list` shows those that were.") from error


def _prepare(units: Units, sites: int, people: int) -> int:
    try:
        return prepare(units.write, sites=sites, people=people, progress=Tenths())
    except ValueError as error:
        raise CouldNot(str(error)) from error


def _play(units: Units, url: str, conference_id: int, wishes: Wishes, company: Company) -> Result:
    """Play it and count."""
    try:
        require_drill(units.read, conference_id)
        with units.read() as work:
            plan = read_plan(work, conference_id, wishes)
        started = datetime.now(UTC)
        with closing(_wire(url, plan, company)) as wire:
            morning = Morning(plan, wire, company)
            morning.play(Tenths())
    except NotADrill as error:
        raise CouldNot(f"Conference {conference_id} was not made for drills.") from error
    except (ValueError, OSError, NotReady) as error:
        raise CouldNot(str(error)) from error
    answers = morning.stage.answers
    with units.read() as work:
        found = count(work, conference_id, since=plan.revision, run=morning.run, answered=answers.how, refused=answers.verdicts["other"])
    return conclude(morning, found, started)


def _wire(url: str, plan: Plan, company: Company) -> Wire:
    """A wire that can carry so many lines; raises ValueError where this process may not open as many."""
    lines = plan.standing + sum(desk.offline for desk in plan.desks) + company.boards + company.sleeping_boards
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and lines + SPARE_FILES > hard:
        raise ValueError(f"{lines} lines need more than the {hard} files that this process may have open (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    wire = Wire(url)
    if str(wire.address[0]).startswith(LOOPBACK):
        wire.connect_from([f"127.0.0.{n + 2}" for n in range(1 + lines // LINES_FROM_AN_ADDRESS)])
    return wire
