"""Whatever is kept beside the log and does not fit it is found: each kind of difference is planted, and nothing else is reported."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, insert, select, update

from confsvc.domain.attendance_check import Difference, verify_attendance
from confsvc.domain.check_in import CheckIn, CountHeads, WalkIn, carry_out
from confsvc.domain.conferences import move_conference
from confsvc.domain.corrections import excuse_delegate
from confsvc.domain.delegates import renew_pass
from confsvc.domain.work import DeskActor
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, HandedOver, Mandate, Pass, SiteTally
from tests.conftest import NOW
from tests.domain.test_substitutions import DEPUTY, HEAD, Hall
from tests.domain.test_substitutions import hall as hall  # a fixture
from tests.factories import make_delegate

LATE, ILL, GUEST = "Lê Thị Muộn", "Võ Hoài Ốm", "Phạm Văn Khách"
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def closed(hall: Hall) -> Hall:
    """After a conference with one of everything."""
    with hall.begin(hall.olga) as work:
        mandate = work.session.scalars(select(Mandate)).one()
        late_id, ill_id = (make_delegate(work, mandate, name).id for name in (LATE, ILL))
    hall.tell(hall.deputy(0), WalkIn(**hall.at(10), name=GUEST, position="", unit="Báo Bình Thuận"), CountHeads(**hall.at(20), count=40))
    with hall.begin(hall.olga, now=NOW + timedelta(hours=1)) as work:
        excuse_delegate(work, hall.conference_id, ill_id, "ốm", hall.ref())
        renew_pass(work, hall.conference_id, late_id)
    with hall.begin(DeskActor(hall.desks[0]), now=NOW + timedelta(hours=1)) as work:
        carry_out(work, [CheckIn(client_ref=hall.ref(), occurred_at=NOW + timedelta(hours=1), delegate_id=late_id)])
    with hall.begin(hall.olga, now=NOW + timedelta(hours=2)) as work:
        move_conference(work, hall.conference_id, "close", version=1)
    return hall


def of(name: str) -> Any:
    """The id of somebody, to be read when the statement runs."""
    return select(Delegate.id).where(Delegate.full_name == name).scalar_subquery()


def state(name: str, **values: Any) -> Any:
    return update(Attendance).where(Attendance.delegate_id == of(name)).values(**values)


def tally(**values: Any) -> Any:
    return update(SiteTally).values(**values)


def line(kind: str) -> Any:
    return (AttendanceEvent.kind == kind,)


def revoked(name: str) -> Any:
    return update(Pass).where(Pass.delegate_id == of(name), Pass.revoked_at.is_not(None))


PLANTED: dict[str, tuple[Any, list[tuple[str, str, str]]]] = {
    "nothing": (update(Conference).values(title=Conference.title), []),
    "arrived_at": (state(LATE, arrived_at=NOW), [("delegate", LATE, "arrived_at")]),
    "late": (state(LATE, late=False), [("delegate", LATE, "late"), ("site", "", "late")]),
    "since": (state(ILL, since=NOW), [("delegate", ILL, "since")]),
    "reason": (state(ILL, reason="đi vắng"), [("delegate", ILL, "reason")]),
    "mode": (state(LATE, mode="online"), [("delegate", LATE, "mode"), ("site", "", "online")]),
    "desk_id": (state(LATE, desk_id=None), [("delegate", LATE, "desk_id")]),
    "revision": (state(LATE, revision=1), [("delegate", LATE, "revision")]),
    "substitute_id": (state(HEAD, substitute_id=of(LATE)), [("delegate", HEAD, "substitute_id")]),
    "row": (delete(Attendance).where(Attendance.delegate_id == of(GUEST)), [("delegate", GUEST, "state"), ("site", "", "walk_ins")]),
    **{
        count: (tally(**{count: 1 + getattr(SiteTally, count)}), [("site", "", count)])
        for count in ("vacant", "visiting", "walk_ins", "online", "substitutes", "late", "headcount", "named")
    },
    **{count: (tally(**{count: getattr(SiteTally, count) - 1}), [("site", "", count)]) for count in ("present", "excused")},
    "away": (tally(away=1, present=SiteTally.present - 1), [("site", "", "away"), ("site", "", "present")]),
    "headcount_at": (tally(headcount_at=NOW), [("site", "", "headcount_at")]),
    "closed_at": (update(Conference).values(closed_at=TOMORROW), [("conference", "", "closed_at")]),
    "opened again": (update(Conference).values(state="in_progress", closed_at=None), [("conference", "", "closed_at")]),
    "last line": (update(Conference).values(revision=99), [("conference", "", "revision")]),
    "gap": (delete(AttendanceEvent).where(*line("headcount")), [("conference", "", "lines"), ("site", "", "headcount"), ("site", "", "headcount_at")]),
    "no pass": (update(Pass).where(Pass.delegate_id == of(ILL)).values(revoked_at=NOW), [("delegate", ILL, "valid_passes")]),
    "pass of the replaced": (
        revoked(HEAD).values(revoked_at=None, revoked_revision=None, revoked_reason=""),
        [("delegate", HEAD, "valid_passes")],
    ),
    "revoked by no line": (revoked(LATE).values(revoked_revision=99), [("pass", LATE, "revoked_revision")]),
    "revoked by a line about another": (revoked(LATE).values(revoked_revision=1), [("pass", LATE, "revoked_revision")]),
    "replaced, and desks do not hear of it": (revoked(HEAD).values(revoked_revision=None), [("pass", HEAD, "revoked_revision")]),
    "valid, and desks hear it is not": (
        update(Pass).where(Pass.delegate_id == of(ILL)).values(revoked_revision=2),
        [("pass", ILL, "revoked_revision")],
    ),
    "nobody let them in": (
        update(AttendanceEvent).where(AttendanceEvent.delegate_id == of(GUEST)).values(delegate_id=of(ILL)),
        [("delegate", ILL, field) for field in ("state", "since", "site_id", "desk_id", "arrived_at", "reason")]
        + [("delegate", GUEST, field) for field in ("state", "site_id", "desk_id", "since", "arrived_at", "revision")]
        + [("delegate", GUEST, "lines")],
    ),
    "came for another": (
        update(Delegate).where(Delegate.full_name == DEPUTY).values(replaces_id=of(LATE)),
        [("delegate", DEPUTY, field) for field in ("state", "site_id", "desk_id", "since", "arrived_at")]
        + [("pass", HEAD, "revoked_revision"), ("delegate", DEPUTY, "replaces_id")],
    ),
}


def test_each_kind_of_difference_is_found_and_no_other(closed: Hall) -> None:
    found = {}
    with closed.begin(closed.olga) as work:
        names = dict(work.session.execute(select(Delegate.id, Delegate.full_name)).all())
        bearers = dict(work.session.execute(select(Pass.id, Delegate.full_name).join(Delegate, Delegate.id == Pass.delegate_id)).all())
        assert verify_attendance(work, closed.conference_id) == []
        for what, (statement, _) in PLANTED.items():
            savepoint = work.session.begin_nested()
            work.session.execute(statement, execution_options={"synchronize_session": False})
            work.session.expire_all()
            differences = verify_attendance(work, closed.conference_id)
            assert all(one.stored != one.right for one in differences)
            whose = {"delegate": names, "pass": bearers}
            found[what] = sorted((one.what, whose.get(one.what, {}).get(one.id, ""), one.field) for one in differences)
            savepoint.rollback()
        work.session.expire_all()
    assert found == {what: sorted(expected) for what, (_, expected) in PLANTED.items()}


def test_act_that_was_let_count_and_is_in_no_log_is_found(closed: Hall) -> None:
    with closed.begin(closed.olga) as work:
        desk_id, ref = closed.desks[0], work.session.scalars(select(AttendanceEvent.client_ref).where(AttendanceEvent.revision == 1)).one()
        columns = {"conference_id": closed.conference_id, "desk_id": desk_id, "handed_by_id": desk_id, "act": "check_in", "payload": {}}
        times = {"happened_at": NOW, "received_at": NOW}
        acts = [(ref, "accepted"), ("never recorded", "accepted"), ("still waits", None), ("turned down", "rejected")]
        rows = [{**columns, **times, "client_ref": client_ref, "decision": decision} for client_ref, decision in acts]
        work.session.execute(insert(HandedOver), rows)
        lost = work.session.scalars(select(HandedOver.id).where(HandedOver.client_ref == "never recorded")).one()

        assert verify_attendance(work, closed.conference_id) == [Difference("handed_over", lost, "lines", 0, 1)]


def test_close_counts_from_what_other_processes_recorded_before_it(hall: Hall) -> None:
    """A process that read its clock first may write last: what was recorded before the line of the close was before the close."""
    with hall.begin(DeskActor(hall.desks[0]), now=NOW + timedelta(seconds=2)) as work:
        carry_out(work, [CheckIn(client_ref=hall.ref(), occurred_at=TOMORROW, delegate_id=hall.head_id)])
    with hall.begin(hall.olga, now=NOW + timedelta(seconds=1)) as work:
        conference = move_conference(work, hall.conference_id, "close", version=1)
        assert conference.closed_at == NOW + timedelta(seconds=2)
        assert verify_attendance(work, hall.conference_id) == []


def test_queries_do_not_depend_on_the_number_of_people(hall: Hall) -> None:
    def queries() -> int:
        statements: list[str] = []
        with hall.begin(hall.olga) as work:
            engine = work.session.get_bind()
            note: Any = lambda *told: statements.append(told[2])  # noqa: E731  # to be taken off again
            event.listen(engine, "before_cursor_execute", note)
            assert verify_attendance(work, hall.conference_id) == []
            event.remove(engine, "before_cursor_execute", note)
        return len(statements)

    few = queries()
    hall.tell(hall.deputy(0), *(WalkIn(**hall.at(n), name=f"Khách {n}", position="", unit="Báo Bình Thuận") for n in range(1, 9)))
    assert queries() == few
