"""An IMAP mailbox (RFC 9051, and RFC 3501 before it) over TLS, by UIDs."""

import imaplib
import re
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from confsvc.jobs.mailboxes import AT_ONCE, Unreachable, Unreadable

T = TypeVar("T")
ANSWER_SECONDS = 60
# A message with a flag was set aside.
UNDONE = ("UNSEEN", "UNDELETED", "UNFLAGGED")
_QUOTE = re.compile(r'(["\\])')


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where it is, and which folders: taken mail goes to `done_folder`, or stays as read where that is empty."""

    host: str
    port: int
    ca_file: str
    user: str
    password: str
    folder: str
    done_folder: str


class ImapBox:
    """One folder; the line is opened at the first question and again after it broke or was closed."""

    def __init__(self, server: ImapServer) -> None:
        self.name = f"imap://{server.host}/{server.folder}"
        self._server = server
        self._line: imaplib.IMAP4_SSL | None = None

    def waiting(self) -> Sequence[str]:
        answer = self._ask(lambda line: line.uid("SEARCH", *UNDONE))
        uids = b" ".join(part for part in answer if isinstance(part, bytes)).split()
        return [str(uid) for uid in sorted(int(uid) for uid in uids if uid.isdigit())][:AT_ONCE]

    def read(self, key: str, most: int) -> bytes:
        answer = self._ask(lambda line: line.uid("FETCH", key, f"(BODY.PEEK[]<0.{most}>)"))
        for part in answer:
            if isinstance(part, tuple) and len(part) > 1:
                return bytes(part[1])[:most]
        raise Unreadable("the server gives no such message")

    def finish(self, key: str) -> None:
        if not self._server.done_folder:
            self._ask(lambda line: line.uid("STORE", key, "+FLAGS.SILENT", r"(\Seen)"))
            return
        folder = _quoted(self._server.done_folder)
        # Many servers say what they can only to whoever has signed in.
        if b"MOVE" in b" ".join(self._ask(lambda line: line.capability())).upper().split():
            self._ask(lambda line: line.uid("MOVE", key, folder))
            return
        self._ask(lambda line: line.uid("COPY", key, folder))
        # Whoever empties the folder takes it out for good; it is not looked at any more.
        self._ask(lambda line: line.uid("STORE", key, "+FLAGS.SILENT", r"(\Seen \Deleted)"))

    def set_aside(self, key: str) -> None:
        self._ask(lambda line: line.uid("STORE", key, "+FLAGS.SILENT", r"(\Flagged)"))

    def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                line.logout()

    def _ask(self, question: Callable[[imaplib.IMAP4_SSL], tuple[str, list[Any]]]) -> list[Any]:
        """The data of an answer that is OK; every other one, and a broken line, is Unreachable."""
        try:
            kind, data = question(self._opened())
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            self._drop()
            raise Unreachable(str(error) or type(error).__name__) from error
        if kind != "OK":
            self._drop()
            raise Unreachable(f"{kind} {data[:1]}")
        return data

    def _opened(self) -> imaplib.IMAP4_SSL:
        if self._line is None:
            server = self._server
            try:
                trusted = ssl.create_default_context(cafile=server.ca_file or None)
                line = self._line = imaplib.IMAP4_SSL(server.host, server.port, ssl_context=trusted, timeout=ANSWER_SECONDS)
                line.login(_quoted(server.user), server.password)
                if server.done_folder:
                    # It may be there already.
                    line.create(_quoted(server.done_folder))
                kind, data = line.select(_quoted(server.folder))
            except (imaplib.IMAP4.error, OSError, ValueError) as error:
                self._drop()
                raise Unreachable(str(error) or type(error).__name__) from error
            if kind != "OK":
                self._drop()
                raise Unreachable(f"{server.folder}: {data[:1]}")
        return self._line

    def _drop(self) -> None:
        """Let go of the line as it is."""
        line, self._line = self._line, None
        if line is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                line.shutdown()


def _quoted(name: str) -> str:
    """A folder's name as a quoted string (RFC 9051 §9); one with other letters is written in modified UTF-7, as its server lists it."""
    return '"' + _QUOTE.sub(r"\\\1", name) + '"'
