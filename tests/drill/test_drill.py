"""A small country's morning against a real server: everybody gets in once, and a count that would find it if not."""

import json
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result as Ran
from sqlalchemy import delete, insert, select, update

from confsvc.domain.attendance_check import verify_attendance
from confsvc.drill.command import Units, drill_group
from confsvc.drill.count import Count, count
from confsvc.drill.morning import Company, Morning, NotReady
from confsvc.drill.plan import Wishes, read_plan
from confsvc.drill.preparation import prepare
from confsvc.drill.report import as_markdown
from confsvc.drill.result import conclude, failures
from confsvc.drill.series import Spread
from confsvc.drill.wire import Wire
from confsvc.models import Attendance, AttendanceEvent, Desk, SiteTally
from tests.live.conftest import Service, served

SITES, PEOPLE, SECONDS = 20, 400, 5.0
CONNECTED, OFFLINE = 12, 0.1
WISHES = Wishes(SECONDS / 60, connected=CONNECTED, offline=OFFLINE, seed=7)
QUICK = Spread(1, 1.0, 1.0, 1.0, 1.0, 1.0)


def silent(what: str, done: int, whole: int) -> None:
    """Progress that nobody watches."""


@dataclass
class Played:
    """A morning that is over, and what came of it."""

    service: Service
    conference_id: int
    morning: Morning

    def count(self) -> Count:
        answers = self.morning.stage.answers
        told = {"answered": answers.how, "refused": answers.verdicts["other"]}
        with self.service.begin() as work:
            return count(work, self.conference_id, since=self.morning.plan.revision, run=self.morning.run, **told)  # type: ignore[arg-type]  # as named

    def lines(self) -> list[dict[str, object]]:
        """The log as rows."""
        with self.service.begin() as work:
            rows = work.session.execute(select(AttendanceEvent.__table__).order_by(AttendanceEvent.revision))
            return [dict(row) for row in rows.mappings() if row["conference_id"] == self.conference_id]


@pytest.fixture(scope="module")
def played(server_address: tuple[str, Path]) -> Iterator[Played]:
    with served(*server_address) as service:
        conference_id = prepare(service.begin, sites=SITES, people=PEOPLE, progress=silent)
        with service.begin() as work:
            plan = read_plan(work, conference_id, WISHES)
        with closing(Wire(service.url)) as wire:
            morning = Morning(plan, wire, Company(boards=5, sleeping_boards=2, pids=[os.getpid()]))
            morning.play(silent)
        yield Played(service, conference_id, morning)


def test_everybody_is_in_once_and_the_books_agree(played: Played) -> None:
    found = played.count()
    assert found == Count(PEOPLE, PEOPLE, lost=0, doubled=0, unanswered=0, refused=0, strange=0, gaps=0, arrived=PEOPLE, present=PEOPLE, tallied=PEOPLE)
    assert found.is_clean
    with played.service.begin() as work:
        assert verify_attendance(work, played.conference_id) == []


def test_each_came_at_their_moment_and_was_sent_by_the_desk_of_their_site(played: Played) -> None:
    began, due = played.morning.stage.began, played.morning.plan.due
    with played.service.begin() as work:
        sites: dict[object, object] = {desk.id: desk.site_id for desk in work.session.scalars(select(Desk))}
    lines = played.lines()
    late = [(line["occurred_at"] - began).total_seconds() for line in lines]  # type: ignore[operator]  # a moment
    assert sorted(round(moment, 2) for moment in late) == pytest.approx(sorted(round(moment, 2) for moment in due), abs=0.02)
    assert all(sites[line["desk_id"]] == line["site_id"] for line in lines)


def test_desks_took_turns_a_storm_broke_lines_and_the_offline_came_back(played: Played) -> None:
    morning = played.morning
    assert morning.plan.standing == CONNECTED
    assert morning.storm_lines > 0
    # Some of the offline desks' people had come before their line did, and nobody else's counts as returned.
    how = morning.stage.answers.how
    away = {person for desk in morning.plan.desks if desk.offline for person in range(desk.first, desk.last)}
    assert {person for person, one in enumerate(how) if one == 2} < away
    assert how.count(2) > 0
    assert morning.most_lines <= CONNECTED + 7 + SITES


def test_boards_have_shown_it_all_and_told_how_late(played: Played) -> None:
    morning = played.morning
    assert morning.boards_behind == 0
    assert {viewer.revision for viewer in morning.gallery.viewers} == {morning.plan.revision + PEOPLE}
    assert len(morning.gallery.lags.seconds) > 0
    assert min(morning.gallery.lags.seconds) >= 0
    assert morning.gallery.dropped == {}


def test_the_report_says_what_was_real(played: Played) -> None:
    result = conclude(played.morning, played.count(), datetime.now(UTC))
    page = as_markdown(result, [])
    assert "Not real: 12 desks are on the line at a time and not 18" in page
    assert "| acknowledged · lost · doubled | 400 · 0 · 0 |" in page
    assert result.at_once.count + result.returned.count == PEOPLE
    assert result.lines["ended_by_the_server"] == {}
    assert result.memory_mib["most"] > 0
    assert sum(result.series.answered) > 0
    assert result.own["is_small"]


def test_acknowledged_check_ins_that_are_taken_out_of_the_log_are_counted_as_lost(played: Played) -> None:
    taken = played.lines()[100:103]
    of_them = AttendanceEvent.revision.in_([line["revision"] for line in taken])
    with played.service.begin() as work:
        work.session.execute(delete(AttendanceEvent).where(AttendanceEvent.conference_id == played.conference_id, of_them))
    try:
        found = played.count()
    finally:
        with played.service.begin() as work:
            work.session.execute(insert(AttendanceEvent), taken)
    assert (found.lost, found.gaps, found.arrived, found.present) == (3, 3, PEOPLE - 3, PEOPLE)
    told = failures(QUICK, found)
    assert "3 acknowledged check-ins are not in the log" in told
    assert "3 revisions are missing" in told
    assert played.count().is_clean


def test_a_second_check_in_of_somebody_is_counted_as_doubled(played: Played) -> None:
    again = {**played.lines()[5], "revision": 10_000, "client_ref": "00000000-0000-4000-8000-000000000000"}
    with played.service.begin() as work:
        work.session.execute(insert(AttendanceEvent), [again])
    try:
        found = played.count()
    finally:
        with played.service.begin() as work:
            work.session.execute(delete(AttendanceEvent).where(AttendanceEvent.revision == 10_000))
    assert (found.doubled, found.strange) == (1, 1)
    assert not found.is_clean


@pytest.mark.parametrize("wrong", [update(Attendance).values(state="left", site_id=None), update(SiteTally).values(present=0)])
def test_a_wrong_fold_is_found(played: Played, wrong: object) -> None:
    right = (select(Attendance.__table__), select(SiteTally.__table__))
    with played.service.begin() as work:
        kept = [[dict(row) for row in work.session.execute(one).mappings()] for one in right]
    model = wrong.table  # type: ignore[attr-defined]  # an UPDATE has it
    with played.service.begin() as work:
        work.session.execute(wrong.where(model.c.conference_id == played.conference_id))  # type: ignore[attr-defined]  # as above
    try:
        found = played.count()
    finally:
        with played.service.begin() as work:
            for restored, rows in zip((Attendance, SiteTally), kept, strict=True):
                work.session.bulk_update_mappings(restored.__mapper__, rows)
    assert (found.lost, found.doubled) == (0, 0)
    assert [said for said in failures(QUICK, found) if said.startswith("the log lets 400 in")]


def test_who_got_no_answer_or_another_one_fails_a_drill(played: Played) -> None:
    found = played.count()
    assert failures(QUICK, found) == []
    assert failures(QUICK, replace(found, unanswered=2)) == ["2 people got no answer"]
    assert failures(QUICK, replace(found, refused=2)) == ["2 people were answered otherwise than by a yes"]
    assert failures(QUICK, found, boards_behind=1) == ["1 boards do not show the last check-in five seconds after it"]
    assert failures(replace(QUICK, p99=250.0), found) == []
    assert failures(replace(QUICK, p99=250.1), found) == ["the slowest hundredth of the answers took more than 250 ms: 250 ms"]


def test_those_who_have_come_are_not_played_again(played: Played) -> None:
    with played.service.begin() as work, pytest.raises(ValueError, match="prepare another"):
        read_plan(work, played.conference_id, WISHES)


def test_a_desk_that_is_refused_ends_the_drill_before_it_begins(service: Service) -> None:
    conference_id = prepare(service.begin, sites=2, people=4, progress=silent)
    with service.begin() as work:
        plan = read_plan(work, conference_id, replace(WISHES, offline=0.0))
    plan.desks[0].cookie = "nobody's"
    with closing(Wire(service.url)) as wire, pytest.raises(NotReady, match="desk_unknown"):
        Morning(plan, wire, Company(0, 0)).play(silent)


def run(service: Service, *words: str) -> Ran:
    """`confsvc drill`, over the database of this server."""
    return CliRunner().invoke(drill_group(lambda: Units(service.begin, service.begin)), words)


def test_the_command_prepares_plays_reports_and_removes(service: Service, tmp_path: Path) -> None:
    size = ("--sites", "6", "--people", "30", "--minutes", "0.02", "--connected", "4", "--boards", "2", "--sleeping-boards", "1")
    done = run(service, *size, "--url", service.url, "--report", str(tmp_path), "--pid", str(os.getpid()), "--remove")
    kept = json.loads((tmp_path / "result.json").read_text())
    # A machine that does other things too may be slow, and nothing else.
    assert [said for said in kept["failures"] if "250 ms" not in said] == []
    assert done.exit_code == (0 if kept["passed"] else 1), done.output
    assert kept["count"]["arrived"] == 30
    plots = {f"{name}.svg" for name in ("latency", "throughput", "waiting", "boards", "lines", "load", "memory")}
    assert {path.name for path in tmp_path.iterdir()} == {"report.md", "result.json", *plots}
    assert all(path.read_text().startswith("<?xml") for path in tmp_path.glob("*.svg"))
    assert "6 điểm cầu" not in run(service, "list").output


def test_the_command_prepares_lists_and_removes(service: Service) -> None:
    made = run(service, "prepare", "--sites", "3", "--people", "7")
    number = made.output.split()[-1]
    assert f"{number}  Diễn tập: 3 điểm cầu, 7 đại biểu" in run(service, "list").output
    assert run(service, "remove", number).exit_code == 0
    assert f"{number}  " not in run(service, "list").output
    assert run(service, "remove", number).exit_code == 2


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--url", "http://127.0.0.1:{unused_port}"), "refused"),
        (("--url", "https://127.0.0.1"), "begins with http://"),
        (("--connected", "4", "--boards", "100000000"), "ulimit"),
        (("--conference", "999999"), "not made for drills"),
        (("--sites", "9"), "somebody at each"),
    ],
)
def test_a_drill_that_did_not_come_about_says_why(service: Service, unused_port: int, words: tuple[str, ...], why: str) -> None:
    done = run(service, "--sites", "2", "--people", "4", *(word.format(unused_port=unused_port) for word in words))
    assert done.exit_code == 2
    assert why in done.output
