"""The rules by which people are reminded: made with a conference, changed by its organisers, copied with it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from confsvc.domain.conference_copies import duplicate_conference
from confsvc.domain.conferences import ConferenceEntry, create_conference
from confsvc.domain.errors import EditConflict, Invalid, NotFound, SignInRequired, WrongState
from confsvc.domain.reminder_rules import USUAL
from confsvc.domain.reminders import (
    REMINDERS_MAX,
    ReminderEntry,
    add_reminder,
    add_usual_reminders,
    change_reminder,
    list_reminders,
    organised_reminder,
    remove_reminder,
)
from confsvc.domain.work import Actor, Anonymous, DelegateActor, DeskActor, LiaisonActor, Work
from confsvc.models import Conference, Reminder
from tests.conftest import NOW, BeginWork
from tests.factories import ENDS, STARTS, acting, make_account, make_conference, settle

DAY = 1440
HOUR = timedelta(hours=1)


def rules(work: Work, conference_id: int) -> list[Any]:
    found = select(Reminder.audience, Reminder.minutes_before, Reminder.done_for).where(Reminder.conference_id == conference_id)
    return sorted(tuple(row) for row in work.session.execute(found))


def usual() -> list[Any]:
    return sorted((audience, minutes, None) for audience, minutes in USUAL)


def entry(**changes: Any) -> ConferenceEntry:
    values: dict[str, Any] = {"title": "Hội nghị", "mode": "hybrid", "timezone": "Asia/Ho_Chi_Minh", "starts_at": STARTS, "ends_at": ENDS}
    return ConferenceEntry(**{**values, **changes})


def test_new_conference_has_the_usual_reminders(work: Work) -> None:
    assert rules(work, create_conference(work, entry()).id) == usual()


def test_copy_takes_the_rules_along_and_none_of_them_is_done(work: Work) -> None:
    pattern = create_conference(work, entry())
    reminders = work.session.scalars(select(Reminder).where(Reminder.conference_id == pattern.id).order_by(Reminder.id)).all()
    for reminder in reminders[1:]:
        work.session.delete(reminder)
    reminders[0].done_for, reminders[0].minutes_before = STARTS, 123
    work.session.flush()

    copy = duplicate_conference(work, pattern.id, title="Năm sau", starts_at=STARTS + timedelta(days=365)).conference

    assert rules(work, copy.id) == [("units", 123, None)]
    assert rules(work, pattern.id) == [("units", 123, STARTS)]


def test_list_tells_the_moment_of_each_and_what_became_of_it(begin: BeginWork) -> None:
    with begin() as work:
        conference = make_conference(work, starts_at=STARTS + timedelta(minutes=1), ends_at=ENDS)
        add_usual_reminders(work, conference.id)
        add_reminder(work, conference.id, ReminderEntry("delegates", 10 * 60))
        work.session.scalars(select(Reminder).where(Reminder.audience == "units")).one().done_for = conference.starts_at
    # 13:02 in Bình Thuận, one minute after an hour before the start.
    with begin(now=STARTS - HOUR + timedelta(minutes=2)) as work:
        found = [(one.reminder.audience, one.reminder.minutes_before, one.moment, one.avoids_night, one.state) for one in list_reminders(work, conference.id)]

    start = conference.starts_at
    assert found == [
        ("units", 3 * DAY, start - timedelta(days=3), False, "done"),
        ("delegates", DAY, start - timedelta(days=1), False, "missed"),
        ("operators", DAY, start - timedelta(days=1), False, "missed"),
        ("delegates", 600, start - timedelta(hours=8, minutes=1), True, "missed"),
        ("delegates", 60, start - HOUR, False, "due"),
        ("operators", 60, start - HOUR, False, "due"),
    ]


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "waits"),
        ({"state": "draft"}, "off"),
        ({"state": "in_progress"}, "off"),
        ({"state": "postponed"}, "off"),
        ({"state": "cancelled"}, "off"),
        ({"state": "closed"}, "off"),
    ],
)
def test_only_what_is_published_and_ahead_is_reminded_of(work: Work, changes: dict[str, Any], state: str) -> None:
    conference = make_conference(work, starts_at=NOW + timedelta(days=30), ends_at=NOW + timedelta(days=31), **changes)
    work.session.add(Reminder(conference_id=conference.id, audience="delegates", minutes_before=DAY))
    work.session.flush()

    assert [one.state for one in list_reminders(work, conference.id)] == [state]


def test_reminder_is_changed_and_is_then_to_go_out_as_what_it_is_now(work: Work) -> None:
    conference = make_conference(work)
    reminder = add_reminder(work, conference.id, ReminderEntry("delegates", 60))
    reminder.done_for = STARTS

    change_reminder(work, conference.id, reminder.id, ReminderEntry("operators", 30), seen=ReminderEntry("delegates", 60))

    assert rules(work, conference.id) == [("operators", 30, None)]


def test_reminder_that_is_saved_as_it_was_stays_done(work: Work) -> None:
    conference = make_conference(work)
    reminder = add_reminder(work, conference.id, ReminderEntry("delegates", 60))
    reminder.done_for = STARTS

    change_reminder(work, conference.id, reminder.id, ReminderEntry("delegates", 60), seen=ReminderEntry("delegates", 60))

    assert rules(work, conference.id) == [("delegates", 60, STARTS)]


def test_second_of_two_who_change_a_reminder_is_told(work: Work) -> None:
    conference = make_conference(work)
    reminder = add_reminder(work, conference.id, ReminderEntry("delegates", 60))
    change_reminder(work, conference.id, reminder.id, ReminderEntry("delegates", 30), seen=ReminderEntry("delegates", 60))

    with pytest.raises(EditConflict):
        change_reminder(work, conference.id, reminder.id, ReminderEntry("delegates", 20), seen=ReminderEntry("delegates", 60))
    assert rules(work, conference.id) == [("delegates", 30, None)]


@pytest.mark.parametrize(
    ("told", "field", "reason"),
    [
        (ReminderEntry("everybody", 60), "audience", "not_a_choice"),
        (ReminderEntry("delegates", 0), "amount", "reminder_range"),
        (ReminderEntry("delegates", -60), "amount", "reminder_range"),
        (ReminderEntry("delegates", 90 * DAY + 1), "amount", "reminder_range"),
        (ReminderEntry("delegates", 10**30), "amount", "reminder_range"),
        (ReminderEntry("delegates", 60), "amount", "reminder_twice"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(work: Work, told: ReminderEntry, field: str, reason: str) -> None:
    conference = make_conference(work)
    add_reminder(work, conference.id, ReminderEntry("delegates", 60))
    other = add_reminder(work, conference.id, ReminderEntry("delegates", 90 * DAY))

    for attempt in (
        lambda: add_reminder(work, conference.id, told),
        lambda: change_reminder(work, conference.id, other.id, told, seen=ReminderEntry("delegates", 90 * DAY)),
    ):
        with pytest.raises(Invalid) as caught:
            attempt()  # type: ignore[no-untyped-call]  # a lambda
        assert (caught.value.field, caught.value.reason) == (field, reason)


def test_reminders_are_not_without_number(work: Work) -> None:
    conference = make_conference(work)
    for minutes in range(1, REMINDERS_MAX + 1):
        add_reminder(work, conference.id, ReminderEntry("delegates", minutes))

    with pytest.raises(Invalid) as caught:
        add_reminder(work, conference.id, ReminderEntry("operators", 5))
    assert caught.value.reason == "reminders_many"


def test_usual_reminders_are_added_beside_those_that_stand(work: Work) -> None:
    conference = make_conference(work)
    add_reminder(work, conference.id, ReminderEntry("delegates", 60))

    assert (add_usual_reminders(work, conference.id), rules(work, conference.id)) == (len(USUAL) - 1, usual())


def test_removed_reminder_is_gone(work: Work) -> None:
    conference = make_conference(work)
    reminder = add_reminder(work, conference.id, ReminderEntry("delegates", 60))
    remove_reminder(work, conference.id, reminder.id)

    assert rules(work, conference.id) == []
    with pytest.raises(NotFound):
        remove_reminder(work, conference.id, reminder.id)


@pytest.mark.parametrize("who", ["mallory", "nobody", "desk", "delegate", "liaison"])
def test_only_organisers_of_this_conference_see_or_change_anything(begin: BeginWork, who: str) -> None:
    with begin() as work:
        mallory = make_account(work, "mallory")
        own = make_conference(work, mallory)
        conference = make_conference(work, make_account(work))
        reminder = add_reminder(work, conference.id, ReminderEntry("delegates", 60))
    actors: dict[str, Actor] = {"mallory": acting(mallory), "nobody": Anonymous(), "desk": DeskActor(1), "delegate": DelegateActor(1)}
    actors["liaison"] = LiaisonActor(1)
    told, refused = ReminderEntry("units", 5), NotFound if who == "mallory" else SignInRequired
    for attempt in (
        lambda work, at: list_reminders(work, conference.id),
        lambda work, at: add_reminder(work, conference.id, told),
        lambda work, at: add_usual_reminders(work, conference.id),
        lambda work, at: organised_reminder(work, at, reminder.id),
        lambda work, at: change_reminder(work, at, reminder.id, told, seen=ReminderEntry("delegates", 60)),
        lambda work, at: remove_reminder(work, at, reminder.id),
    ):
        for at in (conference.id, own.id):
            with pytest.raises(refused), begin(actors[who]) as work:
                attempt(work, at)
    with begin() as work:
        assert (rules(work, conference.id), rules(work, own.id)) == ([("delegates", 60, None)], [])


@pytest.mark.parametrize("state", ["closed", "cancelled"])
def test_reminders_of_a_settled_conference_change_no_more(begin: BeginWork, state: str) -> None:
    with begin() as work:
        conference = make_conference(work)
        reminder = add_reminder(work, conference.id, ReminderEntry("delegates", 60))
        settle(work.session.get_one(Conference, conference.id), state)
    for attempt in (
        lambda work: add_reminder(work, conference.id, ReminderEntry("units", 5)),
        lambda work: add_usual_reminders(work, conference.id),
        lambda work: change_reminder(work, conference.id, reminder.id, ReminderEntry("units", 5), seen=ReminderEntry("delegates", 60)),
        lambda work: remove_reminder(work, conference.id, reminder.id),
    ):
        with pytest.raises(WrongState), begin() as work:
            attempt(work)
