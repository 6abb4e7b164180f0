"""Reminders go out: to whom they should, each once for a start, and never at night."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from confsvc.domain.conferences import ConferenceEntry, change_conference
from confsvc.domain.registration_links import give_link, revoke_link
from confsvc.domain.reminders import ReminderEntry, add_reminder
from confsvc.domain.reminding import due_reminders, remind
from confsvc.domain.work import Work
from confsvc.models import Attendance, CalendarEntry, Conference, Delegate, Mailing, Mandate, Message, RegistrationChange, Reminder, Site
from tests.conftest import BeginWork
from tests.factories import ENDS, STARTS, make_conference, make_delegate, make_mandate, make_site, make_substitute, make_unit, make_walk_in, settle

DAY = 1440
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOON = STARTS - HOUR  # 13:00 in Bình Thuận


@pytest.fixture
def conference(begin: BeginWork) -> Conference:
    """An hour before its start delegates are reminded; everybody was invited a week before."""
    with begin() as work:
        conference = make_conference(work, invited_at=STARTS - timedelta(days=7))
        make_site(work, conference)
        add_reminder(work, conference.id, ReminderEntry("delegates", 60))
    return conference


@pytest.fixture
def mandate(begin: BeginWork, conference: Conference) -> Mandate:
    with begin() as work:
        return make_mandate(work, conference, work.session.scalars(select(Site)).one(), seats=20)


def invite(work: Work, delegate: Delegate, **changes: Any) -> Delegate:
    """Let them hold an entry that was sent to the address they have."""
    values = {"uid": work.new_id(), "scope": "conference", "fingerprint": "x", "changed_at": work.now, "told_to": delegate.email, "told_at": work.now}
    values |= {"conference_id": delegate.conference_id, "delegate_id": delegate.id}
    work.session.add(CalendarEntry(**{**values, **changes}))
    work.session.flush()
    return delegate


def person(work: Work, mandate: Mandate, name: str, **changes: Any) -> Delegate:
    return invite(work, make_delegate(work, mandate, name, **{"email": f"{name.lower()}@example.org", **changes}))


def put(begin: BeginWork, now: datetime) -> list[Any]:
    """What one look puts into the outbox at this moment: purpose and addresses of each run."""
    with begin(now=now) as work:
        due = due_reminders(work)
    found = []
    for reminder_id in due:
        with begin(now=now) as work:
            mailing = remind(work, reminder_id)
            if mailing is not None:
                to = work.session.scalars(select(Message.to_address).where(Message.mailing_id == mailing.id).order_by(Message.id)).all()
                found.append((mailing.purpose, list(to)))
    return found


def runs(begin: BeginWork) -> int:
    with begin() as work:
        return work.session.scalar(select(func.count(Mailing.id))) or 0


def set_state(work: Work, delegate: Delegate, state: str) -> None:
    row = work.session.get_one(Attendance, delegate.id)
    row.state = state
    row.site_id = delegate.site_id if state == "present" else None
    work.session.flush()


def test_only_those_are_reminded_who_are_invited_and_expected(begin: BeginWork, conference: Conference, mandate: Mandate) -> None:
    with begin() as work:
        person(work, mandate, "An", reply="accepted")
        person(work, mandate, "Binh")
        person(work, mandate, "Chi", reply="declined")
        for state in ("present", "left", "excused", "substituted", "pending", "not_admitted"):
            set_state(work, person(work, mandate, state), state)
        gone = make_delegate(work, mandate, "Khong dia chi")
        invite(work, gone)
        make_delegate(work, mandate, "Chua moi", email="chua@example.org")
        invite(work, make_delegate(work, mandate, "Doi dia chi", email="moi@example.org"), told_to="cu@example.org")
        invite(work, make_delegate(work, mandate, "Da huy", email="huy@example.org"), cancelled_at=work.now)
        replaced = person(work, mandate, "Ha")
        set_state(work, replaced, "substituted")
        invite(work, make_substitute(work, replaced, "Thay", email="thay@example.org"))
        asking = invite(work, make_substitute(work, person(work, mandate, "Kim"), "Xin thay", email="xin@example.org"))
        set_state(work, asking, "pending")
        invite(work, make_walk_in(work, work.session.scalars(select(Site)).one(), email="khach@example.org"))
        other = make_conference(work, title="Hội nghị khác", starts_at=STARTS + timedelta(days=9), ends_at=ENDS + timedelta(days=9), invited_at=work.now)
        person(work, make_mandate(work, other, make_site(work, other), make_unit(work, "Khác")), "Mai")

    assert put(begin, NOON) == [("reminder", ["an@example.org", "binh@example.org", "kim@example.org", "thay@example.org"])]


def test_units_are_reminded_that_have_not_registered_or_only_in_part(begin: BeginWork, conference: Conference, mandate: Mandate) -> None:
    due = STARTS - timedelta(days=3)
    with begin(now=due - MINUTE) as work:
        add_reminder(work, conference.id, ReminderEntry("units", 3 * DAY))
        site = work.session.scalars(select(Site)).one()
        part = work.session.get_one(Mandate, mandate.id)
        part.liaison_email = "part@example.org"
        make_delegate(work, part)
        give_link(work, conference, part)
        for name, changes in (("none", {}), ("all", {}), ("declined", {"declined_seats": 1}), ("mute", {"liaison_email": ""}), ("unasked", {})):
            made = make_mandate(work, conference, site, make_unit(work, name), **{"liaison_email": f"{name}@example.org", **changes})
            if name == "all":
                make_delegate(work, made)
            if name != "unasked":
                give_link(work, conference, made)
        revoked = make_mandate(work, conference, site, make_unit(work, "revoked"), liaison_email="revoked@example.org")
        give_link(work, conference, revoked)
        revoke_link(work, conference.id, revoked.id)

    assert [(purpose, sorted(to)) for purpose, to in put(begin, due)] == [("registration_reminder", ["none@example.org", "part@example.org"])]
    with begin() as work:
        sent = select(RegistrationChange.detail).where(RegistrationChange.kind == "link_sent").order_by(RegistrationChange.id)
        assert sorted(detail["address"] for detail in work.session.scalars(sent)) == ["none@example.org", "part@example.org"]


def test_unit_that_got_its_link_only_afterwards_is_not_reminded_at_once(begin: BeginWork, conference: Conference, mandate: Mandate) -> None:
    due = STARTS - timedelta(days=3)
    with begin(now=due + MINUTE) as work:
        add_reminder(work, conference.id, ReminderEntry("units", 3 * DAY))
        asked = work.session.get_one(Mandate, mandate.id)
        asked.liaison_email = "so@example.org"
        give_link(work, conference, asked)

    assert (put(begin, due + 2 * MINUTE), runs(begin)) == ([], 0)


def test_sites_that_take_part_and_have_an_address_are_reminded(begin: BeginWork, conference: Conference) -> None:
    with begin() as work:
        add_reminder(work, conference.id, ReminderEntry("operators", DAY))
        work.session.scalars(select(Site)).one().contact_email = "hall@example.org"
        make_site(work, conference, "Huyện A", kind="remote", contact_email="a@example.org", contact_name="Anh A")
        make_site(work, conference, "Huyện B", kind="remote", contact_email="b@example.org", attends=False)
        make_site(work, conference, "Huyện C", kind="remote")

    assert put(begin, STARTS - timedelta(days=1)) == [("operator_reminder", ["hall@example.org", "a@example.org"])]


def test_reminder_goes_out_once_for_a_start(begin: BeginWork, conference: Conference, mandate: Mandate) -> None:
    with begin() as work:
        person(work, mandate, "An")

    assert [len(put(begin, NOON + minutes * MINUTE)) for minutes in (-1, 0, 0, 1, 29, 59)] == [0, 1, 0, 0, 0, 0]


def test_whoever_finds_the_same_reminder_due_puts_nothing_twice(begin: BeginWork, conference: Conference, mandate: Mandate) -> None:
    with begin() as work:
        person(work, mandate, "An")
    with begin(now=NOON) as work:
        (reminder_id,) = due_reminders(work)
    for _ in range(2):
        with begin(now=NOON) as work:
            remind(work, reminder_id)

    assert runs(begin) == 1


class Killed(BaseException):
    """The server dies before the commit."""


def die(work: Work, reminder_id: int) -> None:
    remind(work, reminder_id)
    raise Killed


def test_reminder_whose_server_died_goes_out_with_the_next_look(begin: BeginWork, conference: Conference, mandate: Mandate) -> None:
    with begin() as work:
        person(work, mandate, "An")
    with begin(now=NOON) as work:
        (reminder_id,) = due_reminders(work)
    with pytest.raises(Killed), begin(now=NOON) as work:
        die(work, reminder_id)

    assert (runs(begin), put(begin, NOON + MINUTE), put(begin, NOON + 2 * MINUTE)) == (0, [("reminder", ["an@example.org"])], [])


def test_reminder_that_reaches_nobody_is_done_all_the_same(begin: BeginWork, conference: Conference, mandate: Mandate) -> None:
    assert put(begin, NOON) == []
    with begin() as work:
        person(work, mandate, "An")

    assert (put(begin, NOON + MINUTE), runs(begin)) == ([], 0)


@pytest.mark.parametrize(("minutes", "sent"), [(29, 1), (30, 0), (60, 0), (90, 0)])
def test_server_that_was_down_reminds_only_while_it_helps(begin: BeginWork, conference: Conference, mandate: Mandate, minutes: int, sent: int) -> None:
    with begin() as work:
        person(work, mandate, "An")

    assert len(put(begin, NOON + minutes * MINUTE)) == sent


def wait_for_the_morning(begin: BeginWork, conference: Conference, mandate: Mandate, *, starts_later: timedelta, hours_before: int) -> list[int]:
    """How many runs there are at 22:00, 05:59 and 06:00 when the server was down at 20:00 or 21:00 on the day before."""
    with begin() as work:
        person(work, mandate, "An")
        row = work.session.get_one(Conference, conference.id)
        row.starts_at, row.ends_at = STARTS + starts_later, ENDS + starts_later
        work.session.scalars(select(Reminder)).one().minutes_before = hours_before * 60
    evening, morning = STARTS - 16 * HOUR, STARTS - 8 * HOUR
    return [len(put(begin, moment)) for moment in (evening, morning - MINUTE, morning)]


def test_late_reminder_waits_for_the_end_of_the_night(begin: BeginWork, conference: Conference, mandate: Mandate) -> None:
    # Due at 21:00 for 19:00 on the next day: it helps until 08:00.
    assert wait_for_the_morning(begin, conference, mandate, starts_later=5 * HOUR, hours_before=22) == [0, 0, 1]


def test_late_reminder_that_helps_no_more_in_the_morning_is_missed(begin: BeginWork, conference: Conference, mandate: Mandate) -> None:
    # Due at 20:00 for 14:00 on the next day: it helps until 05:00.
    assert wait_for_the_morning(begin, conference, mandate, starts_later=0 * HOUR, hours_before=18) == [0, 0, 0]


@pytest.mark.parametrize("state", ["draft", "in_progress", "postponed", "cancelled", "closed"])
def test_nobody_is_reminded_of_what_is_not_to_come(begin: BeginWork, conference: Conference, mandate: Mandate, state: str) -> None:
    with begin() as work:
        person(work, mandate, "An")
        add_reminder(work, conference.id, ReminderEntry("units", 60))
        add_reminder(work, conference.id, ReminderEntry("operators", 60))
        work.session.scalars(select(Site)).one().contact_email = "hall@example.org"
        settle(work.session.get_one(Conference, conference.id), state)
    with begin() as work:
        ids = list(work.session.scalars(select(Reminder.id)))

    assert put(begin, NOON) == []
    for reminder_id in ids:
        with begin(now=NOON) as work:
            assert remind(work, reminder_id) is None
    assert runs(begin) == 0


def test_nobody_is_reminded_of_a_rehearsal(begin: BeginWork, conference: Conference, mandate: Mandate) -> None:
    with begin() as work:
        person(work, mandate, "An")
        other = make_conference(work)
        work.session.get_one(Conference, conference.id).rehearses_id = other.id

    assert put(begin, NOON) == []


def moved(begin: BeginWork, conference: Conference, by: timedelta) -> None:
    with begin(now=NOON + 2 * MINUTE) as work:
        row = work.session.get_one(Conference, conference.id)
        entry = ConferenceEntry("Hội nghị", "hybrid", row.timezone, row.starts_at + by, row.ends_at + by)
        change_conference(work, conference.id, entry, version=row.version)


@pytest.mark.parametrize(
    ("by", "again"),
    [(timedelta(minutes=20), 0), (timedelta(minutes=40), 1), (timedelta(hours=4), 1), (timedelta(days=1), 1), (timedelta(days=7), 1)],
)
def test_conference_that_is_moved_is_reminded_of_again_unless_it_hardly_was(
    begin: BeginWork, conference: Conference, mandate: Mandate, by: timedelta, again: int
) -> None:
    with begin() as work:
        person(work, mandate, "An")
    assert len(put(begin, NOON)) == 1
    moved(begin, conference, by)

    assert [len(put(begin, NOON + by + later)) for later in (-MINUTE, MINUTE, 2 * MINUTE)] == [0, again, 0]


def test_who_was_invited_only_afterwards_is_not_reminded_at_once(begin: BeginWork, conference: Conference, mandate: Mandate) -> None:
    with begin() as work:
        person(work, mandate, "An")
        work.session.get_one(Conference, conference.id).invited_at = NOON + MINUTE

    assert put(begin, NOON + 2 * MINUTE) == []


def test_look_asks_once_however_many_conferences_there_are(begin: BeginWork, conference: Conference, mandate: Mandate) -> None:
    with begin() as work:
        for days in range(1, 6):
            later = make_conference(work, starts_at=STARTS + timedelta(days=days), ends_at=ENDS + timedelta(days=days))
            add_reminder(work, later.id, ReminderEntry("delegates", 60 + days * DAY))
        far = make_conference(work, starts_at=STARTS + timedelta(days=200), ends_at=ENDS + timedelta(days=200))
        add_reminder(work, far.id, ReminderEntry("delegates", 60))
    with begin(now=NOON) as work:
        assert len(due_reminders(work)) == 6
