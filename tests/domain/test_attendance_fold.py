"""The fold, for any lines in any order: what is kept is what the log says, whoever comes back first."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update

from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.attendance_check import Difference, verify_attendance, verify_every_conference
from confsvc.domain.attendance_fold import Entry, Person, Standing, fold, tally_changes
from confsvc.domain.errors import NotFound
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, Conference, Desk, Site, SiteTally
from tests.conftest import NOW, BeginWork
from tests.factories import acting, make_account, make_conference, make_delegate, make_desk, make_mandate, make_site

KINDS = ("check_in", "check_in", "check_in", "undo", "excuse", "withdraw_excuse")


def entry(revision: int, kind: str = "check_in", site_id: int | None = 1, minutes: int = 0, reason: str = "") -> Entry:
    return Entry(revision, kind, NOW + timedelta(minutes=minutes), site_id, reason=reason)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], Standing()),
        ([entry(1)], Standing("present", site_id=1, since=NOW, revision=1)),
        ([entry(1, minutes=5), entry(2, minutes=1)], Standing("present", site_id=1, since=NOW + timedelta(minutes=1), revision=2)),
        ([entry(1), entry(2, site_id=2, minutes=1), entry(3, "undo", 2, 2)], Standing("present", site_id=1, since=NOW, revision=3)),
        ([entry(1), entry(2, site_id=2, minutes=1), entry(3, "undo", 1, 2)], Standing("present", site_id=2, since=NOW + timedelta(minutes=1), revision=3)),
        ([entry(1), entry(2, site_id=2, minutes=1), entry(3, minutes=2), entry(4, "undo", 2, 3), entry(5, "undo", 1, 4)], Standing(revision=5)),
        ([entry(1), entry(2, site_id=2, minutes=1), entry(3, "undo", None, 2)], Standing(revision=3)),
        ([entry(1, "excuse", None, 0, "ốm"), entry(2, minutes=1), entry(3, "undo", 1, 2)], Standing("excused", since=NOW, reason="ốm", revision=3)),
        ([entry(1, "excuse", None), entry(2, "withdraw_excuse", None, 1)], Standing(revision=2)),
        ([entry(1, minutes=1), entry(2, "excuse", None, 2)], Standing("present", site_id=1, since=NOW + timedelta(minutes=1), revision=2)),
        ([entry(1), entry(2, "undo", 1)], Standing(revision=2)),
    ],
)
def test_fold_of_a_few_lines(entries: list[Entry], expected: Standing) -> None:
    assert fold(entries, Person(1), NOW + timedelta(days=1))._replace(arrived_at=None) == expected


def test_tally_changes_of_a_visitor_who_goes_home() -> None:
    there, here = Standing("present", site_id=2), Standing("present", site_id=1)
    assert tally_changes(Person(1), there, here) == [(1, "named", -1), (1, "present", -1), (2, "visiting", -1), (1, "named", 1), (1, "present", 1)]


class Province:
    """Three sites, a desk at each, four delegates, and a way to record what desks did."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.conference = make_conference(work, state="in_progress")
        self.sites: list[Site] = [make_site(work, self.conference, f"Điểm cầu {n}", kind="main" if n == 0 else "remote") for n in range(3)]
        self.desks: list[Desk] = [make_desk(work, site, f"Bàn {site.name}") for site in self.sites]
        mandate = make_mandate(work, self.conference, self.sites[0], seats=5)
        self.delegates = [make_delegate(work, mandate, f"Đại biểu {n}", site_id=self.sites[n % 3].id) for n in range(4)]
        self.refs = count(1)

    def event(self, kind: str, who: int, where: int, second: int) -> NewEvent:
        """Something at a desk; excuses come from organisers."""
        desk = self.desks[where] if kind in ("check_in", "undo") else None
        return NewEvent(
            f"ref-{next(self.refs)}",
            kind,
            "scan" if desk else "organiser",
            NOW - timedelta(hours=1) + timedelta(seconds=second),
            site_id=desk.site_id if desk else None,
            delegate_id=self.delegates[who].id,
            desk_id=desk.id if desk and kind == "undo" else None,
        )

    def record(self, events: Sequence[NewEvent]) -> None:
        record_attendance(self.work, self.conference.id, events)

    def standings(self) -> list[tuple[Any, ...]]:
        columns = (Attendance.state, Attendance.site_id, Attendance.since, Attendance.reason)
        rows = self.work.session.execute(select(*columns).where(Attendance.conference_id == self.conference.id).order_by(Attendance.delegate_id))
        return [tuple(row) for row in rows]


@pytest.fixture
def province(work: Work) -> Province:
    return Province(work)


ACTS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 3), st.integers(0, 2), st.integers(0, 3600)), max_size=25)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, cuts=st.lists(st.integers(0, 25), max_size=3))
def test_kept_states_and_tallies_are_the_fold_of_the_log(begin: BeginWork, acts: list[tuple[str, int, int, int]], cuts: list[int]) -> None:
    with begin() as work:
        province = Province(work)
        events = [province.event(*act) for act in acts]
        for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(events)], strict=True):
            province.record(events[start:end])

        assert verify_attendance(work, province.conference.id) == []
        revisions = work.session.scalars(select(AttendanceEvent.revision).where(AttendanceEvent.conference_id == province.conference.id))
        assert sorted(revisions) == list(range(1, len(events) + 1))


@st.composite
def desks_that_return(draw: st.DrawFn) -> tuple[list[list[tuple[str, int, int, int]]], list[int]]:
    """What each of three desks did while it was offline, in its own order, and the order in which their lines come in."""
    moments = draw(st.lists(st.integers(0, 3600), min_size=1, max_size=16, unique=True))
    queues: list[list[tuple[str, int, int, int]]] = [[], [], []]
    there: set[tuple[int, int]] = set()
    for moment in sorted(moments):
        where, who = draw(st.integers(0, 2)), draw(st.integers(0, 3))
        # A desk takes back only what it has seen: a check-in of its own.
        kind = draw(st.sampled_from(("check_in", "undo"))) if (where, who) in there else "check_in"
        (there.add if kind == "check_in" else there.discard)((where, who))
        queues[where].append((kind, who, where, moment))
    return queues, draw(st.permutations([n for n, queue in enumerate(queues) for _ in queue]))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(returned=desks_that_return())
def test_order_in_which_offline_desks_return_never_changes_the_final_state(
    begin: BeginWork, returned: tuple[list[list[tuple[str, int, int, int]]], list[int]]
) -> None:
    queues, order = returned
    with begin() as work:
        live, late = Province(work), Province(work)
        live.record([live.event(*act) for act in sorted((act for queue in queues for act in queue), key=lambda act: act[3])])
        waiting = [iter(queue) for queue in queues]
        for desk in order:
            late.record([late.event(*next(waiting[desk]))])

        shift = late.sites[0].id - live.sites[0].id
        assert late.standings() == [(state, site_id and site_id + shift, *rest) for state, site_id, *rest in live.standings()]
        assert verify_attendance(work, late.conference.id) == []


def test_verify_reports_every_difference(province: Province) -> None:
    work, dina, an = province.work, province.delegates[0], province.delegates[1]
    main = province.sites[0]
    province.record([province.event("check_in", 0, 0, 1), province.event("check_in", 1, 1, 2), province.event("excuse", 2, 0, 3)])
    other = Province(work)
    assert verify_every_conference(work) == {province.conference.id: [], other.conference.id: []}
    session, conference_id = work.session, province.conference.id
    session.execute(update(Attendance).where(Attendance.delegate_id == dina.id).values(state="not_yet", site_id=None))
    session.execute(delete(Attendance).where(Attendance.delegate_id == an.id))
    session.execute(update(SiteTally).where(SiteTally.site_id == main.id).values(visiting=7))
    session.execute(update(Conference).where(Conference.id == conference_id).values(revision=9))
    session.expire_all()

    differences = verify_attendance(work, conference_id)

    assert differences == [
        Difference("conference", conference_id, "revision", 9, 3),
        Difference("delegate", dina.id, "state", "not_yet", "present"),
        Difference("delegate", dina.id, "site_id", None, main.id),
        Difference("delegate", an.id, "state", None, "present"),
        *[d for d in differences if d.what == "site"],
    ]
    assert Difference("site", main.id, "visiting", 7, 0) in differences
    session.execute(text("DELETE FROM attendance_events WHERE revision = 2"))
    assert Difference("conference", conference_id, "lines", 2, 3) in verify_attendance(work, conference_id)
    assert verify_attendance(work, other.conference.id) == []


def test_nobody_verifies_the_conference_of_another(province: Province, begin: BeginWork) -> None:
    mallory = make_account(province.work, "mallory")
    outsider = Work(province.work.session, NOW, province.work.new_id, province.work.secret, acting(mallory))

    with pytest.raises(NotFound):
        verify_attendance(outsider, province.conference.id)
    assert verify_every_conference(outsider) == {}
