"""The rules of a conference that attendance is judged by: who is late, when it has started, and what its close means."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from confsvc.domain.admissions import admit_person, count_asking
from confsvc.domain.attendance import NewEvent, Verdict, record_attendance
from confsvc.domain.attendance_check import verify_attendance
from confsvc.domain.conference_copies import duplicate_conference
from confsvc.domain.conferences import ConferenceEntry, change_conference, create_conference, move_conference
from confsvc.domain.errors import EditConflict, WrongState
from confsvc.domain.facts import AttendanceRecorded, ConferenceStateChanged, Fact, RosterChanged
from confsvc.domain.figures import figures_by_site
from confsvc.domain.work import Work
from confsvc.models import Account, Attendance, AttendanceEvent, Conference, Delegate
from tests.conftest import NOW, BeginWork
from tests.factories import ENDS, STARTS, acting, make_account, make_conference, make_delegate, make_mandate, make_site

ENTRY = ConferenceEntry("Hội nghị tổng kết", "hybrid", "Asia/Ho_Chi_Minh", STARTS, ENDS)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def olga(begin: BeginWork) -> Account:
    with begin() as work:
        return make_account(work)


@pytest.fixture
def people(begin: BeginWork, olga: Account) -> list[Delegate]:
    """Four delegates at one site of olga's conference, which is in progress and asks about who joins online."""
    with begin() as work:
        conference = make_conference(work, olga, state="in_progress", online_rule="ask")
        mandate = make_mandate(work, conference, make_site(work, conference), seats=4)
        return [make_delegate(work, mandate, f"Lê Văn {name}") for name in ("An", "Bình", "Chi", "Dung")]


def record(work: Work, delegate: Delegate, kind: str, moment: datetime, method: str = "name", **more: object) -> Verdict:
    event = NewEvent(str(uuid4()), kind, method, moment, site_id=delegate.site_id, delegate_id=delegate.id, **more)  # type: ignore[arg-type]  # as the test says
    return record_attendance(work, delegate.conference_id, [event])[0]


def late(work: Work) -> tuple[list[bool], int]:
    """Who is late, and how many the site's tally says are."""
    found = work.session.scalars(select(Attendance.late).order_by(Attendance.delegate_id)).all()
    [(_, figures)] = figures_by_site(work, work.session.scalars(select(Conference.id)).one())
    return list(found), figures.late


def test_a_new_grace_or_start_judges_everybody_who_has_come_anew(begin: BeginWork, olga: Account, people: list[Delegate], published: list[Fact]) -> None:
    an, binh, chi, dung = people
    conference_id = an.conference_id
    with begin(now=ENDS) as work:
        record(work, an, "check_in", STARTS + 10 * MINUTE)
        record(work, binh, "check_in", STARTS + 20 * MINUTE)
        record(work, binh, "leave", STARTS + 60 * MINUTE)
        record(work, chi, "check_in", STARTS + 20 * MINUTE)
        record(work, chi, "undo", STARTS + 21 * MINUTE)
        record(work, dung, "excuse", STARTS, "organiser", reason="Ốm")
        assert late(work) == ([False, True, False, False], 1)
    published.clear()
    changes: list[tuple[dict[str, object], tuple[list[bool], int]]] = [
        ({"late_minutes": 5}, ([True, True, False, False], 2)),
        ({"late_minutes": 20}, ([False, False, False, False], 0)),
        ({"late_minutes": 20, "starts_at": STARTS - 15 * MINUTE}, ([True, True, False, False], 2)),
        ({"late_minutes": 20, "starts_at": STARTS - 15 * MINUTE, "title": "Tên mới"}, ([True, True, False, False], 2)),
    ]
    for version, (values, expected) in enumerate(changes, start=1):
        with begin(acting(olga)) as work:
            change_conference(work, conference_id, replace(ENTRY, online_rule="ask", **values), version=version)  # type: ignore[arg-type]  # values of many types
        with begin() as work:
            assert late(work) == expected
            assert verify_attendance(work, conference_id) == []
    assert set(published) == {RosterChanged(conference_id)}


def test_a_conference_that_others_organise_keeps_its_lateness(begin: BeginWork, olga: Account, people: list[Delegate]) -> None:
    with begin(now=ENDS) as work:
        record(work, people[0], "check_in", STARTS + 20 * MINUTE)
        other = make_conference(work, olga)
        change_conference(work, other.id, replace(ENTRY, late_minutes=60), version=1)
        assert work.session.scalars(select(Attendance.late).where(Attendance.delegate_id == people[0].id)).one()


def test_started_and_postponed_and_started_again(begin: BeginWork, olga: Account, people: list[Delegate]) -> None:
    conference_id, week = people[0].conference_id, timedelta(days=7)
    with begin() as work:
        work.session.get_one(Conference, conference_id).state = "published"
    with begin(acting(olga)) as work:
        assert move_conference(work, conference_id, "start", version=1).started_at == NOW
    with begin(now=STARTS + 30 * MINUTE) as work:
        record(work, people[0], "check_in", STARTS + 20 * MINUTE)
        assert late(work)[0][0]
    with begin(acting(olga)) as work:
        move_conference(work, conference_id, "postpone", version=2)
        resumed = move_conference(work, conference_id, "resume", version=3, starts_at=STARTS + week, ends_at=ENDS + week)
        # Check-in opens as its new time says, not because it was started once.
        assert resumed.started_at is None
        assert record(work, people[1], "check_in", NOW).reason == "not_yet_open"
        assert late(work) == ([False, False, False, False], 0)
        assert verify_attendance(work, conference_id) == []


def test_the_close_is_a_line_of_the_log_and_ends_check_in(begin: BeginWork, olga: Account, people: list[Delegate], published: list[Fact]) -> None:
    conference_id = people[0].conference_id
    closed_at = ENDS - 30 * MINUTE
    published.clear()
    with begin(acting(olga), now=closed_at) as work:
        closed = move_conference(work, conference_id, "close", version=1)
        assert (closed.state, closed.closed_at, closed.revision) == ("closed", closed_at, 1)
    assert published == [AttendanceRecorded(conference_id, 1), ConferenceStateChanged(conference_id, "closed")]
    with begin(now=ENDS) as work:
        [line] = work.session.scalars(select(AttendanceEvent)).all()
        assert (line.kind, line.method, line.account_id, line.delegate_id, line.verdict) == ("close", "organiser", olga.id, None, "accepted")
        assert (line.occurred_at, line.recorded_at) == (closed_at, closed_at)
        told_late = [record(work, people[0], "check_in", closed_at - MINUTE), record(work, people[1], "check_in", closed_at)]
        assert [(verdict.verdict, verdict.reason) for verdict in told_late] == [("accepted", None), ("refused", "closed")]
        assert verify_attendance(work, conference_id) == []


def test_a_close_that_fails_writes_nothing(begin: BeginWork, olga: Account, people: list[Delegate]) -> None:
    conference_id = people[0].conference_id
    with pytest.raises(EditConflict), begin(acting(olga)) as work:
        move_conference(work, conference_id, "close", version=7)
    with begin(acting(olga)) as work:
        move_conference(work, conference_id, "close", version=1)
    with pytest.raises(WrongState), begin(acting(olga)) as work:
        move_conference(work, conference_id, "close", version=2)
    with begin() as work:
        assert [line.kind for line in work.session.scalars(select(AttendanceEvent))] == ["close"]


def test_who_still_waits_at_the_close_stays_undecided_until_an_organiser_says_so(begin: BeginWork, olga: Account, people: list[Delegate]) -> None:
    an, binh = people[:2]
    with begin(now=STARTS) as work:
        for one in (an, binh):
            record(work, one, "seek", STARTS, "join", mode="online")
        assert count_asking(work, an.conference_id) == 2
    with begin(acting(olga), now=ENDS) as work:
        move_conference(work, an.conference_id, "close", version=1)
    with begin(acting(olga), now=ENDS + MINUTE) as work:
        assert work.session.scalars(select(Attendance.state).order_by(Attendance.delegate_id)).all() == ["pending", "pending", "not_yet", "not_yet"]
        [(_, figures)] = figures_by_site(work, an.conference_id)
        assert (figures.present, figures.not_yet) == (0, 4)
        assert admit_person(work, an.conference_id, an.id, str(uuid4())).verdict == "accepted"
    with begin() as work:
        standing = work.session.get_one(Attendance, an.id)
        assert (standing.state, standing.mode, standing.since) == ("present", "online", STARTS)
        assert verify_attendance(work, an.conference_id) == []


def test_a_copy_keeps_the_rules(work: Work) -> None:
    pattern = create_conference(work, replace(ENTRY, late_minutes=7, walk_in_rule="refuse", online_rule="ask"))
    make_site(work, pattern)
    copy = duplicate_conference(work, pattern.id, title="Năm sau", starts_at=STARTS + timedelta(days=365)).conference
    assert (copy.late_minutes, copy.walk_in_rule, copy.online_rule) == (7, "refuse", "ask")
    assert (copy.started_at, copy.closed_at, copy.state) == (None, None, "draft")
