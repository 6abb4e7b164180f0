"""Mail servers to hand messages to: a real one, and bad ones that do exactly one thing wrong."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


@dataclass
class Kept:
    """What the server got: (sender, recipient, words); `refusals`: recipient → what it is told instead of being taken."""

    messages: list[tuple[str, str, bytes]] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    lines: int = 0
    sign_ins: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        for recipient in envelope.rcpt_tos:
            self.messages.append((envelope.mail_from or "", recipient, envelope.content or b""))  # type: ignore[arg-type]
        return "250 taken"

    def sign_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
        self.sign_ins.append((given.login.decode(), given.password.decode()))
        return AuthResult(success=self.sign_ins[-1] == ("hop", "khoa nha"), handled=False)

    def recipients(self) -> list[str]:
        return [recipient for _, recipient, _ in self.messages]


class _Counting(Controller):
    """Counts the lines that were opened."""

    def factory(self) -> SMTP:
        self.handler.lines += 1
        return SMTP(self.handler, **self.SMTP_kwargs)


def free_port() -> int:
    with socket.create_server((HOST, 0)) as line:
        port: int = line.getsockname()[1]
        return port


@contextmanager
def real_server(**options: Any) -> Iterator[Kept]:
    """aiosmtpd; `ssl_context`: TLS from the first byte, `tls_context`: after STARTTLS."""
    kept = Kept(port=free_port())
    if options.pop("signs_in", False):
        options |= {"authenticator": kept.sign_in, "auth_required": True}
    server = _Counting(kept, hostname=HOST, port=kept.port, **options)
    server.start()
    kept.lines = 0
    try:
        yield kept
    finally:
        server.stop()


Talk = Callable[["Line"], None]


class Line:
    """One opened line, as the script of a bad server sees it."""

    def __init__(self, opened: socket.socket, ended: Event) -> None:
        self._socket = opened
        self._file = opened.makefile("rb")
        self.ended = ended

    def say(self, reply: str) -> None:
        self._socket.sendall(reply.encode() + b"\r\n")

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def hear(self) -> str:
        return self._file.readline().decode()

    def obey(self, until: str) -> None:
        """Greet and answer as one should, until this command comes."""
        self.say("220 ready")
        while not (heard := self.hear()).upper().startswith(until):
            assert heard
            self.say("250 OK")

    def read_words(self) -> None:
        while self.hear().strip() != ".":
            pass

    def wait(self) -> None:
        """Say nothing more until the test is over."""
        self.ended.wait()

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@contextmanager
def bad_server(talk: Talk) -> Iterator[int]:
    """Its port; every line is led by `talk` and closed after it."""
    ended = Event()
    listening = socket.create_server((HOST, 0))

    def lead(line: Line) -> None:
        with suppress(OSError, AssertionError):
            talk(line)
        line.close()

    def listen() -> None:
        with suppress(OSError):
            while True:
                opened, _ = listening.accept()
                thread = Thread(target=lead, args=(Line(opened, ended),), daemon=True)
                threads.append(thread)
                thread.start()

    threads = [Thread(target=listen, daemon=True)]
    threads[0].start()
    try:
        yield listening.getsockname()[1]
    finally:
        ended.set()
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for thread in threads:
            thread.join(5)


def make_certificate(folder: Path, name: str = "localhost") -> tuple[ssl.SSLContext, Path]:
    """What a server shows that calls itself `name`, and the file by which it can be trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, secret = folder / f"{name}.pem", folder / f"{name}.key"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(trusted, secret)
    return context, trusted
