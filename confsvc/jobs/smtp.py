"""A mail server that takes messages, over one line for many (RFC 5321), with TLS by default (RFC 3207, RFC 8314)."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from typing import Any, BinaryIO

import gevent

from confsvc.domain.outbox import Outgoing
from confsvc.jobs.delivery import Delayed, Refused, Unreachable
from confsvc.schemas.mime import envelope_address

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
CLOSING = 421
TOO_LARGE = 552
# RFC 4954 §6: the server wants another sign-in, whatever it was asked; no message is to blame.
SIGN_IN_CODES = (530, 534, 535, 538)
BROKEN = (smtplib.SMTPException, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Mailserver:
    """Where it is, and how to speak to it; `security` is "starttls", "tls" or "none". `seconds` is all the time one line has for one message."""

    host: str
    port: int
    security: str
    user: str
    password: str
    ca_file: str
    seconds: float


class SmtpCarrier:
    """Hands messages to one server; the line is opened at the first one and again after it broke."""

    def __init__(self, server: Mailserver) -> None:
        self._server = server
        self._client: smtplib.SMTP | None = None

    def deliver(self, outgoing: Outgoing) -> None:
        """Hand one message over: it has a single recipient, so what the server says of the recipient it says of the message."""
        if self._client is not None:
            with self._bounded():
                if self._began(outgoing):
                    return self._finish(outgoing)
        # A line that was dead may have taken all its time: the new one has its own.
        with self._bounded():
            self._connect()
            try:
                self._mail_from(outgoing)
            except BROKEN as error:
                self._drop()
                raise Delayed(_said(error), broken=True) from error
            return self._finish(outgoing)

    def close(self) -> None:
        """Say goodbye, if there is anybody."""
        with suppress(*BROKEN), self._bounded():
            if self._client is not None:
                self._client.quit()
        self._drop()

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        """End the line when the time is over: a server that sends a byte now and then would otherwise hold a message for ever."""
        alarm = Timer(self._server.seconds, self._hang_up)
        alarm.daemon = True
        alarm.start()
        try:
            # In the server this ends also what is no line yet: the look-up of a name, a TLS handshake.
            with gevent.Timeout(self._server.seconds, TimeoutError()):
                yield
        finally:
            alarm.cancel()

    def _hang_up(self) -> None:
        line = self._client.sock if self._client is not None else None
        if line is not None:
            with suppress(OSError):
                # That of the plain socket: TLS would take leave first, and wait.
                socket.socket.shutdown(line, socket.SHUT_RDWR)

    def _connect(self) -> None:
        server = self._server
        try:
            self._client = _Client(server.host, server.seconds, _trust(server) if server.security == "tls" else None)
            code, said = self._client.connect(server.host, server.port)
            if code != 220:
                raise smtplib.SMTPResponseException(code, said)
            self._client.ehlo_or_helo_if_needed()
            if server.security == "starttls":
                self._client.starttls(context=_trust(server))
                self._client.ehlo_or_helo_if_needed()
            if server.user:
                self._sign_in(self._client)
        except BROKEN as error:
            self._drop()
            raise Unreachable(f"{server.host}:{server.port}: {_said(error)}") from error

    def _sign_in(self, client: smtplib.SMTP) -> None:
        if self._server.security == "none" and self._server.host not in LOCAL_NAMES:
            raise smtplib.SMTPNotSupportedError("a password is not sent without TLS")
        client.login(self._server.user, self._server.password)

    def _began(self, outgoing: Outgoing) -> bool:
        """Whether the line that was open already still is: servers end it when nothing was sent for a while."""
        try:
            self._mail_from(outgoing)
        except BROKEN:
            self._drop()
            return False
        return True

    def _mail_from(self, outgoing: Outgoing) -> None:
        client = self._open()
        size = [f"size={len(outgoing.data)}"] if client.has_extn("size") else []
        code, said = client.mail(outgoing.sender, size)
        if code == CLOSING:
            raise smtplib.SMTPServerDisconnected(_words(code, said))
        if code // 100 == 2:
            return
        self._drop()
        if code == TOO_LARGE:
            raise Refused(_words(code, said))
        # The sender is the same for every message: this is the server's or the settings' affair.
        raise Unreachable(_words(code, said))

    def _finish(self, outgoing: Outgoing) -> None:
        """The recipient and the words, after the sender was taken."""
        client = self._open()
        try:
            self._judge(*client.rcpt(envelope_address(outgoing.recipient)))
            self._judge(*client.data(outgoing.data))
        except smtplib.SMTPDataError as error:
            self._judge(error.smtp_code, error.smtp_error)
        except BROKEN as error:
            self._drop()
            raise Delayed(_said(error), broken=True) from error

    def _judge(self, code: int, said: Any) -> None:
        """Go on, or raise what the reply means (RFC 5321 §4.2.1)."""
        if code // 100 == 2:
            return
        words = _words(code, said)
        if code == CLOSING or code // 100 not in (4, 5):
            self._drop()
            raise Delayed(words, broken=True)
        self._take_back()
        if code in SIGN_IN_CODES:
            raise Unreachable(words)
        if code // 100 == 5:
            raise Refused(words)
        raise Delayed(words)

    def _take_back(self) -> None:
        """End what was begun, so that the line can be used for the next message."""
        try:
            done, _ = self._open().rset()
        except BROKEN:
            done = 0
        if done // 100 != 2:
            self._drop()

    def _open(self) -> smtplib.SMTP:
        if self._client is None or self._client.sock is None:
            raise smtplib.SMTPServerDisconnected("the line is closed")
        return self._client

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(*BROKEN):
                client.close()


class _WholeLines:
    """What the server says, line by line; a line that ended before its end was never said (the library would take "25" for yes)."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readline(self, most: int) -> bytes:
        line = self._file.readline(most)
        return line if line.endswith(b"\n") or len(line) == most else b""

    def close(self) -> None:
        self._file.close()


class _Client(smtplib.SMTP):
    """The library's client, which can be told to hang up while it still opens the line; `tls`: from the first byte."""

    file: Any

    def __init__(self, host: str, seconds: float, tls: ssl.SSLContext | None) -> None:
        super().__init__(timeout=seconds)
        self._host = host  # the name that TLS checks, which the library sets only when it connects at once
        self._tls = tls

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = _WholeLines(self.sock.makefile("rb"))
        return super().getreply()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]  # the library's own way to put TLS below
        if self._tls is None:
            return line
        self.sock = line
        return self._tls.wrap_socket(line, server_hostname=host)


def _trust(server: Mailserver) -> ssl.SSLContext:
    """Checks the certificate and its name; TLS 1.2 and above."""
    return ssl.create_default_context(cafile=server.ca_file or None)


def _words(code: int, said: Any) -> str:
    return f"{code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"


def _said(error: Exception) -> str:
    """What went wrong, in the words of the server where it said any."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _words(error.smtp_code, error.smtp_error)
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__
