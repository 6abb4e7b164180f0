"""Delegates answer for themselves, as often as they like, until it is over."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import select

from confsvc.domain.attendance import NewEvent, record_attendance
from confsvc.domain.errors import Invalid, NotFound, WrongState
from confsvc.domain.figures import figures_by_site
from confsvc.domain.replies import answer_invitation
from confsvc.domain.work import DelegateActor
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, Mandate
from tests.conftest import NOW, BeginWork
from tests.factories import acting, make_account, make_conference, make_delegate, make_mandate, make_site

Answer = Callable[..., None]


@pytest.fixture
def dina(begin: BeginWork) -> int:
    with begin() as work:
        conference = make_conference(work)
        return make_delegate(work, make_mandate(work, conference, make_site(work, conference))).id


@pytest.fixture
def answer(begin: BeginWork, dina: int) -> Answer:
    """`answer("declined", "Đi công tác")`: dina answers from a newly opened form."""

    def reply(word: str, reason: str = "", key: str | None = None) -> None:
        with begin(DelegateActor(dina)) as work:
            answer_invitation(work, reply=word, reason=reason, client_ref=key or str(uuid4()))

    return reply


def standing(begin: BeginWork) -> tuple[str, str, str, str]:
    """Reply, its reason, the attendance state, its reason."""
    with begin() as work:
        delegate, attendance = work.session.scalars(select(Delegate)).one(), work.session.scalars(select(Attendance)).one()
        return delegate.reply, delegate.reply_reason, attendance.state, attendance.reason


def log(begin: BeginWork) -> list[tuple[str, str, str, str]]:
    with begin() as work:
        return [
            (line.kind, line.method, line.reason, line.verdict) for line in work.session.scalars(select(AttendanceEvent).order_by(AttendanceEvent.revision))
        ]


def test_yes_is_noted_and_leaves_the_log_alone(begin: BeginWork, answer: Answer) -> None:
    answer("accepted", "not asked for")
    assert standing(begin) == ("accepted", "", "not_yet", "")
    assert log(begin) == []
    with begin() as work:
        assert work.session.scalars(select(Delegate.replied_at)).one() == NOW


def test_no_with_a_reason_excuses_and_yes_afterwards_withdraws_the_excuse(begin: BeginWork, answer: Answer) -> None:
    answer("declined", " Đi  công tác\r\n")
    assert standing(begin) == ("declined", "Đi công tác", "excused", "Đi công tác")
    answer("accepted")
    assert standing(begin) == ("accepted", "", "not_yet", "")
    assert log(begin) == [("excuse", "self", "Đi công tác", "accepted"), ("withdraw_excuse", "self", "", "accepted")]
    answer("declined", "Ốm")
    assert standing(begin) == ("declined", "Ốm", "excused", "Ốm")
    with begin() as work:
        [(_, figures)] = figures_by_site(work, work.session.scalars(select(Conference.id)).one())
        assert figures.excused == 1


def test_same_answer_again_writes_nothing_more(begin: BeginWork, answer: Answer) -> None:
    key = str(uuid4())
    answer("declined", "Ốm", key)
    answer("declined", "Ốm", key)
    answer("declined", "Ốm")
    assert log(begin) == [("excuse", "self", "Ốm", "accepted")]


def test_other_reason_is_a_new_line(begin: BeginWork, answer: Answer) -> None:
    answer("declined", "Ốm")
    answer("declined", "Đi công tác")
    assert standing(begin)[1] == "Đi công tác"
    assert [line[2] for line in log(begin)] == ["Ốm", "Đi công tác"]


def test_yes_withdraws_an_excuse_that_the_organiser_made(begin: BeginWork, answer: Answer, dina: int) -> None:
    with begin() as work:
        conference_id = work.session.scalars(select(Conference.id)).one()
        record_attendance(work, conference_id, [NewEvent(str(uuid4()), "excuse", "organiser", NOW, delegate_id=dina, reason="Báo qua điện thoại")])
    answer("accepted")
    assert standing(begin) == ("accepted", "", "not_yet", "")


@pytest.mark.parametrize(
    ("word", "reason", "field", "why"),
    [
        ("declined", "", "reason", "reply_reason_required"),
        ("declined", " \u200b\n", "reason", "reply_reason_required"),
        ("declined", "x" * 501, "reason", "too_long"),
        ("none", "", "reply", "reply_required"),
        ("", "", "reply", "reply_required"),
        ("maybe", "Ốm", "reply", "reply_required"),
    ],
)
def test_incomplete_answer_is_refused_and_changes_nothing(begin: BeginWork, answer: Answer, word: str, reason: str, field: str, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        answer(word, reason)
    assert (refused.value.field, refused.value.reason) == (field, why)
    assert standing(begin) == ("none", "", "not_yet", "")


@pytest.mark.parametrize(("state", "open_"), [("published", True), ("in_progress", True), ("postponed", True), ("closed", False), ("cancelled", False)])
def test_answers_are_taken_until_it_is_over(begin: BeginWork, answer: Answer, state: str, open_: bool) -> None:
    with begin() as work:
        conference = work.session.scalars(select(Conference)).one()
        conference.state, conference.closed_at = state, NOW if state == "closed" else None
    if open_:
        answer("declined", "Ốm")
        assert standing(begin)[0] == "declined"
    else:
        with pytest.raises(WrongState) as refused:
            answer("declined", "Ốm")
        assert refused.value.fields == {"state": state, "step": "reply"}
        assert standing(begin)[0] == "none"


def test_someone_who_is_here_already_cannot_decline(begin: BeginWork, answer: Answer, dina: int) -> None:
    with begin() as work:
        delegate = work.session.get_one(Delegate, dina)
        event = NewEvent(str(uuid4()), "check_in", "organiser", NOW, site_id=delegate.site_id, delegate_id=dina)
        record_attendance(work, delegate.conference_id, [event])
    with pytest.raises(WrongState) as refused:
        answer("declined", "Ốm")
    assert refused.value.fields == {"state": "present", "step": "reply"}


@pytest.mark.parametrize("state", ["left", "pending", "not_admitted", "substituted"])
def test_who_came_asks_to_come_in_or_is_replaced_has_nothing_to_answer(begin: BeginWork, answer: Answer, state: str) -> None:
    with begin() as work:
        work.session.scalars(select(Attendance)).one().state = state
    for word in ("accepted", "declined"):
        with pytest.raises(WrongState) as refused:
            answer(word, "Ốm")
        assert refused.value.fields == {"state": state, "step": "reply"}
    assert (standing(begin), log(begin)) == (("none", "", state, ""), [])


def test_reference_of_another_delegate_takes_nothing_away(begin: BeginWork, answer: Answer) -> None:
    key = str(uuid4())
    with begin() as work:
        other = make_delegate(work, work.session.scalars(select(Mandate)).one(), "Lê Văn Em").id
    answer("declined", "Ốm", key)
    with begin(DelegateActor(other)) as work:
        answer_invitation(work, reply="declined", reason="Bận", client_ref=key)
    assert [line[2] for line in log(begin)] == ["Ốm", "Bận"]


def test_nobody_else_answers(begin: BeginWork, dina: int) -> None:
    with begin() as work:
        olga = make_account(work)
    for actor in (None, acting(olga), DelegateActor(dina + 1)):
        with begin(actor) as work, pytest.raises(NotFound):
            answer_invitation(work, reply="accepted", reason="", client_ref=str(uuid4()))
    assert standing(begin)[0] == "none"
