"""Statements that are handed to the driver as they are say the same as through the toolkit."""

from datetime import timedelta, timezone

import pytest
from sqlalchemy import bindparam, event, insert, select, update
from sqlalchemy.exc import IntegrityError

from confsvc.domain.prepared import Prepared, PreparedForEach, ask, is_one_of
from confsvc.domain.work import Work
from confsvc.models import AttendanceEvent, Conference, Desk
from tests.conftest import NOW, BeginWork
from tests.factories import make_conference, make_desk, make_site

FIELDS = {
    "revision": 1,
    "delegate_id": None,
    "other_id": None,
    "code_hash": None,
    "site_id": None,
    "kind": "close",
    "amount": None,
    "mode": "in_person",
    "method": "system",
    "desk_id": None,
    "account_id": None,
    "client_ref": "a",
    "clock_offset_ms": 0,
    "verdict": "accepted",
    "refusal": None,
    "reason": "",
    "occurred_at": NOW.astimezone(timezone(timedelta(hours=7))),
    "recorded_at": NOW + timedelta(microseconds=1),
    "detail": {"site": "Điểm cầu %s ? :x"},
}
APPEND = PreparedForEach(
    {column.name: column.type for column in AttendanceEvent.__table__.columns},
    lambda given: insert(AttendanceEvent).from_select(list(given), select(*given.values()), include_defaults=False),
)
MOVE = PreparedForEach(
    {"of": Desk.id.type, "to": Desk.name.type, "until": Desk.expires_at.type},
    lambda given: update(Desk).where(Desk.id == given["of"]).values({Desk.name: given["to"], Desk.expires_at: given["until"], Desk.revoked_at: None}),
)
LINES = Prepared(
    select(AttendanceEvent.occurred_at, AttendanceEvent.detail, AttendanceEvent.recorded_at).where(AttendanceEvent.conference_id == bindparam("of"))
)
NAMED = Prepared(select(Desk.name).where(is_one_of(Desk.name, "names"), Desk.revoked_at.is_(None), Desk.expires_at > bindparam("now")).order_by(Desk.id))
STATE = Prepared(update(Conference).where(Conference.id == bindparam("of"), Conference.state == "published").values(state=bindparam("new_state")))


@pytest.fixture
def conference(work: Work) -> Conference:
    return make_conference(work)


def test_values_go_through_the_types_of_their_columns_both_ways(work: Work, conference: Conference) -> None:
    APPEND.run(work.rows, ({**FIELDS, "conference_id": conference.id, "revision": n, "client_ref": str(n)} for n in (1, 2)))

    assert LINES.rows(work.rows, of=conference.id) == [(NOW, FIELDS["detail"], NOW + timedelta(microseconds=1))] * 2
    assert [line.occurred_at for line in work.session.scalars(select(AttendanceEvent))] == [NOW, NOW]
    assert LINES.rows(work.rows, of=conference.id + 1) == []


def test_a_list_is_one_value_however_long_and_whatever_is_in_it(work: Work, conference: Conference) -> None:
    site = make_site(work, conference)
    names = ["Bàn '1'", 'Bàn "2"', "%(now)s", "?", "[3]", "Bàn 4"]
    for name in names:
        make_desk(work, site, name)
    make_desk(work, site, "Bàn 5", revoked_at=NOW)
    texts: list[str] = []
    event.listen(work.rows, "before_cursor_execute", lambda *told: texts.append(str(told[2])))

    assert [name for (name,) in NAMED.rows(work.rows, names=[*names[:-1], "Bàn 5", "nobody"], now=NOW)] == names[:-1]
    assert NAMED.rows(work.rows, names={"Bàn 4"}, now=NOW) == [("Bàn 4",)]
    assert NAMED.rows(work.rows, names=[], now=NOW) == []
    assert len(set(texts)) == 1


def test_what_the_statement_says_itself_need_not_be_given(work: Work, conference: Conference) -> None:
    STATE.run(work.rows, of=conference.id, new_state="in_progress")
    STATE.run(work.rows, of=conference.id, new_state="draft")

    assert work.session.scalar(select(Conference.state)) == "in_progress"


def test_each_row_is_changed_by_what_is_given_for_it(work: Work, conference: Conference) -> None:
    site = make_site(work, conference)
    desks = [make_desk(work, site, f"Bàn {n}") for n in range(3)]

    MOVE.run(work.rows, ({"of": desk.id, "to": f"Cửa {desk.id}, {{%s}}", "until": NOW + timedelta(days=desk.id)} for desk in desks[:2]))

    named = work.session.execute(select(Desk.id, Desk.name, Desk.expires_at).order_by(Desk.id)).all()
    moved = [(desk.id, f"Cửa {desk.id}, {{%s}}", NOW + timedelta(days=desk.id)) for desk in desks[:2]]
    assert named == [*moved, (desks[2].id, "Bàn 2", desks[2].expires_at)]


def test_for_no_row_nothing_is_run(work: Work) -> None:
    texts: list[str] = []
    event.listen(work.rows, "before_cursor_execute", lambda *told: texts.append(str(told[2])))

    APPEND.run(work.rows, [])

    assert texts == []


def test_the_driver_s_errors_are_the_toolkit_s(begin: BeginWork) -> None:
    with pytest.raises(IntegrityError), begin() as work:
        APPEND.run(work.rows, [{**FIELDS, "conference_id": make_conference(work).id, "kind": "no such kind"}])


def test_what_is_asked_together_is_done_in_order_and_each_brings_its_own(work: Work, conference: Conference) -> None:
    site = make_site(work, conference)
    desk = make_desk(work, site, "Bàn 1")
    moved = [{"of": desk.id, "to": "Bàn 2", "until": NOW + timedelta(days=1)}]

    found = ask(
        work.rows,
        NAMED.asked(names=["Bàn 1", "Bàn 2"], now=NOW),
        MOVE.asked(moved),
        APPEND.asked([]),
        NAMED.asked(names=["Bàn 1", "Bàn 2"], now=NOW),
        STATE.asked(of=conference.id, new_state="in_progress"),
    )

    assert [list(rows) for rows in found] == [[("Bàn 1",)], [], [], [("Bàn 2",)], []]
    _, lines = ask(work.rows, APPEND.asked([{**FIELDS, "conference_id": conference.id}]), LINES.asked(of=conference.id))
    assert lines == [(NOW, FIELDS["detail"], NOW + timedelta(microseconds=1))]


@pytest.mark.parametrize("place", [0, 1])
def test_an_error_among_what_is_asked_together_is_the_toolkit_s_and_nothing_is_kept(begin: BeginWork, place: int) -> None:
    with begin() as work:
        conference_id = make_conference(work).id
    wrong = APPEND.asked([{**FIELDS, "conference_id": conference_id, "kind": "no such kind"}])
    asked = [STATE.asked(of=conference_id, new_state="in_progress")]
    asked.insert(place, wrong)

    with pytest.raises(IntegrityError), begin() as work:
        ask(work.rows, *asked)

    with begin() as work:
        assert work.session.scalar(select(Conference.state)) == "published"
        assert [list(rows) for rows in ask(work.rows, LINES.asked(of=conference_id), NAMED.asked(names=[], now=NOW))] == [[], []]
