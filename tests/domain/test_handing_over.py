"""What a desk recorded that may not act any more: kept once, decided about once, judged as it would have been."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from confsvc.domain import check_in, handed_over, handing_over
from confsvc.domain.attendance_check import verify_attendance
from confsvc.domain.check_in import Act, CheckIn, CountHeads, Substitute, WalkIn, WithdrawSubstitute, carry_out
from confsvc.domain.errors import DeskGone, HandoverFull, NotAllowed, NotFound, SignInRequired
from confsvc.domain.handed_over import accept_handed_over, accept_waiting, list_handed_over, reject_handed_over, reject_waiting, waiting_now
from confsvc.domain.handing_over import GivenAct, Received, hand_over
from confsvc.domain.passes import pass_token, valid_pass
from confsvc.domain.work import Anonymous, DeskActor, Work
from confsvc.models import Attendance, AttendanceEvent, Desk, HandedOver
from confsvc.schemas.acts import act_name, parse_act, present_act
from tests.conftest import NOW, BeginWork
from tests.factories import acting, make_account, make_conference, make_delegate, make_desk, make_mandate, make_site


class Scene:
    """olga's conference: the desk `gone` at the main site was revoked, `living` was not; `expired` is at the remote site."""

    def __init__(self, begin: BeginWork) -> None:
        self.begin = begin
        with begin() as work:
            self.olga, self.mallory = make_account(work), make_account(work, "mallory")
            self.conference = make_conference(work, self.olga, state="in_progress", started_at=NOW - timedelta(hours=1))
            self.main = make_site(work, self.conference)
            self.remote = make_site(work, self.conference, "Điểm cầu Phú Quý", kind="remote")
            mandate = make_mandate(work, self.conference, self.main, seats=2)
            self.dina, self.an = make_delegate(work, mandate), make_delegate(work, mandate, "Võ Hoài An")
            self.code = pass_token(work, valid_pass(work, self.dina.id))
            self.gone = make_desk(work, self.main, "Bàn cũ", token="gone", revoked_at=NOW)
            self.living = make_desk(work, self.main, "Bàn mới", token="living")
            self.expired = make_desk(work, self.remote, "Bàn Phú Quý", token="expired", expires_at=NOW)
            theirs = make_conference(work, self.mallory, title="Hội nghị khác")
            self.theirs = make_desk(work, make_site(work, theirs), "Bàn khác", token="theirs")
            self.refs = iter(f"00000000-0000-4000-9000-{n:012d}" for n in range(1, 10_000))

    def act(self, kind: Callable[..., Act], at: datetime = NOW - timedelta(minutes=10), **fields: Any) -> Act:
        return kind(client_ref=next(self.refs), occurred_at=at, **fields)

    def give(self, *acts: Act, token: str = "gone", desk: Desk | None = None) -> Received:
        with self.begin(Anonymous()) as work:
            return hand_over(work, token, desk.uid if desk else None, [GivenAct(act, act_name(act), present_act(act)) for act in acts])

    def waiting(self) -> list[HandedOver]:
        with self.begin(acting(self.olga)) as work:
            return [line.handed for line in list_handed_over(work, self.conference.id).items]

    def log(self) -> list[tuple[Any, ...]]:
        with self.begin() as work:
            events = work.session.query(AttendanceEvent).order_by(AttendanceEvent.revision)
            return [(e.client_ref, e.kind, e.desk_id, e.account_id, e.verdict, e.refusal, e.occurred_at, e.site_id) for e in events]


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    return Scene(begin)


def test_acts_of_a_revoked_desk_wait_and_count_only_once_accepted(scene: Scene) -> None:
    scan = scene.act(CheckIn, code=scene.code)

    assert scene.give(scan) == Received(["kept"], 1)

    assert scene.log() == []
    [handed] = scene.waiting()
    assert (handed.desk_id, handed.handed_by_id, handed.subject, handed.happened_at) == (scene.gone.id, scene.gone.id, scene.dina.full_name, scan.occurred_at)
    with scene.begin(acting(scene.olga)) as work:
        accept_handed_over(work, scene.conference.id, handed.id, parse_act)
    [line] = scene.log()
    assert line == (scan.client_ref, "check_in", scene.gone.id, scene.olga.id, "accepted", None, scan.occurred_at, scene.main.id)
    with scene.begin(acting(scene.olga)) as work:
        attendance = work.session.get_one(Attendance, scene.dina.id)
        assert (attendance.state, attendance.since, attendance.desk_id) == ("present", scan.occurred_at, scene.gone.id)
        [told] = list_handed_over(work, scene.conference.id, decided=True).items
        assert told.event
        assert (told.handed.decision, told.handed.decided_by_id, told.event.verdict) == ("accepted", scene.olga.id, "accepted")
        assert verify_attendance(work, scene.conference.id) == []


def test_an_act_is_kept_once_and_known_ever_after(scene: Scene) -> None:
    first, second = scene.act(CheckIn, code=scene.code), scene.act(CheckIn, delegate_id=scene.an.id)
    recorded = scene.act(CountHeads, count=2)
    with scene.begin(DeskActor(scene.living.id)) as work:
        carry_out(work, [recorded])

    assert scene.give(first, recorded, first) == Received(["kept", "known", "known"], 1)
    assert scene.give(first, second) == Received(["known", "kept"], 2)

    with scene.begin(acting(scene.olga)) as work:
        assert reject_waiting(work, scene.conference.id, waiting_now(work, scene.conference.id)[1]).number == 2
    assert scene.give(first, second) == Received(["known", "known"], 0)
    assert [line[0] for line in scene.log()] == [recorded.client_ref]


def test_living_desk_hands_over_what_one_before_it_recorded(scene: Scene) -> None:
    count = scene.act(CountHeads, count=41)

    scene.give(count, token="living", desk=scene.expired)

    [handed] = scene.waiting()
    assert (handed.desk_id, handed.handed_by_id, handed.subject) == (scene.expired.id, scene.living.id, "")
    with scene.begin(acting(scene.olga)) as work:
        accept_handed_over(work, scene.conference.id, handed.id, parse_act)
    assert [(line[2], line[7]) for line in scene.log()] == [(scene.expired.id, scene.remote.id)]


def test_nobody_else_hands_anything_over(scene: Scene) -> None:
    act = scene.act(CheckIn, code=scene.code)
    tries: list[tuple[str, Desk | None]] = [
        ("", None),
        ("never a desk's", None),
        ("gone", scene.expired),
        ("gone", scene.living),
        ("living", scene.theirs),
        ("theirs", scene.gone),
        ("theirs", scene.living),
    ]

    for token, desk in tries:
        with pytest.raises(NotAllowed):
            scene.give(act, token=token, desk=desk)

    # A desk of another conference keeps what is its own in its own.
    assert scene.give(act, token="theirs").statuses == ["kept"]
    assert scene.waiting() == []


@pytest.mark.parametrize("token", ["gone", "expired"])
def test_desk_that_ended_long_ago_hands_nothing_over(begin: BeginWork, scene: Scene, token: str) -> None:
    last = NOW + timedelta(days=handing_over.HANDOVER_DAYS)
    given = [GivenAct(act, act_name(act), present_act(act)) for act in [scene.act(CountHeads, count=7)]]

    with pytest.raises(NotAllowed), begin(Anonymous(), now=last) as work:
        hand_over(work, token, None, given)
    with begin(Anonymous(), now=last - timedelta(seconds=1)) as work:
        assert hand_over(work, token, None, given).statuses == ["kept"]


def test_only_organisers_see_and_decide(scene: Scene) -> None:
    scene.give(scene.act(CheckIn, code=scene.code))
    [handed] = scene.waiting()
    conference_id = scene.conference.id
    commands: list[Callable[[Any], object]] = [
        lambda work: list_handed_over(work, conference_id),
        lambda work: accept_handed_over(work, conference_id, handed.id, parse_act),
        lambda work: reject_handed_over(work, conference_id, handed.id),
        lambda work: accept_waiting(work, conference_id, handed.id, parse_act),
        lambda work: reject_waiting(work, conference_id, handed.id),
    ]

    for command in commands:
        with pytest.raises(NotFound), scene.begin(acting(scene.mallory)) as work:
            command(work)
        for actor in (Anonymous(), DeskActor(scene.living.id)):
            with pytest.raises(SignInRequired), scene.begin(actor) as work:
                command(work)
    with pytest.raises(NotFound), scene.begin(acting(scene.mallory)) as work:
        accept_handed_over(work, scene.theirs.conference_id, handed.id, parse_act)

    assert (scene.log(), len(scene.waiting())) == ([], 1)


def test_a_decision_is_carried_out_once(scene: Scene) -> None:
    scene.give(scene.act(CheckIn, code=scene.code), scene.act(CheckIn, delegate_id=scene.an.id))
    first, second = scene.waiting()
    for _ in range(2):
        with scene.begin(acting(scene.olga)) as work:
            accept_handed_over(work, scene.conference.id, first.id, parse_act)
            reject_handed_over(work, scene.conference.id, second.id)
    with scene.begin(acting(scene.olga)) as work:
        reject_handed_over(work, scene.conference.id, first.id)
        assert work.session.get_one(HandedOver, first.id).decision == "accepted"
    assert [line[0] for line in scene.log()] == [first.client_ref]

    with scene.begin(acting(scene.olga)) as work:
        accept_handed_over(work, scene.conference.id, second.id, parse_act)

    assert [line[0] for line in scene.log()] == [first.client_ref, second.client_ref]


def test_all_that_was_seen_is_accepted_in_the_order_of_the_desk(scene: Scene) -> None:
    come = scene.act(Substitute, delegate_id=scene.dina.id, name="Lê Văn Thay", position="", rank="staff", reason="Ốm")
    undo = scene.act(WithdrawSubstitute, at=NOW - timedelta(minutes=5), substitution=come.client_ref, reason="Nhầm")
    walk_in = scene.act(WalkIn, name="Phạm Thị Đến", position="", unit="Báo Bình Thuận")
    scene.give(come, undo, walk_in)
    seen = max(handed.id for handed in scene.waiting())
    scene.give(scene.act(CheckIn, code=scene.code))

    with scene.begin(acting(scene.olga)) as work:
        decided = accept_waiting(work, scene.conference.id, seen, parse_act)

    assert (decided.number, decided.waiting) == (3, 1)
    assert [handed.subject for handed in scene.waiting()] == [scene.dina.full_name]
    kinds = [line[1] for line in scene.log() if line[0] in (come.client_ref, undo.client_ref, walk_in.client_ref)]
    assert kinds == ["check_in", "withdraw_substitute", "check_in"]
    with scene.begin() as work:
        assert verify_attendance(work, scene.conference.id) == []


def test_much_is_accepted_in_several_goes(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_over, "MOST_AT_ONCE", 3)
    scene.give(*(scene.act(CountHeads, count=n) for n in range(5)))
    with scene.begin(acting(scene.olga)) as work:
        newest = waiting_now(work, scene.conference.id)[1]
        assert [accept_waiting(work, scene.conference.id, newest, parse_act).waiting for _ in range(3)] == [2, 0, 0]


def test_the_verdict_is_what_it_would_have_been(scene: Scene) -> None:
    """Judged by their moments: after the close it is too late, however early an organiser accepts."""
    before, after = scene.act(CheckIn, code=scene.code), scene.act(CheckIn, at=NOW, delegate_id=scene.an.id)
    with scene.begin() as work:
        conference = work.session.merge(scene.conference)
        conference.state, conference.closed_at = "closed", NOW - timedelta(minutes=1)
    scene.give(before, after)

    with scene.begin(acting(scene.olga)) as work:
        accept_waiting(work, scene.conference.id, 2**31 - 1, parse_act)

    assert [(line[4], line[5]) for line in scene.log()] == [("accepted", None), ("refused", "closed")]


def test_clock_that_was_ahead_does_not_catch_up_while_an_act_waits(begin: BeginWork, scene: Scene) -> None:
    ahead = scene.act(CheckIn, at=NOW + timedelta(hours=3), code=scene.code)
    scene.give(ahead)
    with scene.begin() as work:
        conference = work.session.merge(scene.conference)
        conference.state, conference.closed_at = "closed", NOW + timedelta(hours=1)

    with begin(acting(scene.olga), now=NOW + timedelta(hours=2)) as work:
        accept_waiting(work, scene.conference.id, 2**31 - 1, parse_act)

    assert [(line[4], line[5], line[6]) for line in scene.log()] == [("accepted", None, NOW)]


def test_what_cannot_be_recorded_goes_on_waiting_and_holds_up_nothing(scene: Scene) -> None:
    unreadable, forbidden = scene.act(CheckIn, delegate_id=scene.an.id), scene.act(CountHeads, count=100_001)
    scene.give(unreadable, forbidden, scene.act(CheckIn, code=scene.code))
    with scene.begin() as work:
        kept = work.session.query(HandedOver).filter_by(client_ref=unreadable.client_ref).one()
        kept.payload = {"from": "an older release"}

    with scene.begin(acting(scene.olga)) as work:
        decided = accept_waiting(work, scene.conference.id, 2**31 - 1, parse_act)
    handed = scene.waiting()[1]
    with scene.begin(acting(scene.olga)) as work:
        assert not accept_handed_over(work, scene.conference.id, handed.id, parse_act)

    assert (decided.number, decided.waiting, decided.failed, len(scene.log())) == (1, 2, 2, 1)
    assert [handed.client_ref for handed in scene.waiting()] == [unreadable.client_ref, forbidden.client_ref]


def test_desk_hands_over_only_so_much_at_a_time(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing_over, "MOST_WAITING", 3)
    acts = [scene.act(CountHeads, count=n) for n in range(4)]
    scene.give(*acts[:2])
    with pytest.raises(HandoverFull):
        scene.give(*acts)
    assert scene.give(*acts[:2]) == Received(["known", "known"], 2)
    assert scene.give(acts[2]) == Received(["kept"], 3)
    assert scene.give(acts[3], token="expired").waiting == 1
    with scene.begin(acting(scene.olga)) as work:
        reject_waiting(work, scene.conference.id, 2**31 - 1)
    assert scene.give(scene.act(CountHeads, count=7)).statuses == ["kept"]


@pytest.mark.parametrize(("query", "found"), [("dina", 1), ("ĐẾN", 1), ("bàn cũ", 2), ("phú quý", 1), ("khác", 0), ("%", 0), ("", 3)])
def test_search_looks_for_people_desks_and_sites(scene: Scene, query: str, found: int) -> None:
    scene.give(scene.act(CheckIn, code=scene.code), scene.act(WalkIn, name="Phạm Thị Đến", position="", unit="Báo"))
    scene.give(scene.act(CheckIn, code="a pass that nobody has"), token="expired")
    with scene.begin(acting(scene.olga)) as work:
        page = list_handed_over(work, scene.conference.id, query=query)
    assert page.total == found


def test_desk_that_is_revoked_while_it_waits_for_its_turn_does_nothing(begin: BeginWork, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def take_turn(work: Work, conference_id: int) -> None:
        """As on a database where another process commits meanwhile."""
        work.session.execute(update(Desk).where(Desk.id == scene.living.id).values(revoked_at=NOW), execution_options={"synchronize_session": False})

    monkeypatch.setattr(check_in, "take_turn", take_turn)

    with pytest.raises(DeskGone), begin(DeskActor(scene.living.id)) as work:
        carry_out(work, [scene.act(CheckIn, code=scene.code)])

    assert scene.log() == []
