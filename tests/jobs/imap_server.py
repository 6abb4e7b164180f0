"""A real IMAP server (pymap, a process of its own) behind TLS, and what a test may do to its mailbox and its line."""

import imaplib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from tests.jobs.mail_servers import HOST, free_port, make_certificate

USER, PASSWORD = "confsvc@example.gov.vn", 'with a "quote" in it '
START_SECONDS = 20
# Half a million rounds of a password's hash at every sign-in are of no use here.
QUICK_SIGN_IN = "from pysasl.hashing import BuiltinHash as B; B.__init__.__kwdefaults__['rounds'] = 1; "
CHUNK = 65_536


@dataclass
class ImapServer:
    """`port` speaks TLS, with a certificate that `ca_file` has signed for localhost; `plain_port` is the server behind it."""

    plain_port: int
    port: int
    ca_file: Path
    listener: socket.socket
    lines: list[socket.socket] = field(default_factory=list)
    # How many bytes from the server to the client still go through; None: all.
    allowance: int | None = None

    @contextmanager
    def client(self, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4(HOST, self.plain_port, timeout=START_SECONDS) as client:
            client.login(USER, PASSWORD)
            client.select(f'"{folder}"')
            yield client

    def deliver(self, *messages: bytes) -> None:
        with self.client() as client:
            for message in messages:
                client.append("INBOX", None, None, message)

    def flags(self, folder: str = "INBOX") -> list[set[str]]:
        """The flags of each message, in order."""
        with self.client(folder) as client:
            _, found = client.uid("FETCH", "1:*", "(FLAGS)")
            return [{flag.decode() for flag in imaplib.ParseFlags(line)} - {"\\Recent"} for line in found if line]

    def cut(self) -> None:
        """Break every line there is."""
        for line in self.lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self.lines.clear()

    def relay(self, context: ssl.SSLContext) -> None:
        """Serve callers until the listener is shut down."""
        serving: list[Thread] = []
        with suppress(OSError):
            while True:
                caller, _ = self.listener.accept()
                serving.append(Thread(target=self._serve, args=(caller, context)))
                serving[-1].start()
        for thread in serving:
            thread.join(START_SECONDS)

    def _serve(self, caller: socket.socket, context: ssl.SSLContext) -> None:
        with caller, suppress(OSError), context.wrap_socket(caller, server_side=True) as inside, socket.create_connection((HOST, self.plain_port)) as outside:
            self.lines += [inside, outside]
            back = Thread(target=self._copy, args=(outside, inside), kwargs={"counted": True})
            back.start()
            self._copy(inside, outside)
            back.join(START_SECONDS)

    def _copy(self, source: socket.socket, target: socket.socket, *, counted: bool = False) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                if counted and self.allowance is not None:
                    data, self.allowance = data[: self.allowance], max(0, self.allowance - len(data))
                target.sendall(data)
                if counted and self.allowance == 0:
                    break
        for line in (source, target):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


@contextmanager
def imap_server(folder: Path) -> Iterator[ImapServer]:
    """The server with one empty mailbox."""
    context, trusted = make_certificate(folder)
    plain_port = free_port()
    account = ["--demo-user", USER, "--demo-password", PASSWORD]
    with (folder / "imap.log").open("wb") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                QUICK_SIGN_IN + "from pymap.main import main; main()",
                "--host",
                HOST,
                "--port",
                str(plain_port),
                "--no-tls",
                "dict",
                *account,
            ],
            stdout=log,
            stderr=log,
        )
    listener = socket.create_server((HOST, 0))
    server = ImapServer(plain_port, listener.getsockname()[1], trusted, listener)
    try:
        _wait_for(process, plain_port)
        relay = Thread(target=server.relay, args=(context,))
        relay.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
        server.cut()
        relay.join(START_SECONDS)
    finally:
        listener.close()
        process.terminate()
        process.wait(START_SECONDS)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, "the IMAP server has ended"
        try:
            socket.create_connection((HOST, port)).close()
        except OSError:
            assert time.monotonic() < end, "the IMAP server does not answer"
            time.sleep(0.02)
        else:
            return
