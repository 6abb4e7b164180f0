"""The round that sends reminders: it survives what goes wrong, and what fails holds up nothing else."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from confsvc.boundary import install_runtime
from confsvc.domain.facts import Fact
from confsvc.domain.passes import link_token
from confsvc.domain.registration_links import give_link, registration_token
from confsvc.domain.reminder_rules import AUDIENCES
from confsvc.domain.reminders import ReminderEntry, add_reminder
from confsvc.extensions import db
from confsvc.jobs.reminders import Reminders
from confsvc.models import CalendarEntry, Mailing, Message
from confsvc.schemas.letters import Sender, write_letter
from tests.conftest import NOW, BeginWork
from tests.factories import STARTS, make_conference, make_delegate, make_mandate, make_site


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(app: Flask, published: list[Fact]) -> Clock:
    """The application's clock, to be set by hand."""
    clock = Clock()
    install_runtime(app, replace(app.extensions["confsvc"], clock=clock, publish=published.append))
    return clock


@pytest.fixture
def conferences(begin: BeginWork) -> list[int]:
    """Two whose halls are reminded an hour before they begin."""
    with begin() as work:
        made = [make_conference(work, title=title) for title in ("Một", "Hai")]
        for number, conference in enumerate(made):
            make_site(work, conference, contact_email=f"hall{number}@example.org")
            add_reminder(work, conference.id, ReminderEntry("operators", 60))
        return [conference.id for conference in made]


def reminded(begin: BeginWork) -> list[str]:
    with begin() as work:
        return list(work.session.scalars(select(Message.to_address).order_by(Message.to_address)))


def test_each_reminder_goes_out_when_its_moment_has_come(app: Flask, clock: Clock, begin: BeginWork, conferences: list[int]) -> None:
    job, found = Reminders(app), []
    for minutes in (-61, -60, -59):
        clock.now = STARTS + timedelta(minutes=minutes)
        found.append(job.look())

    assert (found, reminded(begin)) == ([0, 2, 0], ["hall0@example.org", "hall1@example.org"])


def test_sender_is_told_that_there_is_mail(app: Flask, clock: Clock, conferences: list[int]) -> None:
    clock.now = STARTS - timedelta(minutes=60)
    put = app.extensions["confsvc"].mail_put
    put.clear()

    Reminders(app).look()

    assert put.is_set()


def test_one_that_fails_holds_up_no_other_and_is_tried_again(app: Flask, clock: Clock, begin: BeginWork, conferences: list[int]) -> None:
    clock.now = STARTS - timedelta(minutes=60)
    job = Reminders(app)
    with app.app_context(), db.engine.begin() as connection:
        refused = f"CREATE TRIGGER refuse BEFORE INSERT ON mailings WHEN NEW.conference_id = {conferences[0]} BEGIN SELECT RAISE(ABORT, 'no'); END"
        connection.execute(text(refused))

    first = (job.look(), reminded(begin))
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER refuse"))

    assert first == (1, ["hall1@example.org"])
    assert (job.look(), job.look(), reminded(begin)) == (1, 0, ["hall0@example.org", "hall1@example.org"])


def test_database_that_cannot_be_read_is_looked_at_again(app: Flask, clock: Clock, begin: BeginWork, conferences: list[int]) -> None:
    clock.now = STARTS - timedelta(minutes=60)
    job = Reminders(app)
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE reminders RENAME TO elsewhere"))

    first = job.look()
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO reminders"))

    assert (first, job.look()) == (0, 2)


def test_two_servers_send_it_once(app: Flask, clock: Clock, begin: BeginWork, conferences: list[int]) -> None:
    clock.now = STARTS - timedelta(minutes=60)

    assert [Reminders(app).look() for _ in range(2)] == [2, 0]
    with begin() as work:
        assert sorted(work.session.scalars(select(Mailing.conference_id))) == sorted(conferences)


def test_every_reminder_becomes_a_letter_with_its_link(app: Flask, clock: Clock, begin: BeginWork) -> None:
    week_before, hour_before = STARTS - timedelta(days=7), STARTS - timedelta(hours=1)
    with begin(now=week_before) as work:
        conference = make_conference(work, invited_at=week_before)
        site = make_site(work, conference, contact_email="hall@example.org")
        mandate = make_mandate(work, conference, site, seats=2, liaison_email="so@example.org")
        give_link(work, conference, mandate)
        dina = make_delegate(work, mandate, email="dina@example.org")
        told = {"uid": work.new_id(), "scope": "conference", "fingerprint": "x", "changed_at": work.now, "told_to": dina.email, "told_at": work.now}
        work.session.add(CalendarEntry(conference_id=conference.id, delegate_id=dina.id, **told))
        for audience in AUDIENCES:
            add_reminder(work, conference.id, ReminderEntry(audience, 60))
        links = [f"/d/{link_token(work, dina)}", f"/r/{registration_token(work, mandate)}"]
    clock.now = hour_before
    Reminders(app).look()

    sender = Sender("hoi-nghi@example.org", "https://hoi-nghi.example.org")
    with begin(now=hour_before) as work:
        letters = {message.to_address: write_letter(work, message, sender) for message in work.session.scalars(select(Message))}
    assert set(letters) == {"dina@example.org", "so@example.org", "hall@example.org"}
    for address, link in zip(("dina@example.org", "so@example.org"), links, strict=True):
        letter = letters[address]
        assert letter is not None
        assert f"https://hoi-nghi.example.org{link}" in letter.text
    assert letters["hall@example.org"] is not None
