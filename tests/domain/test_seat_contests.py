"""Who has a seat when several want it, at whatever hall they come and in whatever order it is told."""

from dataclasses import replace
from itertools import permutations

import pytest
from sqlalchemy import select

from confsvc.domain.check_in import Act, CheckIn, UndoCheckIn, WalkIn, WithdrawSubstitute, carry_out
from confsvc.domain.corrections import check_in_delegate
from confsvc.domain.delegates import renew_pass
from confsvc.domain.errors import WrongState
from confsvc.domain.substitutions import withdraw_substitution
from confsvc.domain.work import DeskActor, System
from confsvc.models import Attendance, Conference, Delegate
from tests.domain.test_substitutions import DEPUTY, HEAD, Hall
from tests.domain.test_substitutions import hall as hall  # a fixture
from tests.factories import make_desk, make_site

OTHER, GUEST = "Lê Thị Khác", "Phạm Văn Khách"
Said = tuple[str, str | None, str | None]


def say(here: Hall, act: Act, desk: int = 0) -> Said:
    [answer] = here.tell(act, desk=desk)
    return answer.verdict.verdict, answer.verdict.reason, answer.verdict.by


def id_of(here: Hall, name: str) -> int:
    with here.begin(here.olga) as work:
        wanted = select(Delegate.id).where(Delegate.conference_id == here.conference_id, Delegate.full_name == name)
        return work.session.scalars(wanted).one()


def test_who_waits_for_a_seat_waits_no_more_once_another_has_it(hall: Hall) -> None:
    hall.tell(hall.deputy(0, rank="leader"))
    assert hall.states() == {HEAD: "not_yet", DEPUTY: "pending"}
    assert say(hall, hall.deputy(60, OTHER)) == ("accepted", None, None)
    assert hall.states() == {HEAD: "substituted", DEPUTY: "not_admitted", OTHER: "present"}

    other_id = id_of(hall, OTHER)
    with hall.begin(hall.olga) as work:
        withdraw_substitution(work, hall.conference_id, other_id, "nhầm", hall.ref())

    assert hall.states() == {HEAD: "not_yet", DEPUTY: "pending", OTHER: "not_admitted"}


def test_who_comes_for_a_seat_that_another_has_does_not_wait(hall: Hall) -> None:
    hall.tell(hall.deputy(0, OTHER))

    assert say(hall, hall.deputy(60, rank="staff")) == ("refused", "substituted", OTHER)

    assert hall.states() == {HEAD: "substituted", OTHER: "present", DEPUTY: "not_admitted"}


def test_substitute_may_come_to_another_hall_and_be_withdrawn_there(hall: Hall) -> None:
    with hall.begin() as work:
        far = make_site(work, work.session.get_one(Conference, hall.conference_id), "Điểm cầu huyện Phú Quý", kind="remote")
        hall.desks.append(make_desk(work, far, "Bàn Phú Quý").id)
    hall.tell(CheckIn(**hall.at(0), code=hall.head_pass), desk=2)
    act = hall.deputy(60)
    assert say(hall, act, desk=2) == ("accepted", None, None)
    assert hall.states() == {HEAD: "substituted", DEPUTY: "present"}

    assert say(hall, WithdrawSubstitute(**hall.at(120), substitution=act.client_ref, reason="nhầm"), desk=2) == ("accepted", None, DEPUTY)

    assert hall.states() == {HEAD: "present", DEPUTY: "not_admitted"}


def test_withdrawal_of_a_refused_substitution_takes_nobodys_seat(hall: Hall) -> None:
    hall.tell(hall.deputy(0))
    refused = replace(hall.deputy(60, OTHER), delegate_id=id_of(hall, DEPUTY))
    assert say(hall, refused) == ("refused", "not_replaceable", None)

    assert say(hall, WithdrawSubstitute(**hall.at(120), substitution=refused.client_ref, reason="nhầm"))[:2] == ("refused", "delegate_unknown")

    assert hall.states() == {HEAD: "substituted", DEPUTY: "present"}


def test_organiser_lets_in_who_waits_by_deciding_not_by_a_check_in(hall: Hall) -> None:
    hall.tell(hall.deputy(0, rank="leader"))
    deputy_id = id_of(hall, DEPUTY)
    with hall.begin(hall.olga) as work:
        verdict = check_in_delegate(work, hall.conference_id, deputy_id, hall.ref())
    assert (verdict.verdict, verdict.reason) == ("refused", "not_admitted")
    assert hall.states() == {HEAD: "not_yet", DEPUTY: "pending"}


def test_walk_in_seen_after_a_mistaken_undo_is_in_whichever_desk_returns_first(hall: Hall) -> None:
    hall.tell(WalkIn(**hall.at(0), name=GUEST, position="", unit="Báo Bình Thuận"))
    guest_id = id_of(hall, GUEST)
    queues = (UndoCheckIn(**hall.at(60), delegate_id=guest_id, reason="nhầm"), CheckIn(**hall.at(120), delegate_id=guest_id))
    for first, second in permutations((0, 1)):
        with hall.begin(System()) as work:
            savepoint = work.session.begin_nested()
            for desk in (first, second):
                carry_out(replace(work, actor=DeskActor(hall.desks[desk])), [queues[desk]])
            state = work.session.scalars(select(Attendance.state).where(Attendance.delegate_id == guest_id)).one()
            savepoint.rollback()
        assert state == "present", f"desk {first} first"


def test_replaced_person_gets_no_new_pass(hall: Hall) -> None:
    hall.tell(hall.deputy(0))
    with hall.begin(hall.olga) as work, pytest.raises(WrongState):
        renew_pass(work, hall.conference_id, hall.head_id)
