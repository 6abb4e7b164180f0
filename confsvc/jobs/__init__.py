"""What the server does by itself, beside answering."""

from collections.abc import Callable

import gevent
from flask import Flask

from confsvc.jobs.calendar_watch import CalendarWatch
from confsvc.jobs.mail_receiver import MailReceiver
from confsvc.jobs.mail_sender import MailSender
from confsvc.jobs.reminders import Reminders
from confsvc.jobs.silent_pages import SilentPages

# How long the message that is being handed over may take when the server stops.
FINISH_SECONDS = 10


def start_jobs(app: Flask) -> Callable[[], None]:
    """Start everything that runs beside the requests; what it returns ends it."""
    sender = MailSender(app)
    sending = gevent.spawn(sender.run)
    jobs = [gevent.spawn(SilentPages(app).run), gevent.spawn(CalendarWatch(app).run), gevent.spawn(Reminders(app).run)]
    receiver = MailReceiver(app)
    if receiver.has_boxes:
        jobs.append(gevent.spawn(receiver.run))

    def end() -> None:
        sender.end()
        sending.join(FINISH_SECONDS)
        gevent.killall([sending, *jobs])

    return end
