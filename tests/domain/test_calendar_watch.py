"""Exactly those are told whose calendar differs from what is true, once, and as it is when the message is written."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from confsvc.domain.agenda import ItemEntry, SessionEntry, add_item, change_session, remove_item, remove_session
from confsvc.domain.calendar_content import Change
from confsvc.domain.calendar_entries import hand_out_entries
from confsvc.domain.calendar_watch import compare_calendars, put_calendar_messages, send_updates, settled_conferences
from confsvc.domain.conferences import move_conference
from confsvc.domain.delegates import DelegateEntry, change_delegate, remove_delegate
from confsvc.domain.errors import NotFound
from confsvc.domain.invitations import find_invitation
from confsvc.domain.passes import link_token
from confsvc.domain.replies import answer_invitation
from confsvc.domain.sites import SiteEntry, change_site
from confsvc.domain.substitutions import SubstituteEntry, substitute_delegate, withdraw_substitution
from confsvc.domain.work import AccountActor, DelegateActor, Work
from confsvc.models import AgendaSession, CalendarEntry, Conference, Delegate, Message, Site
from tests.conftest import NOW, BeginWork
from tests.domain.calendar_post import Scene, change, make_invited, send, told, write_waiting
from tests.factories import ENDS, STARTS, make_account

TITLE = "Hội nghị tổng kết năm 2022"
EVERYBODY = [("REQUEST", name, TITLE, 0) for name in ("dina", "em", "phuc")]


@pytest.fixture
def scene(begin: BeginWork) -> Scene:
    return make_invited(begin)


def stale(begin: BeginWork, scene: Scene) -> bool:
    with begin() as work:
        return work.session.get_one(Conference, scene.conference_id).calendar_stale_at is not None


def entry_of(work: Work, delegate_id: int, **changes: object) -> DelegateEntry:
    person = work.session.get_one(Delegate, delegate_id)
    values = {"full_name": person.full_name, "mandate_id": person.mandate_id, "site_id": person.site_id, "email": person.email}
    return DelegateEntry(**{**values, **changes})  # type: ignore[arg-type]  # the tests name right fields


def alter(begin: BeginWork, scene: Scene, delegate_id: int, **changes: object) -> None:
    def command(work: Work) -> None:
        version = work.session.get_one(Delegate, delegate_id).version
        change_delegate(work, scene.conference_id, delegate_id, entry_of(work, delegate_id, **changes), version=version)

    change(begin, scene, command)


def move(begin: BeginWork, scene: Scene, step: str, minutes: int = 0, **period: object) -> None:
    def command(work: Work) -> None:
        version = work.session.get_one(Conference, scene.conference_id).version
        move_conference(work, scene.conference_id, step, version=version, **period)  # type: ignore[arg-type]  # as above

    change(begin, scene, command, minutes)


def rename_site(begin: BeginWork, scene: Scene, site_id: int, address: str) -> None:
    def command(work: Work) -> None:
        site = work.session.get_one(Site, site_id)
        change_site(work, scene.conference_id, site_id, SiteEntry(site.name, kind=site.kind, address=address), version=site.version)

    change(begin, scene, command)


def move_session(begin: BeginWork, scene: Scene, session_id: int, minutes: int) -> None:
    def command(work: Work) -> None:
        session = work.session.get_one(AgendaSession, session_id)
        by = timedelta(minutes=minutes)
        entry = SessionEntry(session.title, session.starts_at + by, session.ends_at + by)
        change_session(work, scene.conference_id, session_id, entry, version=session.version)

    change(begin, scene, command)


def test_everybody_with_an_address_is_invited_once(begin: BeginWork, scene: Scene) -> None:
    parts = send(begin, scene)
    assert told(parts) == EVERYBODY
    assert [part.first for part in parts] == [True] * 3
    assert len({part.uid for part in parts}) == 3
    assert send(begin, scene, 5) == []


def test_one_entry_for_each_session_where_the_conference_has_it_so(begin: BeginWork) -> None:
    scene = make_invited(begin, entry_rule="sessions")
    assert told(send(begin, scene)) == [("REQUEST", name, title, 0) for name in ("dina", "em", "phuc") for title in ("Phiên một", "Phiên hai")]
    move_session(begin, scene, scene.second_id, 5)
    assert told(send(begin, scene)) == [("REQUEST", name, "Phiên hai", 1) for name in ("dina", "em", "phuc")]


def test_entries_are_exchanged_when_the_rule_is(begin: BeginWork, scene: Scene) -> None:
    send(begin, scene)
    with begin() as work:
        work.session.get_one(Conference, scene.conference_id).entry_rule = "sessions"
    dinas = [one for one in told(send(begin, scene)) if one[1] == "dina"]
    assert sorted(dinas) == [("CANCEL", "dina", TITLE, 1), ("REQUEST", "dina", "Phiên hai", 0), ("REQUEST", "dina", "Phiên một", 0)]
    with begin() as work:
        work.session.get_one(Conference, scene.conference_id).entry_rule = "conference"
    dinas = [one for one in told(send(begin, scene)) if one[1] == "dina"]
    assert sorted(dinas) == [("CANCEL", "dina", "Phiên hai", 1), ("CANCEL", "dina", "Phiên một", 1), ("REQUEST", "dina", TITLE, 2)]


def test_a_site_that_moves_is_told_to_those_who_go_there(begin: BeginWork, scene: Scene) -> None:
    send(begin, scene)
    rename_site(begin, scene, scene.remote_id, "Số 3 đường Hai Tháng Tư")
    [part] = send(begin, scene, 5)
    assert told([part]) == [("REQUEST", "phuc", TITLE, 1)]
    assert part.changes == (Change("place", "Điểm cầu Tuy Phong", "Điểm cầu Tuy Phong, Số 3 đường Hai Tháng Tư"),)
    assert not part.first


def test_changes_that_come_to_nothing_are_not_told(begin: BeginWork, scene: Scene) -> None:
    send(begin, scene)
    rename_site(begin, scene, scene.main_id, "Số 1")
    rename_site(begin, scene, scene.main_id, "")
    assert stale(begin, scene)
    assert send(begin, scene) == []
    assert not stale(begin, scene)


def test_five_changes_before_the_message_is_written_are_one_message(begin: BeginWork, scene: Scene) -> None:
    send(begin, scene)
    for number in range(5):
        rename_site(begin, scene, scene.remote_id, f"Số {number}")
        with begin() as work:
            put_calendar_messages(work, scene.conference_id)
    [part] = write_waiting(begin, NOW)
    assert (part.content.address, part.sequence) == ("Số 4", 1)
    assert send(begin, scene) == []


def test_the_own_answer_changes_nothing_and_stands_in_the_next_request(begin: BeginWork, scene: Scene) -> None:
    send(begin, scene)
    with begin(DelegateActor(scene.dina)) as work:
        answer_invitation(work, reply="declined", reason="Đi công tác", client_ref="1")
    assert send(begin, scene) == []
    rename_site(begin, scene, scene.main_id, "Số 1")
    dina, em = send(begin, scene)
    assert (b"PARTSTAT=DECLINED" in dina.ics, b"PARTSTAT=NEEDS-ACTION" in em.ics) == (True, True)
    assert (b"BEGIN:VALARM" in dina.ics, b"BEGIN:VALARM" in em.ics) == (False, True)


def test_whoever_is_taken_off_the_list_gets_a_cancel_and_nobody_else(begin: BeginWork, scene: Scene) -> None:
    uid = send(begin, scene)[1].uid
    change(begin, scene, lambda work: remove_delegate(work, scene.conference_id, scene.em))
    [part] = send(begin, scene, 5)
    assert (told([part]), part.uid) == ([("CANCEL", "em", TITLE, 1)], uid)
    lines = part.ics.replace(b"\r\n ", b"").split(b"\r\n")
    assert [line in lines for line in (b"METHOD:CANCEL", b"STATUS:CANCELLED", b"SEQUENCE:1")] == [True] * 3
    assert [line.rpartition(b":mailto")[2] for line in lines if line.startswith(b"ATTENDEE")] == [b":em@example.org"]
    assert send(begin, scene, 9) == []


def test_another_address_gets_an_entry_of_its_own_and_the_old_one_a_cancel(begin: BeginWork, scene: Scene) -> None:
    before = {part.to_address: part.uid for part in send(begin, scene)}
    alter(begin, scene, scene.em, email="lan@example.org")
    cancelled, invited = send(begin, scene)
    assert told([cancelled, invited]) == [("CANCEL", "em", TITLE, 1), ("REQUEST", "lan", TITLE, 0)]
    assert cancelled.uid == before["em@example.org"]
    assert invited.uid not in before.values()
    alter(begin, scene, scene.em, email="")
    assert told(send(begin, scene)) == [("CANCEL", "lan", TITLE, 1)]


def test_another_address_gets_another_link_and_the_old_address_is_not_told_it(begin: BeginWork, scene: Scene) -> None:
    before = {part.to_address: part.content.link_token for part in send(begin, scene)}
    alter(begin, scene, scene.em, email="lan@example.org")
    with begin() as work:
        fresh = link_token(work, work.session.get_one(Delegate, scene.em))
        with pytest.raises(NotFound):
            find_invitation(work, before["em@example.org"])
        assert find_invitation(work, fresh).delegate.id == scene.em
    cancelled, invited = send(begin, scene)
    assert (cancelled.content.link_token, invited.content.link_token) == (before["em@example.org"], fresh)
    assert fresh.encode() in invited.ics.replace(b"\r\n ", b"")
    assert fresh.encode() not in cancelled.ics.replace(b"\r\n ", b"")


def test_a_link_stays_with_the_address_and_with_whoever_was_told_nothing(begin: BeginWork, scene: Scene) -> None:
    def links() -> list[str]:
        with begin() as work:
            return [work.session.get_one(Delegate, one).link_uid for one in (scene.dina, scene.em)]

    before = links()
    alter(begin, scene, scene.em, email="lan@example.org")
    send(begin, scene)
    alter(begin, scene, scene.dina, full_name="Nguyễn Thị Đina", email=" DINA@example.org")
    assert links() == before
    alter(begin, scene, scene.em, email="")
    assert [link == was for link, was in zip(links(), before, strict=True)] == [True, False]


def test_an_address_that_changes_while_the_update_waits(begin: BeginWork, scene: Scene) -> None:
    send(begin, scene)
    rename_site(begin, scene, scene.main_id, "Số 1")
    with begin() as work:
        put_calendar_messages(work, scene.conference_id)
    alter(begin, scene, scene.em, email="lan@example.org")
    assert told(write_waiting(begin, NOW)) == [("REQUEST", "dina", TITLE, 1), ("CANCEL", "em", TITLE, 1)]
    assert told(send(begin, scene)) == [("REQUEST", "lan", TITLE, 0)]


def test_an_address_that_changes_before_anything_was_told(begin: BeginWork, scene: Scene) -> None:
    with begin() as work:
        put_calendar_messages(work, scene.conference_id)
    alter(begin, scene, scene.em, email="lan@example.org")
    assert told(send(begin, scene)) == [("REQUEST", "dina", TITLE, 0), ("REQUEST", "lan", TITLE, 0), ("REQUEST", "phuc", TITLE, 0)]


def test_the_person_replaced_is_cancelled_the_substitute_invited_and_back_again(begin: BeginWork, scene: Scene) -> None:
    send(begin, scene)
    change(begin, scene, lambda work: substitute_delegate(work, scene.conference_id, scene.em, SubstituteEntry("Lê Thay"), "ref-1"))
    assert stale(begin, scene)
    with begin() as work:
        substitute_id = work.session.scalars(select(Delegate.id).where(Delegate.replaces_id == scene.em)).one()
    alter(begin, scene, substitute_id, email="thay@example.org")
    assert told(send(begin, scene)) == [("CANCEL", "em", TITLE, 1), ("REQUEST", "thay", TITLE, 0)]
    change(begin, scene, lambda work: withdraw_substitution(work, scene.conference_id, substitute_id, "Nhầm", "ref-2"))
    assert told(send(begin, scene, 5)) == [("REQUEST", "em", TITLE, 2), ("CANCEL", "thay", TITLE, 1)]


def test_a_session_that_is_removed_is_cancelled(begin: BeginWork) -> None:
    scene = make_invited(begin, entry_rule="sessions")
    send(begin, scene)

    def remove(work: Work) -> None:
        remove_item(work, scene.conference_id, scene.item_id, version=1)
        remove_session(work, scene.conference_id, scene.first_id, version=1)

    change(begin, scene, remove)
    assert told(send(begin, scene)) == [("CANCEL", name, "Phiên một", 1) for name in ("dina", "em", "phuc")]


def test_postponed_is_tentative_resumed_is_another_time_and_cancelled_takes_all_out(begin: BeginWork, scene: Scene) -> None:
    send(begin, scene)
    move(begin, scene, "postpone")
    parts = send(begin, scene)
    assert told(parts) == [("REQUEST", name, TITLE, 1) for name in ("dina", "em", "phuc")]
    assert all(b"STATUS:TENTATIVE" in part.ics for part in parts)
    later = timedelta(days=7)
    move(begin, scene, "resume", starts_at=STARTS + later, ends_at=ENDS + later)
    parts = send(begin, scene)
    assert [(part.sequence, [one.what for one in part.changes]) for part in parts] == [(2, ["state", "period", "agenda"])] * 3
    move(begin, scene, "postpone")
    move(begin, scene, "cancel")
    assert told(send(begin, scene)) == [("CANCEL", name, TITLE, 3) for name in ("dina", "em", "phuc")]
    assert send(begin, scene) == []


def test_what_was_put_off_is_taken_out_also_after_the_day_it_was_to_be_on(begin: BeginWork, scene: Scene) -> None:
    send(begin, scene)
    move(begin, scene, "postpone")
    send(begin, scene)
    a_week = 7 * 24 * 60
    assert send(begin, scene, a_week) == []
    move(begin, scene, "cancel", a_week)
    assert told(send(begin, scene, a_week)) == [("CANCEL", name, TITLE, 2) for name in ("dina", "em", "phuc")]
    assert send(begin, scene, a_week) == []


def test_nobody_hears_of_what_is_over(begin: BeginWork, scene: Scene) -> None:
    send(begin, scene)
    rename_site(begin, scene, scene.main_id, "Số 1")
    change(begin, scene, lambda work: remove_delegate(work, scene.conference_id, scene.phuc))
    assert send(begin, scene, 60 * 24) == []


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_nothing_is_told_of_a_conference_that_is_a_draft_or_closed(begin: BeginWork, scene: Scene, state: str) -> None:
    with begin() as work:
        conference = work.session.get_one(Conference, scene.conference_id)
        conference.state, conference.closed_at = state, NOW if state == "closed" else None
    assert send(begin, scene) == []


def test_what_still_waits_when_a_conference_is_closed_early_takes_nobody_out(begin: BeginWork, scene: Scene) -> None:
    send(begin, scene)
    rename_site(begin, scene, scene.main_id, "Số 1")
    change(begin, scene, lambda work: remove_delegate(work, scene.conference_id, scene.phuc))
    with begin() as work:
        put_calendar_messages(work, scene.conference_id)
        conference = work.session.get_one(Conference, scene.conference_id)
        conference.state, conference.closed_at = "closed", NOW
    assert write_waiting(begin, NOW) == []


def test_nobody_is_told_before_the_invitations_went_out(begin: BeginWork) -> None:
    scene = make_invited(begin)
    with begin() as work:
        work.session.get_one(Conference, scene.conference_id).invited_at = None
    rename_site(begin, scene, scene.main_id, "Số 1")
    assert not stale(begin, scene)
    assert send(begin, scene) == []


def test_what_a_feed_has_shown_meanwhile_counts_on_in_the_message(begin: BeginWork, scene: Scene) -> None:
    send(begin, scene)
    rename_site(begin, scene, scene.main_id, "Số 1")
    with begin(DelegateActor(scene.dina)) as work:
        hand_out_entries(work)
    rename_site(begin, scene, scene.main_id, "Số 2")
    dina, em = send(begin, scene)
    assert (dina.sequence, em.sequence) == (2, 1)


def test_only_settled_conferences_that_need_no_yes_are_told(begin: BeginWork, scene: Scene) -> None:
    send(begin, scene)
    rename_site(begin, scene, scene.main_id, "Số 1")
    settle = timedelta(minutes=1)
    for minutes, rule, settled in [(0, "automatic", []), (1, "automatic", [scene.conference_id]), (1, "ask", [])]:
        with begin(now=NOW + timedelta(minutes=minutes)) as work:
            work.session.get_one(Conference, scene.conference_id).update_rule = rule
            work.session.flush()
            assert settled_conferences(work, settle) == settled


def test_people_who_are_changed_one_after_the_other_keep_nobody_waiting(begin: BeginWork, scene: Scene) -> None:
    send(begin, scene)
    settle = timedelta(minutes=2)
    for minutes, step, settled in [(0, "person", []), (1, "person", []), (2, "person", [scene.conference_id]), (3, "plan", []), (4, "person", [])]:
        now = NOW + timedelta(minutes=minutes)
        with begin(AccountActor(scene.account_id), now=now) as work:
            person, site = work.session.get_one(Delegate, scene.em), work.session.get_one(Site, scene.main_id)
            if step == "person":
                change_delegate(work, scene.conference_id, scene.em, entry_of(work, scene.em, position=f"Phó {minutes}"), version=person.version)
            else:
                change_site(work, scene.conference_id, site.id, SiteEntry(site.name, kind=site.kind, address="Số 1"), version=site.version)
            assert settled_conferences(work, settle) == settled
    with begin(now=NOW + timedelta(minutes=5)) as work:
        assert settled_conferences(work, settle) == [scene.conference_id]


def test_many_are_told_in_rounds_and_the_mark_stays_until_the_last(begin: BeginWork, scene: Scene) -> None:
    send(begin, scene)
    rename_site(begin, scene, scene.main_id, "Số 1")
    rename_site(begin, scene, scene.remote_id, "Số 2")
    marks = []
    for _ in range(2):
        with begin() as work:
            put_calendar_messages(work, scene.conference_id, most=2)
        marks.append(stale(begin, scene))
    assert marks == [True, False]
    assert told(write_waiting(begin, NOW)) == [("REQUEST", name, TITLE, 1) for name in ("dina", "em", "phuc")]


def test_only_organisers_send_updates(begin: BeginWork, scene: Scene) -> None:
    with begin() as work:
        mallory = make_account(work, "mallory").id
    with begin(AccountActor(mallory)) as work, pytest.raises(NotFound):
        send_updates(work, scene.conference_id)
    with begin(AccountActor(scene.account_id)) as work:
        send_updates(work, scene.conference_id)
        assert len(work.session.scalars(select(Message)).all()) == 3


def test_entries_outlive_their_delegates_and_take_no_room_of_others(begin: BeginWork, scene: Scene) -> None:
    send(begin, scene)
    change(begin, scene, lambda work: remove_delegate(work, scene.conference_id, scene.em))
    with begin() as work:
        orphan = work.session.scalars(select(CalendarEntry).where(CalendarEntry.delegate_id.is_(None))).one()
        assert orphan.told_to == "em@example.org"
        assert [(one.kind, one.to_address, one.entry_id) for one in compare_calendars(work, scene.conference_id)] == [("cancel", "em@example.org", orphan.id)]


def test_new_items_are_told_as_part_of_their_session(begin: BeginWork) -> None:
    scene = make_invited(begin, entry_rule="sessions")
    send(begin, scene)
    change(begin, scene, lambda work: add_item(work, scene.conference_id, scene.second_id, ItemEntry("Thảo luận")))
    parts = send(begin, scene)
    assert told(parts) == [("REQUEST", name, "Phiên hai", 1) for name in ("dina", "em", "phuc")]
    assert {change.what for part in parts for change in part.changes} == {"agenda"}
