"""The story of one person's attendance: what happened when, what was taken back, what came late, who came for whom."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event

from confsvc.domain.attendance import NewEvent, Verdict, record_attendance
from confsvc.domain.attendance_history import StoryLine, read_changes_after_close, read_refusals, read_story
from confsvc.domain.corrections import check_in_delegate, check_out_delegate, excuse_delegate, undo_attendance, undo_leave, withdraw_excuse
from confsvc.domain.delegates import renew_pass
from confsvc.domain.errors import NotFound, SignInRequired
from confsvc.domain.substitutions import SubstituteEntry, substitute_delegate, withdraw_substitution
from confsvc.domain.work import Anonymous, Work
from confsvc.models import Conference, Delegate
from tests.conftest import NOW
from tests.factories import ENDS, STARTS, acting, make_account, make_conference, make_delegate, make_desk, make_mandate, make_site

BeginWork = Callable[..., AbstractContextManager[Work]]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def scene(begin: BeginWork) -> SimpleNamespace:
    """olga's running conference, two sites with a desk each, dina at the main one; and mallory."""
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
        conference = make_conference(work, olga, state="in_progress", started_at=NOW)
        main, remote = make_site(work, conference), make_site(work, conference, "Điểm cầu Đức Linh", kind="remote")
        desk, far = make_desk(work, main), make_desk(work, remote, "Bàn Đức Linh")
        dina = make_delegate(work, make_mandate(work, conference, main), position="Giám đốc", rank="head")
    refs = iter(f"00000000-0000-4000-9000-{n:012d}" for n in range(10_000))
    return SimpleNamespace(**{name: value for name, value in locals().items() if name not in ("begin", "work")})


def record(begin: BeginWork, scene: SimpleNamespace, kind: str, at: datetime, *, told: datetime | None = None, **values: Any) -> Verdict:
    """A line about dina by the desk of the main site, told at once unless `told` says when."""
    line = {"site_id": scene.main.id, "desk_id": scene.desk.id, "delegate_id": scene.dina.id, "method": "name", **values}
    with begin(now=told or at) as work:
        return record_attendance(work, scene.conference.id, [NewEvent(next(scene.refs), kind, line.pop("method"), at, **line)])[0]


def close(begin: BeginWork, scene: SimpleNamespace, at: datetime) -> None:
    with begin(now=at) as work:
        conference = work.session.get_one(Conference, scene.conference.id)
        conference.state, conference.closed_at = "closed", at
        record_attendance(work, conference.id, [NewEvent(next(scene.refs), "close", "system", at)])


def story(begin: BeginWork, scene: SimpleNamespace, delegate_id: int | None = None, **order: str) -> list[StoryLine]:
    with begin(acting(scene.olga), now=ENDS + timedelta(days=1)) as work:
        return list(read_story(work, scene.conference.id, delegate_id or scene.dina.id, **order).lines)


def told(lines: list[StoryLine]) -> list[tuple[str, str, bool]]:
    return [(one.line.event.kind, one.line.event.verdict, one.undone) for one in lines]


def test_story_is_told_by_moment_or_by_revision(begin: BeginWork, scene: SimpleNamespace) -> None:
    record(begin, scene, "leave", STARTS + 90 * MINUTE)
    record(begin, scene, "check_in", STARTS, told=STARTS + 95 * MINUTE)
    assert [one.line.event.kind for one in story(begin, scene)] == ["check_in", "leave"]
    assert [one.line.event.kind for one in story(begin, scene, order="revision")] == ["leave", "check_in"]
    assert [one.line.told_late for one in story(begin, scene)] == [True, False]


def test_undo_takes_back_the_stay_and_what_ended_it_only(begin: BeginWork, scene: SimpleNamespace) -> None:
    record(begin, scene, "check_in", STARTS)
    record(begin, scene, "check_in", STARTS + MINUTE)
    record(begin, scene, "check_in", STARTS + 2 * MINUTE, site_id=scene.remote.id, desk_id=scene.far.id, method="scan", delegate_id=None, code="x")
    record(begin, scene, "leave", STARTS + 3 * MINUTE)
    record(begin, scene, "undo", STARTS + 4 * MINUTE, reason="Nhầm người")
    record(begin, scene, "check_in", STARTS + 5 * MINUTE)
    assert told(story(begin, scene)) == [
        ("check_in", "accepted", True),
        ("check_in", "repeated", True),
        ("leave", "accepted", True),
        ("undo", "accepted", False),
        ("check_in", "accepted", False),
    ]


def test_undo_of_a_wrong_hall_leaves_the_right_one(begin: BeginWork, scene: SimpleNamespace) -> None:
    record(begin, scene, "check_in", STARTS)
    far = {"site_id": scene.remote.id, "desk_id": None}
    record(begin, scene, "check_in", STARTS + MINUTE, **far, method="organiser")
    record(begin, scene, "undo", STARTS + 2 * MINUTE, **far, method="organiser", reason="Nhầm")
    assert told(story(begin, scene)) == [("check_in", "accepted", False), ("check_in", "moved", True), ("undo", "accepted", False)]


def test_excuses_and_leaves_that_were_withdrawn_no_longer_stand(begin: BeginWork, scene: SimpleNamespace) -> None:
    place = (scene.conference.id, scene.dina.id)
    steps: list[Callable[[Work, str], Verdict]] = [
        lambda work, ref: excuse_delegate(work, *place, "Đi công tác", ref),
        lambda work, ref: withdraw_excuse(work, *place, ref, "Đã về"),
        lambda work, ref: check_in_delegate(work, *place, ref),
        lambda work, ref: check_out_delegate(work, *place, ref),
        lambda work, ref: undo_leave(work, *place, "Chỉ nghe điện thoại", ref),
        lambda work, ref: check_out_delegate(work, *place, ref),
        lambda work, ref: check_in_delegate(work, *place, ref),
    ]
    for step in steps:
        at = STARTS + (1 + len(story(begin, scene))) * MINUTE
        with begin(acting(scene.olga), now=at) as work:
            step(work, next(scene.refs))
    lines = story(begin, scene)
    assert told(lines) == [
        ("excuse", "accepted", True),
        ("withdraw_excuse", "accepted", False),
        ("check_in", "accepted", False),
        ("leave", "accepted", True),
        ("undo_leave", "accepted", False),
        ("leave", "accepted", False),
        ("check_in", "accepted", False),
    ]
    assert [one.returned for one in lines] == [False] * 6 + [True]


def test_what_counts_as_late_and_early_is_marked_on_its_line(begin: BeginWork, scene: SimpleNamespace) -> None:
    record(begin, scene, "check_in", STARTS + 40 * MINUTE)
    record(begin, scene, "check_in", STARTS + 50 * MINUTE)
    record(begin, scene, "leave", ENDS - MINUTE)
    assert [(one.late, one.early) for one in story(begin, scene)] == [(True, False), (False, False), (False, True)]


def test_wrong_clock_of_a_desk_is_told_and_put_right(begin: BeginWork, scene: SimpleNamespace) -> None:
    three_hours = 3 * 3600 * 1000
    record(begin, scene, "check_in", STARTS - timedelta(hours=3), told=STARTS, clock_offset_ms=three_hours)
    record(begin, scene, "leave", STARTS + timedelta(days=1), told=STARTS + MINUTE)
    record(begin, scene, "check_in", STARTS + 2 * MINUTE, clock_offset_ms=-30_000)
    assert [(one.line.moment, one.line.clock_ahead) for one in story(begin, scene)] == [
        (STARTS, timedelta(hours=-3)),
        (STARTS + MINUTE, timedelta(days=1) - MINUTE),
        (STARTS + 2 * MINUTE - timedelta(seconds=30), None),
    ]


def test_close_says_how_it_found_the_person_and_what_came_later_is_marked(begin: BeginWork, scene: SimpleNamespace) -> None:
    close(begin, scene, ENDS)
    record(begin, scene, "check_in", STARTS, told=ENDS + timedelta(hours=1))
    with begin(acting(scene.olga), now=ENDS + timedelta(hours=2)) as work:
        undo_attendance(work, scene.conference.id, scene.dina.id, "Nhầm người", next(scene.refs))
        excuse_delegate(work, scene.conference.id, scene.dina.id, "Có giấy ủy quyền", next(scene.refs))
    lines = story(begin, scene, order="revision")
    assert [(one.line.event.kind, one.closed_as, one.line.after_close) for one in lines] == [
        ("close", "not_yet", False),
        ("check_in", "", True),
        ("undo", "", True),
        ("excuse", "", True),
    ]
    with begin() as work:
        conference = work.session.get_one(Conference, scene.conference.id)
        changes = read_changes_after_close(work, conference, 2)
        assert [(line.event.kind, line.person, line.account) for line in changes] == [("check_in", "Nguyễn Thị Dina", ""), ("undo", "Nguyễn Thị Dina", "Olga")]


def test_refusals_of_anybody_are_lines_too(begin: BeginWork, scene: SimpleNamespace) -> None:
    record(begin, scene, "leave", STARTS)
    record(begin, scene, "check_in", STARTS, method="scan", delegate_id=None, code="no such code")
    assert told(story(begin, scene)) == [("leave", "refused", False)]
    with begin() as work:
        lines = read_refusals(work, work.session.get_one(Conference, scene.conference.id), 10)
        assert [(line.person, line.event.refusal, line.desk, line.site) for line in lines] == [
            ("Nguyễn Thị Dina", "not_present", "Bàn 1", "Điểm cầu trung tâm"),
            ("", "pass_unknown", "Bàn 1", "Điểm cầu trung tâm"),
        ]


def test_substitution_is_told_in_both_stories(begin: BeginWork, scene: SimpleNamespace) -> None:
    with begin(acting(scene.olga), now=STARTS) as work:
        verdict = substitute_delegate(
            work, scene.conference.id, scene.dina.id, SubstituteEntry("Lê Oanh", "Phó Giám đốc", "leader", "Bận họp"), next(scene.refs)
        )
    oanh = verdict.delegate_id or 0
    of_dina, of_oanh = story(begin, scene), story(begin, scene, oanh)
    assert [(one.line.event.kind, one.line.person, one.line.other, one.line.account) for one in of_dina] == [
        ("substitute", "Nguyễn Thị Dina", "Lê Oanh", "Olga"),
    ]
    assert sorted((one.line.event.kind, one.line.person, one.undone) for one in of_oanh) == [
        ("admit", "Lê Oanh", False),
        ("substitute", "Nguyễn Thị Dina", False),
    ]
    with begin(acting(scene.olga)) as work:
        assert read_story(work, scene.conference.id, oanh).replaced == work.session.get_one(Delegate, scene.dina.id)
        assert read_story(work, scene.conference.id, scene.dina.id).substitute == work.session.get_one(Delegate, oanh)
    with begin(acting(scene.olga), now=STARTS + MINUTE) as work:
        withdraw_substitution(work, scene.conference.id, oanh, "Đã đến", next(scene.refs))
    assert told(story(begin, scene)) == [("substitute", "accepted", True), ("withdraw_substitute", "accepted", False)]
    assert sorted((kind, undone) for kind, _verdict, undone in told(story(begin, scene, oanh))) == [
        ("admit", False),
        ("deny", False),
        ("substitute", True),
        ("withdraw_substitute", False),
    ]


def test_new_pass_and_an_act_handed_over_are_told(begin: BeginWork, scene: SimpleNamespace) -> None:
    with begin(acting(scene.olga)) as work:
        renew_pass(work, scene.conference.id, scene.dina.id)
    record(begin, scene, "check_in", STARTS, account_id=scene.olga.id)
    lines = [one.line for one in story(begin, scene)]
    assert [(line.event.kind, line.desk, line.account) for line in lines] == [("renew_pass", "", "Olga"), ("check_in", "Bàn 1", "Olga")]


def test_story_costs_the_same_however_long(begin: BeginWork, scene: SimpleNamespace) -> None:
    def count() -> int:
        statements: list[str] = []
        with begin(acting(scene.olga)) as work:
            bind = work.session.get_bind()
            note = lambda _c, _cur, statement, *_rest: statements.append(statement)  # noqa: E731
            event.listen(bind, "before_cursor_execute", note)
            read_story(work, scene.conference.id, scene.dina.id)
            event.remove(bind, "before_cursor_execute", note)
        return len(statements)

    record(begin, scene, "check_in", STARTS)
    few = count()
    for minute in range(1, 150):
        record(begin, scene, "leave" if minute % 2 else "check_in", STARTS + minute * MINUTE)
    assert count() == few <= 9


def test_outsiders_read_no_story(begin: BeginWork, scene: SimpleNamespace) -> None:
    with begin() as work:
        hers = make_conference(work, scene.mallory, title="Hers")
    for actor, conference_id, error in (
        (acting(scene.mallory), scene.conference.id, NotFound),
        (acting(scene.mallory), hers.id, NotFound),
        (Anonymous(), scene.conference.id, SignInRequired),
    ):
        with pytest.raises(error), begin(actor) as work:
            read_story(work, conference_id, scene.dina.id)
