"""The attendance log: verdicts, replays, moves, undos, excuses, refusals."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, select

from confsvc.domain.attendance import NewEvent, Verdict, code_token, record_attendance
from confsvc.domain.attendance_rules import LINES_PER_DESK
from confsvc.domain.errors import NotFound
from confsvc.domain.facts import AttendanceRecorded
from confsvc.domain.passes import pass_token, valid_pass
from confsvc.domain.tallies import TALLIED, count_sites
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, Desk, SiteTally
from tests.conftest import NOW
from tests.factories import make_account, make_conference, make_delegate, make_desk, make_mandate, make_site


class Hall:
    """A conference with two sites, a desk at each, dina expected at the main site and minh at the other."""

    def __init__(self, work: Work, **changes: Any) -> None:
        self.work = work
        self.olga = make_account(work)
        self.conference = make_conference(work, self.olga, **changes)
        self.main = make_site(work, self.conference)
        self.remote = make_site(work, self.conference, "Điểm cầu huyện Phú Quý", kind="remote")
        self.mandate = make_mandate(work, self.conference, self.main, seats=2)
        self.dina = make_delegate(work, self.mandate)
        self.minh = make_delegate(work, self.mandate, "Trần Văn Minh", site_id=self.remote.id)
        self.desk = make_desk(work, self.main, "Bàn 1")
        self.far_desk = make_desk(work, self.remote, "Bàn Phú Quý")

    def event(self, kind: str = "check_in", *, minutes: float = 0, desk: Desk | None = None, **changes: Any) -> NewEvent:
        desk = desk or self.desk
        values: dict[str, Any] = {"client_ref": str(uuid4()), "kind": kind, "method": "name", "occurred_at": NOW + timedelta(minutes=minutes - 30)}
        values |= {"site_id": desk.site_id, "desk_id": desk.id, "delegate_id": self.dina.id}
        return NewEvent(**{**values, **changes})

    def scan(self, code: str | None = None, **changes: Any) -> NewEvent:
        return self.event(method="scan", delegate_id=None, code=code or self.code(self.dina), **changes)

    def code(self, delegate: Delegate) -> str:
        return pass_token(self.work, valid_pass(self.work, delegate.id))

    def record(self, *events: NewEvent) -> list[Verdict]:
        return record_attendance(self.work, self.conference.id, events)

    def say(self, *events: NewEvent) -> list[tuple[str, str | None]]:
        return [(verdict.verdict, verdict.reason) for verdict in self.record(*events)]

    def standing(self, delegate: Delegate | None = None) -> tuple[str, int | None]:
        columns = select(Attendance.state, Attendance.site_id)
        state, site_id = self.work.session.execute(columns.where(Attendance.delegate_id == (delegate or self.dina).id)).one()
        return state, site_id

    def tallies(self) -> dict[int, tuple[int, int, int]]:
        """Site id → present, excused, visiting as stored, after a check that the rows say the same."""
        columns = [getattr(SiteTally, key) for key in TALLIED]
        rows = self.work.session.execute(select(SiteTally.site_id, *columns).where(SiteTally.conference_id == self.conference.id)).all()
        stored = {row[0]: dict(zip(TALLIED, row[1:], strict=True)) for row in rows}
        assert stored == count_sites(self.work, self.conference.id)
        return {site_id: (found["present"], found["excused"], found["visiting"]) for site_id, found in stored.items()}


@pytest.fixture
def hall(work: Work) -> Hall:
    return Hall(work)


def test_scan_is_accepted_and_changes_state_tally_and_revision(hall: Hall) -> None:
    event = hall.scan()

    assert hall.record(event) == [Verdict("accepted", None, hall.dina.id, None, None, None, 1)]

    assert hall.standing() == ("present", hall.main.id)
    assert hall.tallies() == {hall.main.id: (1, 0, 0), hall.remote.id: (0, 0, 0)}
    assert hall.work.session.scalar(select(Conference.revision)) == 1
    assert hall.work.facts[-1] == AttendanceRecorded(hall.conference.id, 1)
    line = hall.work.session.scalars(select(AttendanceEvent)).one()
    assert (line.delegate_id, line.code_hash, line.site_id, line.desk_id, line.method, line.verdict) == (
        hall.dina.id,
        None,
        hall.main.id,
        hall.desk.id,
        "scan",
        "accepted",
    )
    assert (line.occurred_at, line.recorded_at) == (event.occurred_at, NOW)


def test_second_scan_is_repeated_and_says_since_when_and_where(hall: Hall) -> None:
    first, second = hall.record(hall.event(minutes=1), hall.scan(minutes=5))

    assert first.verdict == "accepted"
    assert second == Verdict("repeated", None, hall.dina.id, NOW - timedelta(minutes=29), hall.main.name, "Bàn 1", 2)
    assert hall.tallies()[hall.main.id] == (1, 0, 0)


def test_scan_at_another_site_moves_the_person(hall: Hall) -> None:
    hall.record(hall.event(minutes=1))

    [verdict] = hall.record(hall.scan(minutes=9, desk=hall.far_desk))

    assert verdict == Verdict("moved", None, hall.dina.id, NOW - timedelta(minutes=29), hall.main.name, "Bàn 1", 2)
    assert hall.standing() == ("present", hall.remote.id)
    assert hall.tallies() == {hall.main.id: (1, 0, 0), hall.remote.id: (0, 0, 1)}
    assert hall.work.facts[-1] == AttendanceRecorded(hall.conference.id, 2)


def test_undo_of_a_move_gives_the_earlier_hall_back(hall: Hall) -> None:
    hall.record(hall.event(minutes=1), hall.scan(minutes=2, desk=hall.far_desk))

    [verdict] = hall.record(hall.event("undo", minutes=3, desk=hall.far_desk, reason="quét nhầm"))

    assert verdict == Verdict("accepted", None, hall.dina.id, NOW - timedelta(minutes=28), hall.remote.name, "Bàn Phú Quý", 3)
    assert hall.standing() == ("present", hall.main.id)
    assert hall.tallies() == {hall.main.id: (1, 0, 0), hall.remote.id: (0, 0, 0)}


def test_undo_brings_a_standing_excuse_to_light_again(hall: Hall) -> None:
    hall.record(hall.event("excuse", method="organiser", desk_id=None, site_id=None, reason="ốm"))
    assert hall.standing() == ("excused", None)
    assert hall.tallies()[hall.main.id] == (0, 1, 0)

    assert hall.say(hall.scan(minutes=1)) == [("accepted", None)]
    assert hall.tallies()[hall.main.id] == (1, 0, 0)
    hall.record(hall.event("undo", minutes=2))

    assert hall.standing() == ("excused", None)
    assert hall.work.session.scalar(select(Attendance.reason).where(Attendance.delegate_id == hall.dina.id)) == "ốm"
    assert hall.say(hall.event("withdraw_excuse", minutes=3, method="self", desk_id=None, site_id=None)) == [("accepted", None)]
    assert hall.standing() == ("not_yet", None)
    assert hall.tallies()[hall.main.id] == (0, 0, 0)


def test_organisers_undo_takes_back_every_stay(hall: Hall) -> None:
    hall.record(hall.event(minutes=1), hall.scan(minutes=2, desk=hall.far_desk))

    hall.record(hall.event("undo", minutes=3, method="organiser", desk_id=None, site_id=None, account_id=hall.olga.id))

    assert hall.standing() == ("not_yet", None)
    assert hall.tallies() == {hall.main.id: (0, 0, 0), hall.remote.id: (0, 0, 0)}


def test_undo_of_somebody_not_present_is_refused(hall: Hall) -> None:
    assert hall.say(hall.event("undo")) == [("refused", "not_present")]


def test_same_client_ref_gets_the_same_verdict_before_any_rule(hall: Hall) -> None:
    first = hall.event(minutes=1)
    said = hall.record(first, hall.event(minutes=2), first)
    assert said[0] == said[2]
    hall.conference.state, hall.conference.closed_at = "closed", first.occurred_at
    hall.work.session.flush()

    assert hall.record(first) == [said[0]]
    assert hall.say(hall.event(minutes=3)) == [("refused", "closed")]
    repeated = hall.event(minutes=4)
    before = hall.record(repeated)
    assert hall.record(repeated, repeated) == before * 2
    assert hall.work.session.scalars(select(AttendanceEvent.revision)).all() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("state", "now", "reason"),
    [
        ("draft", NOW, "not_yet_open"),
        ("published", NOW - timedelta(minutes=91), "not_yet_open"),
        ("published", NOW - timedelta(minutes=90), None),
        ("in_progress", NOW - timedelta(days=1), None),
        ("postponed", NOW, "not_yet_open"),
        ("closed", NOW, "closed"),
        ("cancelled", NOW, "closed"),
    ],
)
def test_check_in_is_open_from_the_announced_minutes_until_the_close(begin: Any, state: str, now: datetime, reason: str | None) -> None:
    with begin(now=now) as work:
        hall = Hall(work, state=state, closed_at=NOW - timedelta(minutes=30) if state == "closed" else None)

        assert hall.say(hall.scan()) == [("refused", reason) if reason else ("accepted", None)]


@pytest.mark.parametrize(("state", "reason"), [("closed", None), ("cancelled", "closed"), ("draft", "not_yet_open")])
def test_organiser_may_correct_after_the_close(work: Work, state: str, reason: str | None) -> None:
    hall = Hall(work, state=state)

    [verdict] = hall.record(hall.event(method="organiser", desk_id=None, account_id=hall.olga.id))

    assert verdict.reason == reason


def test_unknown_revoked_and_foreign_passes_are_refused_and_logged(hall: Hall) -> None:
    elsewhere = make_conference(hall.work)
    stranger = make_delegate(hall.work, make_mandate(hall.work, elsewhere, make_site(hall.work, elsewhere)), "Lê Thị Khách")
    revoked = hall.code(hall.dina)
    valid_pass(hall.work, hall.dina.id).revoked_at = NOW - timedelta(minutes=30)

    verdicts = hall.record(hall.scan("nonsense"), hall.scan(revoked), hall.scan(hall.code(stranger)))

    assert [(v.verdict, v.reason, v.delegate_id, v.revision) for v in verdicts] == [
        ("refused", "pass_unknown", None, 1),
        ("refused", "pass_revoked", hall.dina.id, 2),
        ("refused", "other_conference", None, 3),
    ]
    hashes = hall.work.session.scalars(select(AttendanceEvent.code_hash).order_by(AttendanceEvent.revision)).all()
    assert [len(code_hash or "") for code_hash in hashes] == [64, 64, 64]
    assert hall.standing() == ("not_yet", None)


def test_desk_that_does_not_stop_is_not_heard_about_that_person(hall: Hall) -> None:
    stuck = [hall.event(minutes=n / 100) for n in range(LINES_PER_DESK + 2)]
    assert hall.say(*stuck[:-1])[-2:] == [("repeated", None), ("refused", "too_often")]
    assert hall.say(stuck[-1], stuck[0], hall.event("undo", minutes=3)) == [("refused", "too_often"), ("accepted", None), ("refused", "too_often")]
    assert hall.say(hall.scan(hall.code(hall.minh))) == [("accepted", None)]
    assert hall.say(hall.event(desk=hall.far_desk, code=hall.code(hall.dina), delegate_id=None, minutes=4)) == [("moved", None)]
    assert hall.say(hall.event("undo", minutes=30, method="organiser", desk_id=None, site_id=None)) == [("accepted", None)]
    assert hall.standing() == ("not_yet", None)


def test_desk_names_nobody_of_another_site_or_conference(hall: Hall) -> None:
    elsewhere = make_conference(hall.work)
    stranger = make_delegate(hall.work, make_mandate(hall.work, elsewhere, make_site(hall.work, elsewhere)), "Lê Thị Khách")

    refused = [("refused", "delegate_unknown")]
    assert hall.say(hall.event(delegate_id=hall.minh.id)) == refused
    assert hall.say(hall.event("undo", delegate_id=hall.minh.id)) == refused
    assert hall.say(hall.event(delegate_id=stranger.id)) == refused
    assert hall.say(hall.event(delegate_id=4711)) == refused
    hall.record(hall.scan(hall.code(hall.minh)))
    assert hall.say(hall.event(delegate_id=hall.minh.id, minutes=1)) == [("repeated", None)]
    assert hall.say(hall.event("undo", delegate_id=hall.minh.id, minutes=2)) == [("accepted", None)]


def test_late_line_that_was_overtaken_changes_nothing_and_says_where_the_person_is(hall: Hall) -> None:
    hall.record(hall.scan(minutes=9, desk=hall.far_desk))

    [verdict] = hall.record(hall.event(minutes=2))

    assert verdict == Verdict("repeated", None, hall.dina.id, NOW - timedelta(minutes=21), hall.remote.name, "Bàn Phú Quý", 2)
    assert hall.standing() == ("present", hall.remote.id)


def test_clock_that_runs_wrong_is_put_right(hall: Hall) -> None:
    hall.record(hall.event(minutes=90, clock_offset_ms=-3_600_000), hall.scan(hall.code(hall.minh), minutes=600, desk=hall.far_desk))

    since = hall.work.session.execute(select(Attendance.delegate_id, Attendance.since)).all()
    assert dict(since) == {hall.dina.id: NOW, hall.minh.id: NOW}


def test_unknown_conference_is_not_found(hall: Hall) -> None:
    with pytest.raises(NotFound):
        record_attendance(hall.work, 4711, [hall.event()])


def test_long_list_is_written_in_rounds_without_a_gap(hall: Hall) -> None:
    verdicts = hall.record(*[hall.event(minutes=i / 100, desk_id=None, method="organiser") for i in range(1001)])

    assert [v.verdict for v in verdicts] == ["accepted"] + ["repeated"] * 1000
    assert hall.work.session.scalars(select(AttendanceEvent.revision)).all() == list(range(1, 1002))


@pytest.mark.parametrize(
    "code",
    ["abc234", " ABC234\r\n", "https://hoinghi.example.vn/p/abc234", "HTTPS://HOINGHI.EXAMPLE.VN/P/ABC234", "http://h/p/abc234/?x=1#y", "\tabc234\t"],
)
def test_code_may_be_the_token_or_the_address_in_any_case(code: str) -> None:
    assert code_token(code) == "abc234"


def test_statements_are_as_many_for_three_hundred_events_as_for_three(hall: Hall) -> None:
    people = [make_delegate(hall.work, hall.mandate, f"Đại biểu {n}") for n in range(303)]
    statements: list[int] = []

    def count(*_: Any) -> None:
        statements[-1] += 1

    connection = hall.work.session.connection()
    event.listen(connection, "before_cursor_execute", count)
    for few in (people[:3], people[3:]):
        statements.append(0)
        assert {v.verdict for v in hall.record(*[hall.event(delegate_id=person.id) for person in few])} == {"accepted"}
    event.remove(connection, "before_cursor_execute", count)

    assert statements[0] == statements[1]
    assert statements[0] <= 11
