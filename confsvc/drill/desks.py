"""What desks and boards say, as text that is ready to send, and one desk that stays on the line."""

from collections.abc import Callable
from datetime import UTC, datetime

from confsvc.drill.wire import Answered, Connection, Wire

DESK, BOARD = "/desk", "/board"
DESK_COOKIE = "confsvc_desk"
Told = Callable[["Desk"], None]


def check_in(client_ref: str, *, code: str | None = None, delegate_id: int | None = None, at: datetime | None = None) -> str:
    """The payload of a check-in that happens `at` (now): of whoever carries the pass `code`, else of `delegate_id` of the own roster."""
    who = f'"method":"name","delegate_id":{delegate_id}' if code is None else f'"method":"scan","code":"{code}"'
    # No value holds anything that JSON would escape.
    return f'{{"client_ref":"{client_ref}","occurred_at":"{(at or datetime.now(UTC)).isoformat(timespec="milliseconds")}",{who}}}'


def record(acts: list[str]) -> str:
    """The payload of a `record` of check-ins, each the payload of a single one."""
    return '{"acts":[' + ",".join(f'{{"act":"check_in",{act[1:]}' for act in acts) + "]}"


def is_ok(ack: bytes) -> bool:
    """Whether the server says yes to the event; a refused person is a yes too."""
    return ack.startswith((b'{"ok": true', b'{"ok":true'))


def number_in(message: bytes, field: bytes) -> int | None:
    """The first integer that stands under this name in JSON text, without reading the rest of it; None where there is none."""
    at = message.find(b'"' + field + b'":')
    if at < 0:
        return None
    start = stop = at + len(field) + 3 + (message[at + len(field) + 3 : at + len(field) + 4] == b" ")
    while message[stop : stop + 1].isdigit():
        stop += 1
    return int(message[start:stop]) if stop > start else None


class Desk:
    """A paired desk on its line: `cookie` is the value of its cookie.

    `opened` is told when the line is open, `closed` when it was refused or has broken (`why` says how). What was sent over a line that
    broke is forgotten here: whoever sent it sends it again, under the same `client_ref`.
    """

    __slots__ = ("_closed", "_cookie", "_opened", "_wire", "heard_events", "line", "why")

    def __init__(self, wire: Wire, cookie: str, *, opened: Told | None = None, closed: Told | None = None) -> None:
        self._wire = wire
        self._cookie = cookie
        self._opened = opened
        self._closed = closed
        self.heard_events = 0
        self.line: Connection | None = None
        self.why = ""

    @property
    def is_open(self) -> bool:
        return self.line is not None and self.line.is_open

    def open(self) -> None:
        """Set out to open the line."""
        self.line = self._wire.open(DESK, self, cookies={DESK_COOKIE: self._cookie})

    def call(self, event: str, payload: str, answered: Answered) -> None:
        """Send an event over the open line; `answered` gets the text of its ack."""
        if self.line is None:
            raise RuntimeError("the desk has no line")
        self.line.emit(event, payload, answered)

    def close(self, *, cut: bool = False) -> None:
        """Leave the line, with a word or (`cut`) as one that breaks; `closed` is not told."""
        if self.line:
            (self.line.cut if cut else self.line.close)()
            self.line = None

    def opened(self, line: Connection) -> None:
        if self._opened:
            self._opened(self)

    def heard(self, line: Connection, message: bytes) -> None:
        self.heard_events += 1

    def closed(self, line: Connection, why: str) -> None:
        self.line, self.why = None, why
        if self._closed:
            self._closed(self)
