"""Something on the agenda shifts: what a preview says is what happens, at once or not at all."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from confsvc.domain.agenda import ItemEntry, SessionEntry, add_item, add_session, change_item, list_sessions
from confsvc.domain.agenda_ripple import Ripple, ripple_agenda
from confsvc.domain.agenda_ripple_rules import RippleEntry
from confsvc.domain.errors import EditConflict, Invalid, NotFound, SignInRequired, WrongState
from confsvc.domain.work import Actor, Anonymous, DelegateActor, DeskActor, Work
from confsvc.models import AgendaItem, AgendaSession, Conference
from tests.conftest import BeginWork
from tests.factories import ENDS, STARTS, acting, make_account, make_conference, make_delegate, make_mandate, make_site, settle


def after(minutes: int) -> Any:
    return STARTS + timedelta(minutes=minutes)


@pytest.fixture
def conference(begin: BeginWork) -> Conference:
    """Items a (60), b (30), c (30, fixed at 100, presented by dina), d (30) in an afternoon until 17:00, e in an evening at 17:10."""
    with begin() as work:
        conference = make_conference(work, make_account(work))
        site = make_site(work, conference)
        dina = make_delegate(work, make_mandate(work, conference, site, seats=3))
        afternoon = add_session(work, conference.id, SessionEntry("Phiên chiều", STARTS, ENDS))
        for title, minutes in (("a", 60), ("b", 30), ("c", 30), ("d", 30)):
            add_item(work, conference.id, afternoon.id, ItemEntry(title, planned_minutes=minutes))
        c = item_of(work, conference, "c")
        c.fixed_start, c.presenter_id, c.presenter_name, c.site_id = after(100), dina.id, dina.full_name, site.id
        evening = add_session(work, conference.id, SessionEntry("Phiên tối", after(190), after(250)))
        add_item(work, conference.id, evening.id, ItemEntry("e", planned_minutes=60))
    return conference


def item_of(work: Work, conference: Conference, title: str) -> AgendaItem:
    return next(item for session in list_sessions(work, conference.id) for item in session.items if item.title == title)


def rows(work: Work, conference: Conference) -> list[Any]:
    """Everything that stands in the database of the agenda."""
    columns = [column.key for table in (AgendaSession, AgendaItem) for column in table.__table__.columns]
    sessions = list_sessions(work, conference.id)
    found = [[getattr(row, key, None) for key in columns] for session in sessions for row in (session, *session.items)]
    return [found, work.session.get_one(Conference, conference.id, populate_existing=True).ends_at]


def told(ripple: Ripple) -> Any:
    """All that a page says of it."""
    shifts = [(s.session.title, s.was, s.now, [(i.item.title, i.was, i.now, i.holds) for i in s.items]) for s in ripple.shifts]
    return shifts, ripple.conflicts, [i.item.id for i in ripple.affected.presented], ripple.affected.delegates, ripple.conference.ends_at, ripple.mark


def overruns(work: Work, conference: Conference, title: str = "b", by: int = 20, **rules: Any) -> RippleEntry:
    return RippleEntry(item_id=item_of(work, conference, title).id, overrun=by, **rules)


class Thrown(Exception):
    """The unit of a preview is thrown away."""


@pytest.mark.parametrize("rules", [{}, {"fixed": "move"}, {"fixed": "shorten"}, {"fixed": "move", "later": "push", "extend_conference": True}])
def test_preview_is_what_happens_and_leaves_nothing_behind(begin: BeginWork, conference: Conference, rules: dict[str, Any]) -> None:
    with begin() as work:
        stood, entry = rows(work, conference), overruns(work, conference, "a", 90, **rules)
    with suppress(Thrown), begin() as work:
        preview, shown = told(ripple_agenda(work, conference.id, entry)), rows(work, conference)
        raise Thrown
    with begin() as work:
        assert rows(work, conference) == stood
    with begin() as work:
        done = told(ripple_agenda(work, conference.id, entry, mark=preview[-1]))
    with begin() as work:
        assert (done, rows(work, conference)) == (preview, shown)
        assert shown != stood


def test_story_names_what_shifts_what_holds_and_what_slack_was_used(begin: BeginWork, conference: Conference) -> None:
    with begin() as work:
        ripple = ripple_agenda(work, conference.id, overruns(work, conference, by=5))

        (shift,) = ripple.shifts
        assert [(i.item.title, i.holds, i.slack_used) for i in shift.items] == [("b", False, timedelta(0)), ("c", True, timedelta(minutes=5))]
        assert (ripple.conflicts, ripple.affected.presented, ripple.affected.delegates) == ([], [], 1)


def test_conflicts_that_are_new_are_named_and_those_that_stood_are_not(begin: BeginWork, conference: Conference) -> None:
    with begin() as work:
        add_session(work, conference.id, SessionEntry("Song song", STARTS, ENDS))
    with begin() as work:
        ripple = ripple_agenda(work, conference.id, overruns(work, conference))

        assert [(warning.code, dict(warning.fields)) for warning in ripple.conflicts] == [("fixed_start_overrun", {"minutes": 10, "start": after(100)})]


def test_those_who_present_what_moves_and_their_sites_are_named(begin: BeginWork, conference: Conference) -> None:
    with begin() as work:
        ripple = ripple_agenda(work, conference.id, overruns(work, conference, fixed="move"))

        assert [(shift.item.presenter_name, shift.now.span.starts_at) for shift in ripple.affected.presented] == [("Nguyễn Thị Dina", after(110))]
        assert [site.name for site in ripple.affected.sites] == ["Điểm cầu trung tâm"]


def test_who_has_a_changed_row_open_hears_of_it(begin: BeginWork, conference: Conference) -> None:
    with begin() as work:
        b, d = (item_of(work, conference, title) for title in "bd")
        ripple_agenda(work, conference.id, overruns(work, conference))
    with pytest.raises(EditConflict), begin() as work:
        change_item(work, conference.id, b.id, ItemEntry("b"), version=1)
    with begin() as work:
        change_item(work, conference.id, d.id, ItemEntry("d"), version=1)


def test_who_is_slower_changes_nothing(begin: BeginWork, conference: Conference) -> None:
    with suppress(Thrown), begin() as work:
        mark = ripple_agenda(work, conference.id, overruns(work, conference)).mark
        raise Thrown
    with begin() as work:
        entry = overruns(work, conference)
        ripple_agenda(work, conference.id, replace(entry, overrun=1))
        stood = rows(work, conference)
    with pytest.raises(EditConflict) as caught, begin() as work:
        ripple_agenda(work, conference.id, entry, mark=mark)
    assert caught.value.current.id == entry.item_id
    with begin() as work:
        assert rows(work, conference) == stood


def test_what_cannot_be_leaves_nothing_behind(begin: BeginWork, conference: Conference) -> None:
    with begin() as work:
        stood, entry = rows(work, conference), overruns(work, conference, "a", 1375)
    with pytest.raises(Invalid), begin() as work:
        ripple_agenda(work, conference.id, entry)
    with begin() as work:
        assert rows(work, conference) == stood


def test_change_marks_the_calendars_of_those_who_were_invited(begin: BeginWork, conference: Conference) -> None:
    with begin() as work:
        work.session.get_one(Conference, conference.id).invited_at = work.now
    with begin() as work:
        ripple_agenda(work, conference.id, overruns(work, conference))
    with begin() as work:
        assert work.session.get_one(Conference, conference.id).calendar_stale_at == work.now


@pytest.mark.parametrize("who", ["mallory", "nobody", "desk", "delegate"])
def test_only_organisers_of_this_conference_shift_anything(begin: BeginWork, conference: Conference, who: str) -> None:
    with begin() as work:
        mallory = make_account(work, "mallory")
        make_conference(work, mallory)
        stood, entry = rows(work, conference), overruns(work, conference)
    actors: dict[str, Actor] = {"mallory": acting(mallory), "nobody": Anonymous(), "desk": DeskActor(1), "delegate": DelegateActor(1)}
    with pytest.raises(NotFound if who == "mallory" else SignInRequired), begin(actors[who]) as work:
        ripple_agenda(work, conference.id, entry)
    with begin() as work:
        assert rows(work, conference) == stood


def test_item_and_session_of_another_conference_are_not_found(begin: BeginWork, conference: Conference) -> None:
    with begin() as work:
        mallory = make_account(work, "mallory")
        own = make_conference(work, mallory)
        entry, session_id = overruns(work, conference), list_sessions(work, conference.id)[0].id
    for asked in (entry, RippleEntry(session_id=session_id, overrun=5), RippleEntry(overrun=5)):
        with pytest.raises(NotFound), begin(acting(mallory)) as work:
            ripple_agenda(work, own.id, asked)


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_agenda_of_a_settled_conference_shifts_no_more(begin: BeginWork, conference: Conference, state: str) -> None:
    with begin() as work:
        entry = overruns(work, conference)
        settle(work.session.get_one(Conference, conference.id), state)
    with pytest.raises(WrongState), begin() as work:
        ripple_agenda(work, conference.id, entry)
