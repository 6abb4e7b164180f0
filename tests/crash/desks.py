"""A desk as the protocol wants it: a queue that outlives the line, one `client_ref` for each act, sent again until it is answered."""

import math
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from threading import Condition, Event, Thread
from typing import Any
from uuid import UUID, uuid4

import socketio

from confsvc.terminal_desk.closing_client import ClosingClient
from tests.crash.conftest import WAIT_SECONDS, Line

RETRY_SECONDS = 0.2
PAUSE_SECONDS = 0.02
IN_FLIGHT = 4
MOST_AT_ONCE = 50
Act = dict[str, Any]


class Desk:
    """One connection after the other, until it is closed; `make_act` is asked for the next act while the desk works.

    `patience`: the line is given up, as browsers do, where an act has had no answer for so many seconds. `first_url`: where the first
    line goes, in the place of `url`. `pace`: the seconds from one new act to the next, at least.
    """

    def __init__(
        self,
        url: str,
        token: str,
        make_act: Callable[[], Act] | None = None,
        *,
        patience: float = math.inf,
        first_url: str | None = None,
        pace: float = 0.0,
    ) -> None:
        self._url = url
        self._pace = pace
        self._next_at = 0.0
        self._patience = patience
        self._first_url = first_url
        self._token = token
        self._make_act = make_act
        self._queue: deque[Act] = deque()
        self._client: ClosingClient | None = None
        self._changed = Condition()
        self._at_work = Event()
        self._closing = Event()
        # `client_ref` → every answer that came, in order; errors that ask for another try are no answers.
        self.answers: defaultdict[str, list[Act]] = defaultdict(list)
        self.acts: dict[str, Act] = {}
        self.errors: list[str] = []
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def do(self, act: Act) -> None:
        """Put an act into the queue."""
        with self._changed:
            self._queue.append(act)
            self.acts[act["client_ref"]] = act
            self._changed.notify_all()

    def work(self) -> None:
        """Do one act after the other."""
        self._at_work.set()

    def rest(self) -> None:
        """Do nothing new, and wait until everything is answered."""
        self._at_work.clear()
        self.wait_until(lambda: not self._queue)

    def answered(self) -> set[str]:
        with self._changed:
            return set(self.answers)

    def wait_for_more(self) -> None:
        """Wait until something more is answered."""
        before = len(self.answers)
        self.wait_until(lambda: len(self.answers) > before)

    def wait_for_an_error(self) -> None:
        """Wait until something was answered by an error."""
        self.wait_until(lambda: bool(self.errors))

    def call(self, event: str, payload: Act) -> Act:
        """What is said to this, past the queue."""
        assert self._client
        return dict(self._client.call(event, payload, namespace="/desk", timeout=WAIT_SECONDS))

    def answers_agree(self, lines: Mapping[str, Line]) -> bool:
        """Whether every answer, also to an act that was sent again, is what the log says."""
        told = {ref: [(one["verdict"]["verdict"], one["verdict"]["reason"]) for one in answers] for ref, answers in self.answers.items()}
        return all(set(said) == {(lines[ref].verdict, lines[ref].reason)} for ref, said in told.items())

    def wait_until(self, holds: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(holds, WAIT_SECONDS), f"{len(self._queue)} acts are not answered; errors: {self.errors[-3:]}"

    def close(self) -> None:
        self._closing.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(WAIT_SECONDS)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._client = client = ClosingClient(reconnection=False)
            url, self._first_url = self._first_url or self._url, None
            is_tired = False
            try:
                client.connect(url, headers={"Cookie": f"confsvc_desk={self._token}"}, namespaces=["/desk"], transports=["websocket"], wait_timeout=5)
                is_tired = self._use(client)
            except socketio.exceptions.SocketIOError:
                self._closing.wait(RETRY_SECONDS)
            finally:
                if is_tired:
                    # Without a goodbye, for which the library would wait for a minute; the other side may have ended it long ago.
                    client.break_off()
                else:
                    client.shutdown()

    def _use(self, client: ClosingClient) -> bool:
        """Send what waits, as a whole first and then one by one, until the line breaks; returns whether it has fallen silent."""
        while len(self._queue) > 1 and not self._closing.is_set():
            self._send_all(client)
        # What was sent and is not answered, and since when.
        in_flight: dict[str, float] = {}
        while client.connected and not self._closing.is_set():
            if any(time.monotonic() - sent > self._patience for sent in list(in_flight.values())):
                return True
            if self._at_work.is_set() and self._make_act and len(self._queue) < IN_FLIGHT and time.monotonic() >= self._next_at:
                self._next_at = time.monotonic() + self._pace
                self.do(self._make_act())
            with self._changed:
                waiting = [act for act in list(self._queue)[:IN_FLIGHT] if act["client_ref"] not in in_flight]
                if not waiting:
                    self._changed.wait(PAUSE_SECONDS)
            for act in waiting:
                in_flight[act["client_ref"]] = time.monotonic()
                payload = {key: value for key, value in act.items() if key != "act"}
                client.emit(act["act"], payload, namespace="/desk", callback=self._hear(act, in_flight))
        return False

    def _send_all(self, client: ClosingClient) -> None:
        acts = list(self._queue)[:MOST_AT_ONCE]
        ack = client.call("record", {"acts": acts}, namespace="/desk", timeout=WAIT_SECONDS)
        if not ack["ok"]:
            self._note(acts[0], ack)
            self._closing.wait(RETRY_SECONDS)
            return
        for act, result in zip(acts, ack["results"], strict=True):
            self._note(act, result)

    def _hear(self, act: Act, in_flight: dict[str, float]) -> Callable[[Act], None]:
        def hear(ack: Act) -> None:
            self._note(act, ack)
            if not ack["ok"]:
                # Not at once again: what is wrong over there needs a moment.
                self._closing.wait(RETRY_SECONDS)
            in_flight.pop(act["client_ref"], None)

        return hear

    def _note(self, act: Act, ack: Act) -> None:
        with self._changed:
            if ack["ok"]:
                self.answers[act["client_ref"]].append(ack)
                if act in self._queue:
                    self._queue.remove(act)
            else:
                self.errors.append(ack["error"]["code"])
            self._changed.notify_all()


def by_name(delegate_id: int) -> Act:
    """A check-in of this person, now."""
    told = {"client_ref": str(uuid4()), "occurred_at": datetime.now(UTC).isoformat(timespec="milliseconds")}
    return {**told, "act": "check_in", "method": "name", "delegate_id": delegate_id}


class Chance:
    """What happens at a desk, drawn from `random`: the same acts every time."""

    def __init__(self, random: Random, codes: list[str], delegate_ids: list[int]) -> None:
        self._random = random
        self._codes = codes
        self._delegate_ids = delegate_ids

    def act(self) -> Act:
        draw = self._random
        told = {"client_ref": str(UUID(int=draw.getrandbits(128), version=4)), "occurred_at": datetime.now(UTC).isoformat(timespec="milliseconds")}
        person, code = draw.choice(self._delegate_ids), draw.choice(self._codes)
        by_code, by_name = {"method": "scan", "code": code}, {"method": "name", "delegate_id": person}
        kinds: list[tuple[int, Act]] = [
            (8, {"act": "check_in", **by_code}),
            (4, {"act": "check_in", **by_name}),
            (2, {"act": "leave", **by_code}),
            (1, {"act": "undo_leave", "delegate_id": person, "reason": "Vẫn ở đây"}),
            (2, {"act": "undo_check_in", "delegate_id": person, "reason": "Nhầm người"}),
            (1, {"act": "substitute", "delegate_id": person, "name": "Lê Thị Thay", "position": "", "rank": draw.choice(("head", "staff")), "reason": "Bận"}),
            (1, {"act": "walk_in", "name": "Phạm Văn Khách", "position": "", "unit": "Báo Bình Thuận"}),
            (1, {"act": "count_heads", "count": draw.randrange(200), "reason": ""}),
        ]
        [(_, act)] = draw.choices(kinds, weights=[weight for weight, _ in kinds])
        return {**told, **act}
