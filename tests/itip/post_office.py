"""A real mail server (aiosmtpd, a socket of its own) that keeps what it is given, by recipient; and the maildir that answers come in by."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Condition
from typing import Any
from uuid import uuid4

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True, slots=True)
class Delivered:
    """One message as it was handed over: the envelope and the octets."""

    sender: str
    recipient: str
    data: bytes


class PostOffice:
    """Takes every message, but for now none to whom `later` names; `fetch` gives those that came since the last time."""

    def __init__(self) -> None:
        self.arrived = Condition()
        self.later: set[str] = set()
        self._new: list[Delivered] = []
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802  # as below
        if address in self.later:
            return "451 4.7.1 not now"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # the name aiosmtpd calls
        content: Any = envelope.content
        with self.arrived:
            self._new += [Delivered(envelope.mail_from or "", recipient or "", content) for recipient in envelope.rcpt_tos]
            self.arrived.notify_all()
        return "250 OK"

    def fetch(self) -> list[Delivered]:
        with self.arrived:
            new, self._new = self._new, []
        return new


@contextmanager
def open_office() -> Iterator[PostOffice]:
    """A post office that is open within the block."""
    office = PostOffice()
    controller = Controller(office, hostname="127.0.0.1", port=office.port)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()


def make_maildir(folder: Path) -> Path:
    """An empty maildir."""
    for name in ("tmp", "new", "cur"):
        (folder / name).mkdir(parents=True)
    return folder


def drop(maildir: Path, data: bytes) -> None:
    """Deliver a message into a maildir: written aside, then renamed, so that nobody reads half of it."""
    name = uuid4().hex
    (maildir / "tmp" / name).write_bytes(data)
    os.rename(maildir / "tmp" / name, maildir / "new" / name)  # noqa: PTH104  # as a mail server does it
