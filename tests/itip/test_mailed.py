"""Calendars as they leave the house, by mail and by link, of a conference whose every text is awkward."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from confsvc.boundary import begin_reading, install_runtime
from confsvc.domain.calendar_watch import put_calendar_messages
from confsvc.domain.conferences import move_conference
from confsvc.domain.feeds import make_host_feed
from confsvc.domain.tokens import derive_token
from confsvc.domain.work import System
from confsvc.jobs.mail_sender import MailSender
from confsvc.models import AgendaSession, Conference, Delegate, Message
from tests.conftest import NOW, SECRET, BeginWork
from tests.domain.calendar_readers import read_by_ical_js, read_by_vobject
from tests.factories import acting, make_account, make_unit
from tests.itip.awkward_scene import TEXTS, WEB, make_feeds, make_scene
from tests.itip.checker import offences
from tests.itip.client import CalendarClient, Shown, read_feed
from tests.itip.content_lines import parse_calendar
from tests.itip.mailbox import mail_offences, read_mail

RULES: list[dict[str, Any]] = [
    {"entry_rule": "conference", "mail_languages": "vi"},
    {"entry_rule": "sessions", "mail_languages": "both", "timezone": "Europe/Berlin"},
    {"entry_rule": "conference", "mail_languages": "en", "state": "postponed", "timezone": "America/St_Johns"},
]


def read_alike(data: bytes, mine: list[Shown]) -> None:
    """Both other parsers read what the client of these tests reads."""
    expected = {one.uid: (one.summary, one.location, one.description, one.status, one.starts_at, one.ends_at) for one in mine}
    keys = ("summary", "location", "description", "status", "starts_at", "ends_at")
    for read in (read_by_vobject, read_by_ical_js):
        assert {event["uid"]: tuple(event[key] for key in keys) for event in read(data)} == expected, read.__name__


@pytest.mark.parametrize("columns", RULES)
def test_every_mail_is_right_and_says_what_was_typed(app: Flask, begin: BeginWork, data_dir: Path, columns: dict[str, Any]) -> None:
    with begin() as work:
        make_scene(work, **columns)
    send(app)
    mails = sorted((data_dir / "mail" / "new").iterdir())
    entries = 2 if columns["entry_rule"] == "sessions" else 1
    assert len(mails) == len(TEXTS) * entries
    calendars: dict[str, CalendarClient] = {}
    for number, path in enumerate(mails):
        data = path.read_bytes()
        assert mail_offences(data) == []
        mail = read_mail(data)
        [address] = mail.recipients
        client = calendars.setdefault(address, CalendarClient(address))
        assert (mail.method, client.receive(mail.calendar or b"")) == ("REQUEST", ["added"])
        name = TEXTS[int(address.split(".")[1].split("@")[0])]
        assert name in mail.text
        assert f"{WEB}/d/" in mail.text
        if number == 0:
            read_alike(mail.calendar or b"", client.shown())
    titles = [TEXTS[4], TEXTS[5]] if entries == 2 else [TEXTS[0]]
    for address, client in calendars.items():
        number = int(address.split(".")[1].split("@")[0])
        assert sorted(shown.summary.removeprefix("[Tạm hoãn] ").removeprefix("[Postponed] ") for shown in client.shown()) == sorted(titles)
        assert {shown.location for shown in client.shown()} == {f"{TEXTS[number]}, {TEXTS[number - 1]}"}
        assert client.complaints == []


def test_cancelled_is_right_by_mail_too(app: Flask, begin: BeginWork, data_dir: Path) -> None:
    with begin() as work:
        scene = make_scene(work)
    send(app)
    with begin() as work:
        version = work.session.get_one(Conference, scene.conference_id).version
        move_conference(work, scene.conference_id, "cancel", version=version)
        put_calendar_messages(work, scene.conference_id)
    folder = data_dir / "mail" / "new"
    invitations = set(folder.iterdir())
    send(app)
    cancelled = [path.read_bytes() for path in set(folder.iterdir()) - invitations]
    assert [mail_offences(data) for data in cancelled] == [[]] * len(TEXTS)
    assert {read_mail(data).method for data in cancelled} == {"CANCEL"}
    calendar = read_mail(cancelled[0]).calendar or b""
    assert [[event["status"] for event in read(calendar)] for read in (read_by_vobject, read_by_ical_js)] == [["CANCELLED"], ["CANCELLED"]]


@pytest.mark.parametrize("columns", RULES)
def test_every_linked_calendar_is_right(app: Flask, begin: BeginWork, columns: dict[str, Any]) -> None:
    with begin() as work:
        scene = make_scene(work, **columns)
        tokens = make_feeds(work, scene)
        people = [work.session.get_one(Delegate, delegate_id) for delegate_id in scene.delegate_ids]
        links = [derive_token(SECRET, "link", person.link_uid) for person in people]
        session_id = work.session.scalars(select(AgendaSession.id)).first()
    install_runtime(app, replace(app.extensions["confsvc"], clock=lambda: NOW))
    client = app.test_client()
    feeds = [f"/f/{token}.ics" for token in tokens]
    files = [path for link in links[:4] for path in (f"/d/{link}/conference.ics", f"/d/{link}/sessions/{session_id}.ics", f"/d/{link}/feed.ics")]
    for number, path in enumerate([*feeds, *files]):
        data = fetch(client, path)
        assert offences(data) == [], path
        if number < len(feeds) + 3:
            read_alike(data, read_feed(data))


def test_feed_of_a_host_without_conferences_is_right(app: Flask, begin: BeginWork) -> None:
    with begin() as work:
        unit, admin = make_unit(work, TEXTS[0]), make_account(work, "admin", role="administrator")
        token = make_host_feed(replace(work, actor=acting(admin)), unit.id).token
    data = fetch(app.test_client(), f"/f/{token}.ics")
    assert (offences(data), read_feed(data)) == ([], [])
    assert parse_calendar(data).text("NAME") == TEXTS[0]


def fetch(client: FlaskClient, path: str) -> bytes:
    """The calendar at this address; what HTTP says of it is what it says itself."""
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert answer.mimetype_params.get("method") == parse_calendar(answer.data).value("METHOD")
    assert answer.mimetype_params["charset"].lower() == "utf-8"
    data: bytes = answer.data
    return data


def send(app: Flask) -> None:
    """Hand everything that waits to the maildir."""
    install_runtime(app, replace(app.extensions["confsvc"], clock=lambda: NOW))
    sender = MailSender(app)
    sender.send_due()
    sender.close()
    with app.app_context(), begin_reading(System()) as work:
        assert set(work.session.scalars(select(Message.state))) == {"sent"}, [row.error for row in work.session.scalars(select(Message))]
