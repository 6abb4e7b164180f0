"""An outbox to be emptied: reminders put into it, what became of them, several senders at once."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

from flask import Flask
from sqlalchemy import select

from confsvc.boundary import begin_work
from confsvc.domain.outbox import NewMessage, put_mailing
from confsvc.domain.work import System
from confsvc.extensions import db
from confsvc.jobs.mail_sender import MailSender
from confsvc.models import Conference, Message
from tests.conftest import NOW
from tests.factories import make_conference, make_crowd, make_mandate, make_site

SECONDS = 30


def remind(app: Flask, count: int) -> None:
    """Put reminders for that many delegates, nguoi-0@example.org and so on, into the outbox."""
    with app.app_context(), begin_work(System()) as work:
        conference = work.session.scalars(select(Conference)).first()
        if conference is None:
            conference = make_conference(work, starts_at=NOW + timedelta(hours=5), ends_at=NOW + timedelta(hours=8))
            make_site(work, conference)
        mandate = make_mandate(work, conference, make_site(work, conference, f"Điểm cầu {work.new_id()}", kind="remote"))
        people = make_crowd(work, mandate, [f"Người thứ {n}" for n in range(count)])
        for n, person in enumerate(people):
            person.email = f"nguoi-{n}@example.org"
        put_mailing(work, conference.id, "reminder", [NewMessage(person.email, person.full_name, delegate_id=person.id) for person in people])


def outcomes(app: Flask) -> list[tuple[str, int, str]]:
    """(state, attempts, error) of every message."""
    with app.app_context():
        found = db.session.execute(select(Message.state, Message.attempts, Message.error).order_by(Message.id)).all()
        db.session.remove()
        return [(state, attempts, error) for state, attempts, error in found]


def everybody(count: int) -> list[str]:
    return [f"nguoi-{n}@example.org" for n in range(count)]


def share_the_work(apps: list[Flask], count: int) -> None:
    """A sender of each application until all is sent."""
    senders = [MailSender(app) for app in apps]
    taken = [0] * len(senders)

    def send(n: int) -> None:
        taken[n] = senders[n].send_due()
        senders[n].close()

    threads = [Thread(target=send, args=(n,)) for n in range(len(senders))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(taken) == count


def wait_until(fits: Callable[[], bool]) -> None:
    """Look again and again, a bounded number of times."""
    pause = Event()
    assert any(fits() or pause.wait(0.02) for _ in range(SECONDS * 50))
