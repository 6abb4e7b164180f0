"""Rehearsals: the real lists tried out, the real log untouched, nothing left when one is wiped."""

from collections.abc import Callable

import pytest
from sqlalchemy import event, select

from confsvc.domain import agenda, delegate_imports, delegates, mandates, members, protocol, sites
from confsvc.domain.access import organised_conference
from confsvc.domain.attendance_check import verify_attendance
from confsvc.domain.board_picture import read_picture
from confsvc.domain.board_tiles import figures_of
from confsvc.domain.check_in import CheckIn, DeskRoster, Substitute, sync_desk
from confsvc.domain.conference_copies import duplicate_conference
from confsvc.domain.conference_lists import find_conferences
from confsvc.domain.conferences import ConferenceEntry, change_conference, move_conference
from confsvc.domain.errors import DeskGone, Invalid, NotFound, SignInRequired, WrongState
from confsvc.domain.facts import DeskRevoked, Fact, RehearsalWiped
from confsvc.domain.invitations import find_invitation, own_invitation
from confsvc.domain.online import find_page
from confsvc.domain.passes import link_token
from confsvc.domain.rehearsal_arrivals import let_arrive
from confsvc.domain.rehearsals import find_rehearsal, start_rehearsal, take_lists_anew, wipe_rehearsal
from confsvc.domain.work import Actor, Anonymous, DelegateActor, DeskActor, Work
from confsvc.models import AgendaItem, Attendance, AttendanceEvent, Conference, Delegate, Mandate, Pass, Site
from tests.conftest import NOW, BeginWork
from tests.domain.rehearsing import Hall, stand_in
from tests.factories import ENDS, STARTS, acting, make_conference, make_delegate, settle

# What a rehearsal has none of: its passes are the real ones, its organisers those of the conference, nobody has a page.
NEVER_FILLED = {"passes", "conference_members", "delegate_imports", "calendar_entries", "online_presences"}
# Nobody is written to about a rehearsal.
NEVER_FILLED |= {"messages", "mailings", "received", "letter_texts", "reminders", "feed_links", "registration_changes"}
# Only where several processes serve.
NEVER_FILLED |= {"worker_desks"}


@pytest.fixture
def hall(begin: BeginWork) -> Hall:
    return Hall(begin)


def test_a_rehearsal_has_the_lists_as_they_stand(hall: Hall) -> None:
    rehearsal = hall.start()

    with hall.begin(acting(hall.olga)) as work:
        kept = ("title", "mode", "timezone", "starts_at", "ends_at", "walk_in_rule", "late_minutes", "chair_name")
        real = work.session.get_one(Conference, hall.conference.id)
        assert [getattr(rehearsal, key) for key in kept] == [getattr(real, key) for key in kept]
        state = (rehearsal.state, rehearsal.started_at, rehearsal.revision, rehearsal.rehearses_id, rehearsal.board_token_hash)
        assert state == ("in_progress", NOW, 0, hall.conference.id, None)
        main, remote = work.session.scalars(select(Site).where(Site.conference_id == rehearsal.id).order_by(Site.id))
        assert (main.kind, main.address, remote.parent_id, remote.sort_order) == ("main", "Số 1", main.id, 3)
        invited = select(Mandate.seats, Mandate.required_rank, Mandate.liaison_name, Mandate.site_id, Mandate.unit_id.is_(None))
        assert work.session.execute(invited.where(Mandate.conference_id == rehearsal.id).order_by(Mandate.id)).all() == [
            (5, "any", "Lan", main.id, False),
            (2, "leader", "", remote.id, False),
            (0, "any", "", main.id, True),
        ]
        people = select(Delegate.full_name, Delegate.origin, Delegate.site_id, Delegate.phone, Attendance.state).join(
            Attendance, Attendance.delegate_id == Delegate.id
        )
        assert work.session.execute(people.where(Delegate.conference_id == rehearsal.id).order_by(Delegate.id)).all() == [
            ("Nguyễn Thị Dina", "listed", main.id, "", "not_yet"),
            ("Võ Hoài An", "listed", main.id, "", "not_yet"),
            ("Trần Chi", "listed", remote.id, "+84912000111", "not_yet"),
            ("Phan Đức", "listed", main.id, "", "not_yet"),
        ]
        item = work.session.scalars(select(AgendaItem).where(AgendaItem.conference_id == rehearsal.id)).one()
        assert (item.title, item.site_id, item.presenter_id) == ("Báo cáo", remote.id, stand_in(work, rehearsal, hall.chi).id)
        total = figures_of(read_picture(work, rehearsal.id).total)
        assert (total.summoned, total.named, total.present, total.walk_ins) == (7, 4, 0, 0)
        assert work.session.scalars(select(Pass).where(Pass.conference_id == rehearsal.id)).all() == []
        assert verify_attendance(work, rehearsal.id) == []


def test_nothing_of_a_rehearsal_touches_the_conference_and_nothing_is_left_of_it(hall: Hall) -> None:
    before = hall.rows(hall.conference.id)
    rehearsal = hall.start()
    hall.rehearse_everything(rehearsal)

    during = hall.rows(rehearsal.id)
    assert {name for name, rows in during.items() if not rows} == NEVER_FILLED
    with hall.begin() as work:
        assert verify_attendance(work, rehearsal.id) == []
    assert hall.rows(hall.conference.id) == before
    hall.wipe()

    assert {name: rows for name, rows in hall.rows(rehearsal.id).items() if rows} == {}
    assert hall.rows(hall.conference.id) == before
    with hall.begin() as work:
        assert verify_attendance(work, hall.conference.id) == []


def test_desks_of_a_rehearsal_scan_the_real_passes(hall: Hall) -> None:
    rehearsal = hall.start()
    desk = hall.desk_at(rehearsal)

    assert hall.tell(desk, hall.scan(hall.an)) == [("accepted", None)]
    assert hall.tell(hall.desk, hall.scan(hall.an)) == [("accepted", None)]

    with hall.begin(DeskActor(desk.id)) as work:
        told = sync_desk(work, None)
        assert isinstance(told, DeskRoster)
        passes = {row.name: row.pass_uid for row in told.rows}
        real = dict(work.session.execute(select(Pass.delegate_id, Pass.uid).where(Pass.revoked_at.is_(None))).all())
        assert (told.pass_conference_id, passes["Võ Hoài An"]) == (hall.conference.id, real[hall.an.id])
        assert [row.uid for row in told.revoked] == work.session.scalars(select(Pass.uid).where(Pass.revoked_at.is_not(None))).all()
        assert len(told.revoked) == 1
        lines = select(AttendanceEvent.conference_id, AttendanceEvent.delegate_id).where(AttendanceEvent.kind == "check_in", AttendanceEvent.desk_id == desk.id)
        assert work.session.execute(lines).all() == [(rehearsal.id, stand_in(work, rehearsal, hall.an).id)]


def test_no_desk_writes_into_the_other_conference(hall: Hall) -> None:
    rehearsal = hall.start()
    desk, acted = hall.desk_at(rehearsal), hall.stand_in(rehearsal, hall.an)
    before = hall.rows(hall.conference.id)["attendances"], hall.rows(rehearsal.id)["attendances"]

    unknown = [("refused", "delegate_unknown")]
    assert hall.tell(desk, hall.act(CheckIn, delegate_id=hall.an.id)) == unknown
    assert hall.tell(hall.desk, hall.act(CheckIn, delegate_id=acted.id)) == unknown
    assert hall.tell(desk, hall.act(Substitute, delegate_id=hall.an.id, name="A", position="", rank="head", reason="x")) == unknown
    assert hall.tell(hall.desk, hall.act(Substitute, delegate_id=acted.id, name="A", position="", rank="head", reason="x")) == unknown
    assert (hall.rows(hall.conference.id)["attendances"], hall.rows(rehearsal.id)["attendances"]) == before


def test_a_wiped_rehearsal_sends_its_desks_and_boards_away(hall: Hall, published: list[Fact]) -> None:
    rehearsal = hall.start()
    desk = hall.desk_at(rehearsal)
    published.clear()
    hall.wipe()

    assert published == [RehearsalWiped(rehearsal.id), DeskRevoked(desk.id, desk.site_id, rehearsal.id)]
    with pytest.raises(DeskGone):
        hall.tell(desk, hall.scan(hall.an))
    with hall.begin(acting(hall.olga)) as work, pytest.raises(NotFound):
        organised_conference(work, rehearsal.id)


def test_lists_taken_anew_are_those_of_now_and_no_number_is_given_twice(hall: Hall) -> None:
    first = hall.start()
    old_desk = hall.desk_at(first)
    with hall.begin(acting(hall.olga)) as work:
        delegates.remove_delegate(work, hall.conference.id, hall.an.id)
        delegates.add_delegates(work, hall.conference.id, [delegates.DelegateEntry("Đinh Mới", hall.chi.mandate_id)])
    with hall.begin(acting(hall.olga)) as work:
        second = take_lists_anew(work, hall.conference.id)
    desk = hall.desk_at(second, token="second")

    with hall.begin(acting(hall.olga)) as work:
        names = work.session.scalars(select(Delegate.full_name).where(Delegate.conference_id == second.id).order_by(Delegate.id)).all()
        assert names == ["Nguyễn Thị Dina", "Trần Chi", "Phan Đức", "Đinh Mới"]
        assert getattr(find_rehearsal(work, hall.conference.id), "id", None) == second.id
        assert work.session.scalars(select(Conference.id).where(Conference.id == first.id)).all() == []
    assert first.id < second.id
    assert (old_desk.id < desk.id, old_desk.site_id < desk.site_id) == (True, True)


def test_a_delegate_who_leaves_the_list_stays_in_the_rehearsal(hall: Hall) -> None:
    rehearsal = hall.start()
    desk = hall.desk_at(rehearsal)
    hall.tell(desk, hall.scan(hall.an))
    with hall.begin(acting(hall.olga)) as work:
        delegates.remove_delegate(work, hall.conference.id, hall.an.id)

    assert hall.tell(desk, hall.scan(hall.an)) == [("refused", "pass_unknown")]
    with hall.begin() as work:
        an = work.session.scalars(select(Delegate).where(Delegate.conference_id == rehearsal.id, Delegate.full_name == "Võ Hoài An")).one()
        state = work.session.scalars(select(Attendance.state).where(Attendance.delegate_id == an.id)).one()
        assert (an.rehearses_id, state, verify_attendance(work, rehearsal.id)) == (None, "present", [])


def test_nobody_has_a_page_in_a_rehearsal(hall: Hall) -> None:
    rehearsal = hall.start()
    hall.tell(hall.desk_at(rehearsal), hall.act(Substitute, delegate_id=hall.stand_in(rehearsal, hall.an).id, name="A", position="", rank="head", reason="x"))
    with hall.begin() as work:
        people = work.session.scalars(select(Delegate).where(Delegate.conference_id == rehearsal.id)).all()
        tokens = [link_token(work, one) for one in people]
        assert work.session.scalars(select(Pass).where(Pass.conference_id == rehearsal.id)).all() == []
    assert [one.origin for one in people].count("substitute") == 1
    for token in tokens:
        for look in (find_invitation, find_page):
            with hall.begin(Anonymous()) as work, pytest.raises(NotFound):
                look(work, token)
    with hall.begin(DelegateActor(people[0].id)) as work, pytest.raises(NotFound):
        own_invitation(work)


def test_there_is_one_rehearsal_at_a_time(hall: Hall) -> None:
    rehearsal = hall.start()
    for conference_id in (hall.conference.id, rehearsal.id):
        with hall.begin(acting(hall.olga)) as work, pytest.raises(WrongState):
            start_rehearsal(work, conference_id)
    hall.wipe()
    with hall.begin(acting(hall.olga)) as work, pytest.raises(WrongState):
        wipe_rehearsal(work, hall.conference.id)
    assert hall.start().rehearses_id == hall.conference.id


@pytest.mark.parametrize("state", ["draft", "published", "in_progress", "postponed", "closed", "cancelled"])
def test_what_is_not_over_can_be_rehearsed(hall: Hall, state: str) -> None:
    with hall.begin() as work:
        settle(work.session.get_one(Conference, hall.conference.id), state)
    if state in ("closed", "cancelled"):
        with pytest.raises(WrongState):
            hall.start()
    else:
        assert hall.start().state == "in_progress"


def test_a_conference_without_sites_cannot_be_rehearsed(work: Work) -> None:
    with pytest.raises(Invalid) as error:
        start_rehearsal(work, make_conference(work).id)
    assert error.value.fields == {"field": "sites", "reason": "conference_needs_site"}


def test_a_rehearsal_outlives_the_end_of_the_conference_and_goes_then_too(hall: Hall) -> None:
    hall.start()
    with hall.begin() as work:
        settle(work.session.get_one(Conference, hall.conference.id), "closed")
    hall.wipe()
    with hall.begin(acting(hall.olga)) as work:
        assert find_rehearsal(work, hall.conference.id) is None


def test_rehearsals_stand_in_no_list(hall: Hall) -> None:
    hall.start()
    for actor in (acting(hall.olga), None):
        with hall.begin(actor) as work:
            page, sizes = find_conferences(work)
            found, _ = find_conferences(work, query="hội nghị", state="in_progress")
            assert ([one.id for one in page.items], page.total, list(sizes), found.total) == ([hall.conference.id], 1, [hall.conference.id], 0)


def test_only_organisers_of_the_conference_reach_its_rehearsal(hall: Hall) -> None:
    rehearsal = hall.start()
    desk = hall.desk_at(rehearsal)
    commands: list[Callable[[Work], object]] = [
        lambda work: start_rehearsal(work, hall.conference.id),
        lambda work: wipe_rehearsal(work, hall.conference.id),
        lambda work: take_lists_anew(work, hall.conference.id),
        lambda work: find_rehearsal(work, hall.conference.id),
        lambda work: let_arrive(work, hall.conference.id, 1),
        lambda work: organised_conference(work, rehearsal.id),
        lambda work: move_conference(work, rehearsal.id, "close", version=1),
    ]
    before = hall.rows(rehearsal.id)
    outsiders: list[Actor] = [acting(hall.mallory), Anonymous(), DeskActor(desk.id), DelegateActor(hall.dina.id)]
    for command in commands:
        for outsider in outsiders:
            with hall.begin(outsider) as work, pytest.raises((NotFound, SignInRequired)):
                command(work)
    assert hall.rows(rehearsal.id) == before
    with hall.begin(acting(hall.olga)) as work:
        members.add_member(work, hall.conference.id, hall.mallory.email)
    with hall.begin(acting(hall.mallory)) as work:
        assert organised_conference(work, rehearsal.id).id == rehearsal.id


def test_lists_of_a_rehearsal_stay_as_they_were_taken(hall: Hall) -> None:
    rehearsal = hall.start()
    at, an = rehearsal.id, hall.stand_in(rehearsal, hall.an)
    with hall.begin() as work:
        session = agenda.list_sessions(work, at)[0]
    entry, session_entry = delegates.DelegateEntry("X", an.mandate_id), agenda.SessionEntry("X", STARTS, ENDS)
    conference = ConferenceEntry("X", "hybrid", "Asia/Ho_Chi_Minh", STARTS, ENDS)
    edits: list[Callable[[Work], object]] = [
        lambda work: change_conference(work, at, conference, version=1),
        lambda work: duplicate_conference(work, at, title="X", starts_at=STARTS),
        lambda work: sites.create_site(work, at, sites.SiteEntry("X")),
        lambda work: sites.change_site(work, at, an.site_id, sites.SiteEntry("X"), version=1),
        lambda work: sites.move_site(work, at, an.site_id, "up", version=1),
        lambda work: sites.remove_site(work, at, an.site_id, version=1),
        lambda work: agenda.add_session(work, at, session_entry),
        lambda work: agenda.change_session(work, at, session.id, session_entry, version=1),
        lambda work: agenda.add_item(work, at, session.id, agenda.ItemEntry("X")),
        lambda work: mandates.invite_units(work, at, []),
        lambda work: mandates.change_mandate(work, at, an.mandate_id, mandates.MandateChange("X", an.site_id, 5, "any"), version=1),
        lambda work: mandates.withdraw_mandate(work, at, an.mandate_id),
        lambda work: delegates.add_delegates(work, at, [entry]),
        lambda work: delegates.change_delegate(work, at, an.id, entry, version=1),
        lambda work: delegates.remove_delegate(work, at, an.id),
        lambda work: delegates.renew_pass(work, at, an.id),
        lambda work: delegates.renew_personal_link(work, at, an.id),
        lambda work: protocol.move_delegate(work, at, an.id, 1, version=1),
        lambda work: delegate_imports.open_conference(work, at),
        lambda work: members.add_member(work, at, hall.mallory.email),
        lambda work: members.remove_member(work, at, hall.olga.id),
        *(lambda work, step=step: move_conference(work, at, step, version=1) for step in ("publish", "start", "postpone", "cancel")),
    ]
    before = hall.rows(at)
    for edit in edits:
        with hall.begin(acting(hall.olga)) as work, pytest.raises(WrongState) as refused:
            edit(work)
        assert refused.value.fields["state"] == "rehearsal"
    assert hall.rows(at) == before


def test_statements_do_not_grow_with_the_lists(hall: Hall) -> None:
    counts = []
    for more in (1, 200):
        with hall.begin() as work:
            mandate = work.session.get_one(Mandate, hall.dina.mandate_id)
            for number in range(more):
                make_delegate(work, mandate, f"Người {more} {number}")
        with hall.begin(acting(hall.olga)) as work:
            statements: list[str] = []
            connection = work.session.connection()
            event.listen(connection, "before_cursor_execute", lambda *told, seen=statements: seen.append(told[2]))
            start_rehearsal(work, hall.conference.id)
            let_arrive(work, hall.conference.id, 50)
            wipe_rehearsal(work, hall.conference.id)
        counts.append(len(statements))
    assert counts[0] == counts[1]
