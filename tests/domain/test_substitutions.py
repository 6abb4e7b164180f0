"""Substitutes, walk-ins and those who decide about them: one seat, one person, whichever desk tells first."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count, permutations
from typing import Any

import pytest
from sqlalchemy import select

from confsvc.domain.admissions import admit_person, deny_person, people_asking
from confsvc.domain.attendance_check import verify_attendance
from confsvc.domain.check_in import Act, Answer, CheckIn, Substitute, WalkIn, WithdrawSubstitute, carry_out, sync_desk
from confsvc.domain.conferences import move_conference
from confsvc.domain.errors import NotFound, SignInRequired, WrongState
from confsvc.domain.passes import pass_token, valid_pass
from confsvc.domain.substitutions import SubstituteEntry, substitute_delegate, withdraw_substitution
from confsvc.domain.tallies import recount_sites
from confsvc.domain.work import Anonymous, DeskActor, System
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, Mandate, Pass, SiteTally
from tests.conftest import NOW, BeginWork
from tests.factories import acting, make_account, make_conference, make_delegate, make_desk, make_mandate, make_site


@dataclass
class Hall:
    """A conference in progress with two desks of one site and a head of unit who is expected there."""

    begin: BeginWork
    conference_id: int
    desks: list[int]
    head_id: int
    head_pass: str
    olga: Any
    refs: Any = field(default_factory=lambda: count(1))

    def ref(self) -> str:
        return f"00000000-0000-4000-9000-{next(self.refs):012d}"

    def at(self, second: int) -> dict[str, Any]:
        return {"client_ref": self.ref(), "occurred_at": NOW - timedelta(hours=1) + timedelta(seconds=second)}

    def deputy(self, second: int, name: str = "Trần Văn Phó", rank: str = "head") -> Substitute:
        return Substitute(**self.at(second), delegate_id=self.head_id, name=name, position="Phó Giám đốc", rank=rank, reason="bận họp")

    def tell(self, *acts: Act, desk: int = 0) -> list[Answer]:
        with self.begin(DeskActor(self.desks[desk])) as work:
            answers = carry_out(work, acts).answers
        assert all(isinstance(answer, Answer) for answer in answers)
        return answers  # type: ignore[return-value]  # as just asserted

    def states(self) -> dict[str, str]:
        with self.begin(self.olga) as work:
            assert verify_attendance(work, self.conference_id) == []
            rows = select(Delegate.full_name, Attendance.state).join(Attendance, Attendance.delegate_id == Delegate.id)
            return dict(work.session.execute(rows.where(Delegate.conference_id == self.conference_id)).all())

    def tally(self) -> tuple[int, ...]:
        with self.begin(self.olga) as work:
            found = work.session.scalars(select(SiteTally).where(SiteTally.conference_id == self.conference_id)).one()
            return (found.named, found.vacant, found.present, found.substitutes, found.walk_ins)


HEAD, DEPUTY = "Nguyễn Thị Trưởng", "Trần Văn Phó"


@pytest.fixture
def hall(begin: BeginWork) -> Hall:
    with begin() as work:
        olga = make_account(work)
        conference = make_conference(work, olga, state="in_progress")
        site = make_site(work, conference)
        mandate = make_mandate(work, conference, site, seats=2, required_rank="head")
        head = make_delegate(work, mandate, HEAD, rank="head")
        desks = [make_desk(work, site, f"Bàn {n}").id for n in (1, 2)]
        return Hall(begin, conference.id, desks, head.id, pass_token(work, valid_pass(work, head.id)), acting(olga))


def test_substitute_of_sufficient_rank_takes_the_seat_at_once(hall: Hall) -> None:
    [answer] = hall.tell(hall.deputy(0))
    assert (answer.verdict.verdict, answer.row and answer.row.state, answer.replaced and (answer.replaced.state, answer.replaced.by)) == (
        "accepted",
        "present",
        ("substituted", DEPUTY),
    )
    assert hall.tally() == (1, 1, 1, 1, 0)
    assert hall.states() == {HEAD: "substituted", DEPUTY: "present"}


def test_pass_of_the_replaced_says_by_whom(hall: Hall) -> None:
    hall.tell(hall.deputy(0))
    [answer] = hall.tell(CheckIn(**hall.at(60), code=hall.head_pass))
    assert (answer.verdict.verdict, answer.verdict.reason, answer.verdict.by) == ("refused", "substituted", DEPUTY)
    with hall.begin(hall.olga) as work:
        revoked = work.session.scalars(select(Pass).where(Pass.delegate_id == hall.head_id)).one()
        assert revoked.revoked_reason == "substituted"
        assert revoked.revoked_revision is not None
    with hall.begin(DeskActor(hall.desks[0])) as work:
        synced = sync_desk(work, 0)
        assert [(one.uid, one.by) for one in synced.revoked] == [(revoked.uid, DEPUTY)]


def test_too_low_a_rank_waits_for_the_organiser(hall: Hall) -> None:
    [answer] = hall.tell(hall.deputy(0, rank="leader"))
    assert (answer.verdict.verdict, answer.row and answer.row.state) == ("accepted", "pending")
    assert hall.tally() == (1, 1, 0, 0, 0)
    with hall.begin(hall.olga) as work:
        [asking] = people_asking(work, hall.conference_id)
        assert (asking.why, asking.name, asking.replaces, asking.rank, asking.required_rank, asking.desk) == (
            "substitute",
            DEPUTY,
            HEAD,
            "leader",
            "head",
            "Bàn 1",
        )
        assert asking.reason == "bận họp"
        verdict = admit_person(work, hall.conference_id, asking.delegate_id, hall.ref())
        assert verdict.verdict == "accepted"
    assert hall.states() == {HEAD: "substituted", DEPUTY: "present"}
    assert hall.tally() == (1, 1, 1, 1, 0)
    with hall.begin(hall.olga) as work, pytest.raises(WrongState):
        deny_person(work, hall.conference_id, asking.delegate_id, "sai thành phần", hall.ref())


def test_who_was_turned_away_is_not_let_in_by_the_own_pass(hall: Hall) -> None:
    hall.tell(hall.deputy(0, rank="staff"))
    with hall.begin(hall.olga) as work:
        [asking] = people_asking(work, hall.conference_id)
        deny_person(work, hall.conference_id, asking.delegate_id, "sai thành phần", hall.ref())
        token = pass_token(work, valid_pass(work, asking.delegate_id))
    [answer] = hall.tell(CheckIn(**hall.at(60), code=token))
    assert (answer.verdict.verdict, answer.verdict.reason) == ("refused", "not_admitted")
    assert hall.states() == {HEAD: "not_yet", DEPUTY: "not_admitted"}


def test_same_ref_replays_and_adds_nobody(hall: Hall) -> None:
    act = hall.deputy(0)
    first, second = hall.tell(act), hall.tell(act)
    assert first[0].verdict == second[0].verdict
    assert len(hall.states()) == 2


def test_withdrawn_substitution_gives_seat_and_pass_back(hall: Hall) -> None:
    act = hall.deputy(0)
    hall.tell(act)
    [answer] = hall.tell(WithdrawSubstitute(**hall.at(60), substitution=act.client_ref, reason="nhầm người"))
    assert (answer.verdict.verdict, answer.row and answer.row.state, answer.replaced and answer.replaced.state) == ("accepted", "not_admitted", "not_yet")
    [back] = hall.tell(CheckIn(**hall.at(120), code=hall.head_pass))
    assert back.verdict.verdict == "accepted"
    assert hall.states() == {HEAD: "present", DEPUTY: "not_admitted"}
    assert hall.tally() == (1, 1, 1, 0, 0)


def test_order_of_return_never_matters(begin: BeginWork, hall: Hall) -> None:
    """Two desks seat two substitutes, one takes its own back, and the head has come meanwhile: every order ends alike."""
    first, second = hall.deputy(10, "Đến Trước"), hall.deputy(20, "Đến Sau")
    queues: list[list[Act]] = [
        [first, WithdrawSubstitute(**hall.at(15), substitution=first.client_ref, reason="nhầm")],
        [second],
    ]
    late = CheckIn(**hall.at(25), delegate_id=hall.head_id)
    ends = set()
    for order in permutations(range(2)):
        with begin(System()) as work:
            nested = work.session.begin_nested()
            for n in order:
                carry_out(replace(work, actor=DeskActor(hall.desks[n])), queues[n])
            carry_out(replace(work, actor=DeskActor(hall.desks[0])), [late])
            rows = select(Delegate.full_name, Attendance.state).join(Attendance, Attendance.delegate_id == Delegate.id)
            ends.add(frozenset(work.session.execute(rows).all()))
            assert verify_attendance(work, hall.conference_id) == []
            nested.rollback()
    assert ends == {frozenset({(HEAD, "substituted"), ("Đến Trước", "not_admitted"), ("Đến Sau", "present")})}


def test_organisers_word_is_the_approval(hall: Hall) -> None:
    with hall.begin(hall.olga) as work:
        entry = SubstituteEntry("Lê Thị Thay", "Chuyên viên", "staff", "ốm")
        verdict = substitute_delegate(work, hall.conference_id, hall.head_id, entry, hall.ref())
        substitute_id = verdict.delegate_id or 0
    assert hall.states() == {HEAD: "substituted", "Lê Thị Thay": "not_yet"}
    assert hall.tally() == (1, 1, 0, 0, 0)
    [came] = hall.tell(CheckIn(**hall.at(60), delegate_id=substitute_id))
    assert came.verdict.verdict == "accepted"
    assert hall.tally() == (1, 1, 1, 1, 0)
    with hall.begin(hall.olga) as work:
        withdraw_substitution(work, hall.conference_id, substitute_id, "đã đến", hall.ref())
    assert hall.states() == {HEAD: "not_yet", "Lê Thị Thay": "not_admitted"}


@pytest.mark.parametrize(("rule", "verdict", "state"), [("open", "accepted", "present"), ("ask", "accepted", "pending"), ("refuse", "refused", None)])
def test_walk_in_by_the_rule_of_the_conference(hall: Hall, rule: str, verdict: str, state: str | None) -> None:
    with hall.begin(hall.olga) as work:
        work.session.get_one(Conference, hall.conference_id).walk_in_rule = rule
    [answer] = hall.tell(WalkIn(**hall.at(0), name="Khách <script>", position="", unit="Công ty {x}"))
    assert (answer.verdict.verdict, answer.row and answer.row.state) == (verdict, state)
    assert hall.states() == {HEAD: "not_yet"} | ({"Khách <script>": state} if state else {})
    assert hall.tally() == (1, 1, 0, 0, 1 if state == "present" else 0)


def test_outsiders_decide_nothing(hall: Hall) -> None:
    hall.tell(hall.deputy(0, rank="staff"))
    with hall.begin(hall.olga) as work:
        mallory = acting(make_account(work, "mallory"))
        [asking] = people_asking(work, hall.conference_id)
    for actor, error in ((mallory, NotFound), (Anonymous(), SignInRequired), (DeskActor(hall.desks[0]), SignInRequired)):
        attempts: list[Any] = [
            lambda work: people_asking(work, hall.conference_id),
            lambda work: admit_person(work, hall.conference_id, asking.delegate_id, hall.ref()),
            lambda work: deny_person(work, hall.conference_id, asking.delegate_id, "x", hall.ref()),
            lambda work: substitute_delegate(work, hall.conference_id, hall.head_id, SubstituteEntry("X"), hall.ref()),
        ]
        for attempt in attempts:
            with hall.begin(actor) as work, pytest.raises(error):
                attempt(work)
    assert hall.states() == {HEAD: "not_yet", DEPUTY: "pending"}


def test_desk_that_puts_people_on_the_list_without_end_is_stopped(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("confsvc.domain.attendance_rules.TYPED_PER_DESK", 3)
    walk_ins = [WalkIn(**hall.at(n), name=f"Khách {n}", position="", unit="Công ty") for n in range(5)]
    assert [answer.verdict.reason for answer in hall.tell(*walk_ins)] == [None, None, None, "too_often", "too_often"]
    [elsewhere] = hall.tell(WalkIn(**hall.at(9), name="Khách 9", position="", unit="Công ty"), desk=1)
    assert elsewhere.verdict.verdict == "accepted"


def test_unit_whose_name_grows_when_folded_is_kept_within_its_column(hall: Hall) -> None:
    hall.tell(WalkIn(**hall.at(0), name="Khách", position="", unit="㎢" * 200), WalkIn(**hall.at(1), name="Khách nữa", position="", unit="㎢" * 200))
    with hall.begin(hall.olga) as work:
        [mandate] = work.session.scalars(select(Mandate).where(Mandate.unit_id.is_(None)))
        assert len(mandate.unit_name_fold) == 200


def test_conference_that_is_resumed_begins_empty(hall: Hall) -> None:
    hall.tell(CheckIn(**hall.at(0), delegate_id=hall.head_id), WalkIn(**hall.at(1), name="Khách", position="", unit="Công ty"))
    later = NOW + timedelta(days=3)
    with hall.begin(hall.olga) as work:
        conference = work.session.get_one(Conference, hall.conference_id)
        move_conference(work, conference.id, "postpone", version=conference.version)
    with hall.begin(hall.olga) as work:
        version = work.session.get_one(Conference, hall.conference_id).version
        move_conference(work, hall.conference_id, "resume", version=version, starts_at=later, ends_at=later + timedelta(hours=3))
    assert hall.states() == {HEAD: "not_yet", "Khách": "not_admitted"}
    assert hall.tally() == (1, 1, 0, 0, 0)
    [late] = hall.tell(CheckIn(**hall.at(2), delegate_id=hall.head_id))
    assert (late.verdict.verdict, late.verdict.reason) == ("refused", "not_yet_open")
    with hall.begin(DeskActor(hall.desks[0]), now=later) as work:
        [answer] = carry_out(work, [CheckIn(client_ref=hall.ref(), occurred_at=later, delegate_id=hall.head_id)]).answers
    assert isinstance(answer, Answer)
    assert answer.verdict.verdict == "accepted"


def test_log_keeps_who_was_named_at_a_desk_that_may_not(hall: Hall) -> None:
    with hall.begin() as work:
        conference = work.session.get_one(Conference, hall.conference_id)
        elsewhere = make_site(work, conference, "Điểm cầu khác", kind="remote")
        work.session.get_one(Delegate, hall.head_id).site_id = elsewhere.id
        recount_sites(work, hall.conference_id)
    [answer] = hall.tell(CheckIn(**hall.at(0), delegate_id=hall.head_id))
    assert (answer.verdict.reason, answer.row) == ("delegate_unknown", None)
    with hall.begin(hall.olga) as work:
        assert work.session.scalars(select(AttendanceEvent.delegate_id)).all() == [hall.head_id]
