"""The outbox is emptied: one message after the other, as fast as is allowed, each marked before the next is handed over."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import gevent
import structlog
from flask import Flask
from gevent.event import Event

from confsvc.boundary import begin_reading, begin_work, runtime_of
from confsvc.domain.errors import DomainError
from confsvc.domain.outbox import Outgoing, Written, claim_message, is_mail_due, note_delayed, note_refused, note_sent, put_back
from confsvc.domain.work import System, Work
from confsvc.jobs.delivery import Carrier, Delayed, Refused, Unreachable
from confsvc.jobs.maildir import Maildir
from confsvc.jobs.smtp import Mailserver, SmtpCarrier
from confsvc.models import Message
from confsvc.schemas.letters import Sender, write_letter
from confsvc.schemas.mime import pack_letter
from confsvc.settings import Settings

log = structlog.get_logger()
LOOK_SECONDS = 5.0
LONGEST_REST_SECONDS = 60.0
# What a claim is held for beyond the time a message may take: waiting for its turn, and for the database.
LEASE_RESERVE = timedelta(seconds=30)
Outcome = Callable[[Work], None]


class MailSender:
    """Sends whatever is due, woken at once by this process and looking every few seconds for what others put.

    Two processes may do so at once: each claims messages of its own. The rate is each one's.
    """

    def __init__(self, app: Flask, *, look_seconds: float = LOOK_SECONDS) -> None:
        self._app = app
        self._here = runtime_of(app)
        settings = self._here.settings
        self._sender = Sender(settings.mail_from, settings.public_url)
        self._carrier = carrier_of(settings)
        self._look_seconds = look_seconds
        self._beat = 60 / settings.mail_per_minute if settings.smtp_host and settings.mail_per_minute else 0.0
        self._lease = timedelta(seconds=2 * settings.mail_timeout_seconds + self._beat) + LEASE_RESERVE
        self._patience = timedelta(hours=settings.mail_retry_hours)
        self._next_at = 0.0
        # Rounds in a row that found no way to send anything.
        self.failures = 0
        self._halted = False
        # Whether the last claim has written anything; what it found to be of no use any more is written too.
        self._wrote = False
        # What became of the message handed over last, until that is committed: forgotten, the message would go twice.
        self._outcome: Outcome | None = None
        self._ending = Event()

    def run(self) -> None:
        """Send until `end` is called."""
        while not self._ending.is_set():
            if not self.send_due():
                self._carrier.close()
            if self.failures:
                # Whoever puts more mail does not make a server answer that does not.
                self._ending.wait(min(2.0 ** min(self.failures - 1, 10), LONGEST_REST_SECONDS))
            else:
                self._here.mail_put.wait(self._look_seconds)
                self._here.mail_put.clear()
        self._carrier.close()

    def end(self) -> None:
        """Finish the message that is being handed over, mark it, and stop."""
        self._ending.set()
        self._here.mail_put.set()

    def send_due(self) -> int:
        """Send until nothing is due, or nothing can be sent now: how many were taken. What goes wrong is logged and tried again."""
        taken = 0
        self._halted = False
        with self._app.app_context():
            try:
                while (outgoing := self._mark_and_claim()) is not None or self._wrote:
                    taken += outgoing is not None and self._hand_over(outgoing)
            except Exception:
                log.exception("mail_sender_failed")
                self.failures += 1
        return taken

    def close(self) -> None:
        """End the line to the mail server."""
        self._carrier.close()

    def _mark_and_claim(self) -> Outgoing | None:
        """Note what became of the last message, then take the next one.

        Each has a commit of its own: to write the next message takes time, and a server that dies meanwhile would not know that the last one is gone.
        """
        self._wrote = False
        if self._outcome is not None:
            with begin_work(System()) as work:
                self._outcome(work)
            self._outcome = None
        if self._halted or self._ending.is_set() or not self._is_due():
            return None
        with begin_work(System()) as work:
            return claim_message(work, self._write, sender=self._sender.address, lease=self._lease)

    def _is_due(self) -> bool:
        with begin_reading(System()) as work:
            return is_mail_due(work)

    def _write(self, work: Work, message: Message, name: str) -> Written | None:
        self._wrote = True
        try:
            letter = write_letter(work, message, self._sender)
            if letter is None:
                return None
            data = pack_letter(letter, sender=self._sender.address, name=name, written_at=work.now)
        except DomainError:
            raise
        except Exception:
            log.exception("message_not_written", message=message.id)
            raise
        return Written(letter.to_name, letter.to_address, letter.subject, data)

    def _hand_over(self, outgoing: Outgoing) -> bool:
        """Whether it was taken; what became of it is kept until the next commit."""
        message_id = outgoing.message_id
        gevent.sleep(0)  # a disk never makes this thread wait, and requests want their turn
        if self._ending.wait(self._pause()):
            self._outcome = partial(put_back, message_id=message_id, error="")
            return False
        try:
            self._carrier.deliver(outgoing)
        except Refused as error:
            self._outcome = partial(note_refused, message_id=message_id, error=error.said)
            return False
        except Delayed as error:
            self._outcome = partial(note_delayed, message_id=message_id, error=error.said, give_up_after=self._patience)
            self._halted = error.broken
        except Unreachable as error:
            self._outcome = partial(put_back, message_id=message_id, error=error.said)
            self._halted = True
        else:
            self._outcome = partial(note_sent, message_id=message_id)
            self.failures = 0
            return True
        if self._halted:
            self.failures += 1
            log.warning("mail_not_taken", message=message_id, failures=self.failures)
        return False

    def _pause(self) -> float:
        """How long to wait for this message's turn, in seconds; the next one's is a beat later."""
        now = time.monotonic()
        turn = max(now, self._next_at)
        self._next_at = turn + self._beat
        return turn - now


def carrier_of(settings: Settings) -> Carrier:
    """The mail server of the settings, or the folder that stands for one."""
    if not settings.smtp_host:
        return Maildir(settings.data_dir / "mail")
    return SmtpCarrier(
        Mailserver(
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=settings.smtp_security,
            user=settings.smtp_user,
            password=settings.smtp_password,
            ca_file=settings.smtp_ca_file,
            seconds=settings.mail_timeout_seconds,
        )
    )
