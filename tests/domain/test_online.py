"""Joining online is presence for as long as the page is heard, at the moments it was heard."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from confsvc.domain.admissions import admit_person, deny_person
from confsvc.domain.attendance import NewEvent, Verdict, record_attendance
from confsvc.domain.attendance_check import verify_attendance
from confsvc.domain.corrections import check_out_delegate, undo_attendance
from confsvc.domain.errors import NotFound, WrongState
from confsvc.domain.figures import figures_by_site
from confsvc.domain.online import Page, find_page, hear_page, join_online, leave_silent, somebody_is_silent
from confsvc.domain.passes import link_token
from confsvc.domain.substitutions import SubstituteEntry, substitute_delegate, withdraw_substitution
from confsvc.domain.work import Anonymous, DelegateActor, System, Work
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, OnlinePresence
from tests.conftest import NOW, BeginWork
from tests.factories import ENDS, STARTS, acting, make_account, make_conference, make_delegate, make_desk, make_mandate, make_site

GRACE = timedelta(seconds=90)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LONG_AGO = NOW - timedelta(days=1)


class Scene:
    """dina and em of one unit, their conference, and what they and its organiser do, each in a unit of work of its own."""

    def __init__(self, begin: BeginWork, **changes: object) -> None:
        self.begin = begin
        with begin() as work:
            olga = make_account(work)
            self.olga = acting(olga)
            conference = make_conference(work, olga, **changes)
            site = make_site(work, conference)
            mandate = make_mandate(work, conference, site, seats=3)
            dina, em = make_delegate(work, mandate), make_delegate(work, mandate, "Lê Văn Em")
            self.conference_id, self.site_id, self.dina, self.em = conference.id, site.id, dina.id, em.id
            self.desk = make_desk(work, site).id
            self.token = link_token(work, dina)

    def join(self, at: datetime, who: int | None = None, ref: str = "") -> Verdict | None:
        with self.begin(DelegateActor(who or self.dina), now=at) as work:
            return join_online(work, ref or str(uuid4()))

    def hear(self, at: datetime, who: int | None = None) -> None:
        with self.begin(DelegateActor(who or self.dina), now=at) as work:
            hear_page(work)

    def sweep(self, at: datetime, *, listening_since: datetime = LONG_AGO, most: int = 100) -> int:
        with self.begin(now=at) as work:
            return leave_silent(work, grace=GRACE, listening_since=listening_since, most=most)

    def desk_says(self, kind: str, at: datetime, **more: object) -> Verdict:
        with self.begin(now=at) as work:
            event = NewEvent(str(uuid4()), kind, "name", at, site_id=self.site_id, delegate_id=self.dina, desk_id=self.desk, **more)  # type: ignore[arg-type]  # as the test says
            return record_attendance(work, self.conference_id, [event])[0]

    def set(self, **values: object) -> None:
        with self.begin() as work:
            conference = work.session.get_one(Conference, self.conference_id)
            for key, value in values.items():
                setattr(conference, key, value)

    def page(self, at: datetime) -> Page:
        with self.begin(Anonymous(), now=at) as work:
            return find_page(work, self.token)

    def standing(self, who: int | None = None) -> tuple[str, str, datetime | None]:
        """State, mode, since when; the log and what is kept of it agree."""
        with self.begin() as work:
            assert verify_attendance(work, self.conference_id) == []
            row = work.session.get_one(Attendance, who or self.dina)
            return row.state, row.mode, row.since

    def log(self) -> list[tuple[str, str, str]]:
        with self.begin() as work:
            lines = work.session.scalars(select(AttendanceEvent).order_by(AttendanceEvent.revision))
            return [(line.kind, line.method, line.refusal or line.verdict) for line in lines]

    def heard(self) -> dict[int, datetime]:
        with self.begin() as work:
            return {row.delegate_id: row.last_seen_at for row in work.session.scalars(select(OnlinePresence))}


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    return Scene(begin)


@pytest.fixture
def asking(begin: BeginWork) -> Scene:
    """A conference that asks about who joins online."""
    return Scene(begin, online_rule="ask", state="in_progress")


JOINED = ("check_in", "join", "accepted")
LEFT = ("leave", "join", "accepted")


def test_joining_is_presence_at_the_site_of_the_seat(scene: Scene) -> None:
    verdict = scene.join(NOW)
    assert verdict is not None
    assert (verdict.verdict, scene.standing(), scene.heard()) == ("accepted", ("present", "online", NOW), {scene.dina: NOW})
    with scene.begin() as work:
        [line] = work.session.scalars(select(AttendanceEvent)).all()
        assert (line.kind, line.method, line.mode, line.site_id, line.desk_id, line.account_id) == ("check_in", "join", "online", scene.site_id, None, None)
        [(_, figures)] = figures_by_site(work, scene.conference_id)
        assert (figures.present, figures.online, figures.late) == (1, 1, 0)


def test_two_tabs_a_double_click_and_a_lost_answer_are_one_arrival(scene: Scene) -> None:
    first = str(uuid4())
    for seconds, ref in enumerate((first, first, "", "", first)):
        scene.join(NOW + seconds * SECOND, ref=ref)
    assert (scene.log(), scene.standing()) == ([JOINED], ("present", "online", NOW))


def test_who_joins_after_the_grace_is_late(scene: Scene) -> None:
    scene.set(state="in_progress")
    scene.join(STARTS + 16 * MINUTE)
    with scene.begin() as work:
        assert work.session.get_one(Attendance, scene.dina).late


@pytest.mark.parametrize(
    ("changes", "at", "stage", "refusal"),
    [
        ({}, STARTS - 121 * MINUTE, "early", "not_yet_open"),
        ({}, STARTS - 120 * MINUTE, "open", None),
        ({"state": "in_progress", "started_at": STARTS - 180 * MINUTE}, STARTS - 150 * MINUTE, "open", None),
        ({"state": "closed", "closed_at": ENDS}, ENDS, "over", "closed"),
        ({"state": "cancelled"}, NOW, "over", "closed"),
        ({"state": "postponed"}, NOW, "elsewhere", "not_yet_open"),
    ],
)
def test_joining_is_open_as_long_as_check_in_is(scene: Scene, changes: dict[str, object], at: datetime, stage: str, refusal: str | None) -> None:
    scene.set(**changes)
    assert scene.page(at).stage == stage
    verdict = scene.join(at)
    assert verdict is not None
    assert verdict.reason == refusal
    assert scene.standing()[0] == ("not_yet" if refusal else "present")
    assert scene.heard() == ({} if refusal else {scene.dina: at})


def test_a_refusal_does_not_stand_in_the_way_of_a_later_try(scene: Scene) -> None:
    scene.join(STARTS - 121 * MINUTE)
    scene.join(NOW)
    assert (scene.log(), scene.standing()[0]) == ([("check_in", "join", "not_yet_open"), JOINED], "present")


def test_nobody_joins_what_is_held_in_halls_only(scene: Scene) -> None:
    scene.set(mode="in_person")
    with pytest.raises(WrongState):
        scene.join(NOW)
    assert (scene.page(NOW).stage, scene.log()) == ("none", [])


def test_who_is_in_the_hall_stays_there(scene: Scene) -> None:
    scene.desk_says("check_in", NOW)
    assert scene.join(NOW + MINUTE) is None
    assert (scene.standing(), scene.heard(), scene.page(NOW).stage) == (("present", "in_person", NOW), {}, "elsewhere")


def test_who_joins_and_then_comes_is_in_the_hall_and_the_page_ends_nothing(scene: Scene) -> None:
    scene.join(NOW)
    scene.desk_says("check_in", NOW + MINUTE)
    assert scene.sweep(NOW + 10 * MINUTE) == 1
    assert scene.standing() == ("present", "in_person", NOW + MINUTE)
    # The desk was wrong: the person had joined online, and has left since.
    scene.desk_says("undo", NOW + 11 * MINUTE, reason="Nhầm người")
    assert scene.standing() == ("left", "online", NOW)


def test_a_silent_page_leaves_at_the_moment_it_was_last_heard(scene: Scene) -> None:
    scene.join(NOW)
    scene.hear(NOW + 30 * SECOND)
    assert [scene.sweep(NOW + n * SECOND) for n in (60, 119)] == [0, 0]
    assert scene.standing()[0] == "present"
    assert [scene.sweep(NOW + n * SECOND) for n in (120, 121)] == [1, 0]
    assert (scene.standing(), scene.heard(), scene.log()) == (("left", "online", NOW + 30 * SECOND), {}, [JOINED, LEFT])


def test_a_page_that_speaks_goes_on_being_present_through_any_number_of_sweeps(scene: Scene) -> None:
    scene.join(NOW)
    for n in range(1, 20):
        scene.hear(NOW + n * 30 * SECOND)
        scene.sweep(NOW + n * 30 * SECOND)
    assert (scene.standing(), scene.log()) == (("present", "online", NOW), [JOINED])


def test_a_page_that_speaks_again_is_back_and_two_tabs_are_one_return(scene: Scene) -> None:
    scene.join(NOW)
    scene.sweep(NOW + 5 * MINUTE)
    assert scene.page(NOW + 9 * MINUTE).stage == "gone"
    scene.hear(NOW + 10 * MINUTE)
    scene.hear(NOW + 10 * MINUTE)
    assert (scene.standing(), scene.log()) == (("present", "online", NOW + 10 * MINUTE), [JOINED, LEFT, JOINED])
    with scene.begin() as work:
        assert work.session.get_one(Attendance, scene.dina).arrived_at == NOW


def test_a_page_that_never_joined_is_nobody(scene: Scene) -> None:
    scene.hear(NOW)
    assert (scene.log(), scene.heard()) == ([], {})


@pytest.mark.parametrize("what", ["undo", "leave", "excuse"])
def test_a_page_does_not_bring_back_whom_an_organiser_has_decided_about(scene: Scene, what: str) -> None:
    scene.join(NOW)
    scene.sweep(NOW + 5 * MINUTE)
    with scene.begin(now=NOW + 6 * MINUTE) as work:
        if what == "undo":
            undo_attendance(work, scene.conference_id, scene.dina, "Không phải người được mời", str(uuid4()))
        elif what == "leave":
            record_attendance(
                work, scene.conference_id, [NewEvent(str(uuid4()), "leave", "organiser", work.now, delegate_id=scene.dina, mode="online", reason="Đã về")]
            )
        else:
            record_attendance(work, scene.conference_id, [NewEvent(str(uuid4()), "excuse", "organiser", work.now, delegate_id=scene.dina, reason="Ốm")])
    before = scene.log()
    scene.hear(NOW + 10 * MINUTE)
    assert (scene.log(), scene.standing()[0]) == (before, "not_yet" if what == "undo" else "left")
    assert scene.join(NOW + 11 * MINUTE) is not None


def test_an_organiser_ends_a_presence_while_the_page_is_open(scene: Scene) -> None:
    scene.join(NOW)
    with scene.begin(now=NOW + MINUTE) as work:
        check_out_delegate(work, scene.conference_id, scene.dina, str(uuid4()), reason="Đã rời phòng họp")
    scene.hear(NOW + 2 * MINUTE)
    assert (scene.standing(), scene.page(NOW + 2 * MINUTE).stage) == (("left", "online", NOW + MINUTE), "gone")
    scene.sweep(NOW + 10 * MINUTE)
    scene.hear(NOW + 11 * MINUTE)
    assert scene.standing() == ("left", "online", NOW + MINUTE)


def test_the_sweep_hears_for_a_whole_grace_before_it_believes_in_silence(scene: Scene) -> None:
    scene.join(NOW)
    restarted = NOW + 60 * MINUTE
    assert scene.sweep(restarted + 89 * SECOND, listening_since=restarted) == 0
    scene.hear(restarted + 30 * SECOND)
    assert scene.sweep(restarted + 100 * SECOND, listening_since=restarted) == 0
    assert scene.standing() == ("present", "online", NOW)


def test_two_processes_write_one_leave(begin: BeginWork, scene: Scene) -> None:
    scene.join(NOW)
    at = NOW + 5 * MINUTE
    scene.sweep(at)
    with begin() as work:
        # The other process saw the page before this one had let it go.
        work.session.add(OnlinePresence(delegate_id=scene.dina, conference_id=scene.conference_id, last_seen_at=NOW))
    scene.sweep(at)
    assert (scene.log(), scene.standing()) == ([JOINED, LEFT], ("left", "online", NOW))


def test_a_round_takes_no_more_than_it_may(scene: Scene) -> None:
    scene.join(NOW)
    scene.join(NOW + SECOND, scene.em)
    at = NOW + 5 * MINUTE
    with scene.begin(now=at) as work:
        assert somebody_is_silent(work, grace=GRACE, listening_since=LONG_AGO)
    assert [scene.sweep(at, most=1) for _ in range(3)] == [1, 1, 0]
    with scene.begin(now=at) as work:
        assert not somebody_is_silent(work, grace=GRACE, listening_since=LONG_AGO)
    assert scene.standing(scene.em) == ("left", "online", NOW + SECOND)


@pytest.mark.parametrize("state", ["postponed", "cancelled", "draft"])
def test_nobody_leaves_what_does_not_take_place(scene: Scene, state: str) -> None:
    scene.join(NOW)
    scene.set(state=state)
    assert scene.sweep(NOW + 5 * MINUTE) == 1
    assert (scene.log(), scene.heard(), scene.standing()) == ([JOINED], {}, ("present", "online", NOW))


def test_whoever_had_not_been_silent_for_the_grace_at_the_close_was_there_until_the_close(scene: Scene) -> None:
    scene.set(state="in_progress")
    scene.join(STARTS)
    scene.join(STARTS, scene.em)
    scene.hear(ENDS - 90 * SECOND, scene.em)
    scene.hear(ENDS - 60 * SECOND)
    with scene.begin(now=ENDS) as work:
        conference = work.session.get_one(Conference, scene.conference_id)
        conference.state, conference.closed_at = "closed", ENDS
    assert scene.sweep(ENDS + 5 * MINUTE) == 2
    assert (scene.standing(), scene.standing(scene.em)) == (("present", "online", STARTS), ("left", "online", ENDS - 90 * SECOND))
    assert (scene.page(ENDS).stage, scene.heard()) == ("over", {})
    before = scene.log()
    scene.hear(ENDS + 10 * MINUTE)
    scene.hear(ENDS + 10 * MINUTE, scene.em)
    assert scene.log() == before


def admit(scene: Scene, at: datetime) -> Verdict:
    with scene.begin(scene.olga, now=at) as work:
        return admit_person(work, scene.conference_id, scene.dina, str(uuid4()))


def test_where_it_is_asked_somebody_waits_until_an_organiser_says_yes(asking: Scene) -> None:
    asking.join(NOW)
    asking.join(NOW + MINUTE)
    assert (asking.standing(), asking.page(NOW).stage, asking.log()) == (("pending", "online", NOW), "waiting", [("seek", "join", "accepted")])
    asking.hear(NOW + MINUTE)
    assert admit(asking, NOW + MINUTE).verdict == "accepted"
    assert (asking.standing(), asking.page(NOW).stage) == (("present", "online", NOW), "present")
    # Who was confirmed once and comes back is not asked about again.
    asking.sweep(NOW + 10 * MINUTE)
    asking.hear(NOW + 11 * MINUTE)
    assert (asking.standing(), asking.log()[2:]) == (("present", "online", NOW + 11 * MINUTE), [LEFT, JOINED])


def test_a_silent_page_asks_no_more_and_asks_again_when_it_speaks(asking: Scene) -> None:
    asking.join(NOW)
    asking.sweep(NOW + 5 * MINUTE)
    assert asking.standing()[0] == "not_yet"
    with pytest.raises(WrongState), asking.begin(asking.olga, now=NOW + 5 * MINUTE) as work:
        deny_person(work, asking.conference_id, asking.dina, "Không có trong danh sách", str(uuid4()))
    asking.hear(NOW + 6 * MINUTE)
    assert (asking.standing(), asking.heard()) == (("pending", "online", NOW + 6 * MINUTE), {asking.dina: NOW + 6 * MINUTE})


def test_nobody_leaves_before_they_were_let_in(asking: Scene) -> None:
    asking.join(NOW)
    admit(asking, NOW + MINUTE)
    asking.sweep(NOW + 5 * MINUTE)
    assert asking.standing() == ("left", "online", NOW + MINUTE)


def test_who_was_turned_away_may_ask_again_but_the_page_does_not_by_itself(asking: Scene) -> None:
    asking.join(NOW)
    with asking.begin(asking.olga, now=NOW + MINUTE) as work:
        deny_person(work, asking.conference_id, asking.dina, "Không liên lạc được", str(uuid4()))
    asking.hear(NOW + 2 * MINUTE)
    assert (asking.standing()[0], asking.page(NOW + 2 * MINUTE).stage) == ("not_yet", "open")
    asking.sweep(NOW + 10 * MINUTE)
    asking.hear(NOW + 11 * MINUTE)
    assert asking.standing()[0] == "not_yet"
    asking.join(NOW + 12 * MINUTE)
    assert asking.standing() == ("pending", "online", NOW + 12 * MINUTE)


def test_who_waits_at_the_close_goes_on_waiting(asking: Scene) -> None:
    asking.join(ENDS - MINUTE)
    with asking.begin(now=ENDS) as work:
        conference = work.session.get_one(Conference, asking.conference_id)
        conference.state, conference.closed_at = "closed", ENDS
    asking.sweep(ENDS + 10 * MINUTE)
    assert (asking.standing(), asking.heard()) == (("pending", "online", ENDS - MINUTE), {})


def test_who_was_in_the_hall_and_left_goes_on_online_without_being_asked_about(asking: Scene) -> None:
    asking.desk_says("check_in", NOW)
    asking.desk_says("leave", NOW + MINUTE)
    asking.join(NOW + 2 * MINUTE)
    assert asking.standing() == ("present", "online", NOW + 2 * MINUTE)


def substitute(scene: Scene) -> int:
    with scene.begin(scene.olga) as work:
        substitute_delegate(work, scene.conference_id, scene.dina, SubstituteEntry("Trần Thị Thay", reason="Đi công tác"), str(uuid4()))
        return work.session.scalars(select(Delegate.id).where(Delegate.replaces_id == scene.dina)).one()


def test_a_replaced_person_does_not_join_and_the_substitute_does(asking: Scene) -> None:
    trang = substitute(asking)
    verdict = asking.join(NOW)
    assert verdict is not None
    assert (verdict.reason, verdict.by, asking.page(NOW).stage) == ("substituted", "Trần Thị Thay", "elsewhere")
    asking.join(NOW + SECOND, trang)
    assert asking.standing(trang) == ("present", "online", NOW + SECOND)
    with asking.begin(asking.olga, now=NOW + MINUTE) as work:
        withdraw_substitution(work, asking.conference_id, trang, "Người chính đã đến", str(uuid4()))
    asking.sweep(NOW + 10 * MINUTE)
    denied = asking.join(NOW + 11 * MINUTE, trang)
    assert denied is not None
    assert (denied.verdict, asking.standing(trang)[0]) == ("refused", "not_admitted")


def test_nobody_joins_without_end(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("confsvc.domain.online.JOINS_MOST", 3)
    scene.set(state="postponed")
    for n in range(3):
        scene.join(NOW + n * SECOND)
    with pytest.raises(WrongState):
        scene.join(NOW + MINUTE)
    assert len(scene.log()) == 3
    scene.set(state="published")
    assert scene.join(NOW, scene.em) is not None


def test_pages_are_found_by_their_own_link_only(begin: BeginWork, scene: Scene) -> None:
    scene.join(NOW)
    assert scene.page(NOW) == Page(scene.dina, "present", NOW, NOW)
    for token in ("", "a" * 32, scene.token[:-1], str(scene.dina)):
        with begin(Anonymous()) as work, pytest.raises(NotFound):
            find_page(work, token)
    scene.set(state="draft")
    with pytest.raises(NotFound):
        scene.page(NOW)


@pytest.mark.parametrize("act", [lambda work: join_online(work, "x"), hear_page])
def test_only_delegates_join_and_only_for_themselves(begin: BeginWork, scene: Scene, act: Callable[[Work], object]) -> None:
    for actor in (None, System(), Anonymous(), scene.olga, DelegateActor(scene.em + 1)):
        with begin(actor) as work, pytest.raises(NotFound):
            act(work)
    scene.join(NOW, scene.em)
    assert scene.standing()[0] == "not_yet"
    assert set(scene.heard()) == {scene.em}
