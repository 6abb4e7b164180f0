"""Mail that comes in is taken: every box looked into, each message read, kept, and only then put away."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import gevent
import structlog
from flask import Flask
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from confsvc.boundary import begin_work, runtime_of
from confsvc.domain.inbound_mail import InboundMail
from confsvc.domain.received_mail import take_mail
from confsvc.domain.work import System
from confsvc.jobs.imap import ImapBox, ImapServer
from confsvc.jobs.mailboxes import Mailbox, MaildirBox, Unreachable
from confsvc.loop import off_the_loop
from confsvc.schemas.inbound_mail import READ_BYTES, read_mail
from confsvc.settings import Settings

log = structlog.get_logger()
LONGEST_REST = timedelta(minutes=15)
# What a round counts beside the outcomes of models.mail.OUTCOMES and "repeated".
MESSAGES, SET_ASIDE, UNREACHABLE = "messages", "set_aside", "unreachable"


class MailReceiver:
    """Looks into every box again and again; one that cannot be reached is left for longer and longer, and holds up no other.

    Two processes may do so at once: a message that both read is taken once.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._here = runtime_of(app)
        self._pause = timedelta(seconds=self._here.settings.inbox_seconds)
        self._boxes = boxes_of(self._here.settings)
        self._failures: Counter[str] = Counter()
        self._rest_until: dict[str, datetime] = {}

    @property
    def has_boxes(self) -> bool:
        return bool(self._boxes)

    def run(self) -> None:
        """Look for ever; whoever ends it in the middle of a message finds that message again."""
        while True:
            self.receive()
            gevent.sleep(self._pause.total_seconds())

    def receive(self) -> Counter[str]:
        """Take what waits in every box that is not resting; what came of how many. What goes wrong is logged and tried again."""
        counts: Counter[str] = Counter()
        with self._app.app_context():
            for box in self._boxes:
                if self._here.clock() < self._rest_until.get(box.name, datetime.min.replace(tzinfo=self._here.clock().tzinfo)):
                    continue
                try:
                    self._empty(box, counts)
                    self._failures.pop(box.name, None)
                except (Unreachable, DBAPIError, NoConnectionFree) as error:
                    self._rest(box, error)
                    counts[UNREACHABLE] += 1
                except Exception as error:
                    # A server that answers as none should: it must not end the job.
                    log.exception("inbox_failed", box=box.name)
                    self._rest(box, error)
                    counts[UNREACHABLE] += 1
                finally:
                    box.close()
        return counts

    def _empty(self, box: Mailbox, counts: Counter[str]) -> None:
        while keys := box.waiting():
            for key in keys:
                self._take(box, key, counts)

    def _take(self, box: Mailbox, key: str, counts: Counter[str]) -> None:
        counts[MESSAGES] += 1
        try:
            outcomes = self._keep(box.read(key, READ_BYTES))
        except Exception as error:
            if isinstance(error, Unreachable | NoConnectionFree) or (isinstance(error, DBAPIError) and not isinstance(error, DataError | IntegrityError)):
                raise
            # Whatever else it is lies in this message, which must not hold up all the others.
            log.exception("inbox_message_set_aside", box=box.name, message=key)
            box.set_aside(key)
            counts[SET_ASIDE] += 1
            return
        counts.update(outcomes)
        box.finish(key)

    def _keep(self, data: bytes) -> Sequence[str]:
        mail = off_the_loop(lambda: read_mail(data))
        try:
            return _commit(mail)
        except IntegrityError:
            # Another process was taking the same message; now it has.
            return _commit(mail)

    def _rest(self, box: Mailbox, error: Exception) -> None:
        self._failures[box.name] += 1
        rest = min(self._pause * 2 ** min(self._failures[box.name] - 1, 10), LONGEST_REST)
        self._rest_until[box.name] = self._here.clock() + rest
        log.warning("inbox_unreachable", box=box.name, error=str(error), tried_again_after=rest.total_seconds())


def boxes_of(settings: Settings) -> list[Mailbox]:
    """Where mail comes in, as the settings say; none by default."""
    boxes: list[Mailbox] = []
    if settings.inbox_dir:
        boxes.append(MaildirBox(Path(settings.inbox_dir)))
    if settings.imap_host:
        account = (settings.imap_host, settings.imap_port, settings.imap_ca_file, settings.imap_user, settings.imap_password)
        boxes.append(ImapBox(ImapServer(*account, settings.imap_folder, settings.imap_done_folder)))
    return boxes


def _commit(mail: InboundMail) -> Sequence[str]:
    with begin_work(System()) as work:
        return take_mail(work, mail)
