"""The desk itself: an act is on disk before anybody hears of it, and goes to the server when there is a line."""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as NotYet
from typing import Any, NamedTuple

from confsvc.terminal_desk.clock import Clock
from confsvc.terminal_desk.courier import Courier
from confsvc.terminal_desk.handover import hand_over
from confsvc.terminal_desk.line import Heard, Line
from confsvc.terminal_desk.passes import Judgement
from confsvc.terminal_desk.refs import new_ref
from confsvc.terminal_desk.roster import Presumed, Roster
from confsvc.terminal_desk.store import Act, Store

FIRST_ATTEMPT_SECONDS, ANSWER_SECONDS, LAST_DELIVERY_SECONDS = 12.0, 5.0, 30.0


class Outcome(NamedTuple):
    """What became of an act: `fate` is answered, malformed or waiting; the rest is as far as it is known.

    `answer`: what the server said; `judged`, `row` and `before`: what the desk itself knew as the act was noted.
    """

    act: Act
    fate: str
    answer: dict[str, Any]
    judged: Judgement | None = None
    row: dict[str, Any] | None = None
    before: Presumed | None = None


class Desk:
    """One paired desk on one folder. `told` hears, on the courier's thread, what became of acts that nobody stands waiting for, and news of the line."""

    def __init__(self, store: Store, told: Callable[[str, Any], None], clock: Clock | None = None) -> None:
        self.store, self._told = store, told
        self.clock = clock or Clock(store.fact("offset_ms") or 0)
        self.roster = Roster(store)
        self.turn = threading.RLock()
        self.ended: str | None = store.fact("ended")
        self._stopping = False
        self._awaited: dict[str, Future[Outcome]] = {}
        self._courier = Courier(self, self._connect)

    def _connect(self, inbox: "queue.SimpleQueue[Heard]") -> Line:
        return Line(self.store.fact("server"), self.store.fact("cookie"), self.store.fact("desk")["uid"], inbox)

    def start(self) -> None:
        """Look for a line, and wait until it is known whether there is one."""
        self._courier.start()
        self._courier.tried.wait(FIRST_ATTEMPT_SECONDS)

    def stop(self) -> None:
        """Send what can still be sent, then stop."""
        if self._courier.online and self.store.count_waiting():
            self._wait(self._courier.nudge(), LAST_DELIVERY_SECONDS)
        self._stopping = True
        self._courier.stop()
        self._courier.join(ANSWER_SECONDS)
        with self.turn:
            self.store.keep(offset_ms=self.clock.offset_ms)

    @property
    def online(self) -> bool:
        return self._courier.online

    def fetch(self) -> bool:
        """Ask for everything anew, what waits first; false without a line. A desk that has ended hands over what it has."""
        if self.ended:
            self.ended_by_server(self.ended)
            return False
        return bool(self._wait(self._courier.nudge("sync"), FIRST_ATTEMPT_SECONDS))

    def _wait(self, awaited: "Future[Any]", seconds: float) -> Any:
        try:
            return awaited.result(seconds)
        except (NotYet, CancelledError):
            return None

    def record(self, name: str, /, **fields: Any) -> Outcome:
        """Note an act of now and say what became of it; raises NotKept, and then nothing of it will ever be sent."""
        awaited: Future[Outcome] = Future()
        with self.turn:
            act = Act(name, {"client_ref": new_ref(), **self.clock.stamp(), **fields})
            outcome = self._foreseen(act)
            self.store.add(act)
            self.roster.note(act)
            if self.online:
                self._awaited[act.client_ref] = awaited
        if not self.online:
            with self.turn:
                self._awaited.pop(act.client_ref, None)
            self._courier.nudge()
            return outcome
        self._courier.nudge()
        answered = self._wait(awaited, ANSWER_SECONDS)
        with self.turn:
            self._awaited.pop(act.client_ref, None)
        return answered or outcome

    def _foreseen(self, act: Act) -> Outcome:
        """What the desk can say by itself, before the act is laid over the roster."""
        judged = self.roster.judge(act.payload["code"]) if "code" in act.payload else None
        key = act.payload.get("delegate_id") if judged is None else judged.person or judged.uid or None
        person = key if isinstance(key, int) else None
        return Outcome(act, "waiting", {}, judged, self.roster.row(person), self.roster.standing(key))

    # What the courier asks and tells

    def waiting(self) -> list[Act]:
        return self.store.waiting()

    def since(self) -> int | None:
        found: int | None = self.store.fact("revision")
        return found

    def settle(self, sent: Sequence[Act], fates: list[tuple[str, str, Any]], ack: dict[str, Any], *, current: bool) -> None:
        """These acts were answered; rows that are not `current` are not believed, a `sync` follows."""
        acts = {act.client_ref: act for act in sent}
        with self.turn:
            self.store.settle(fates)
            if current:
                rows = [answer[name] for _, fate, answer in fates if fate == "answered" for name in ("row", "replaced") if answer[name]]
                self.roster.change(rows, **({"counts": ack["counts"]} if ack.get("counts") else {}))
            if not self.store.count_waiting():
                self.roster.presume()
            self._hear_clock(ack)
            outcomes = [Outcome(acts[ref], fate, answer) for ref, fate, answer in fates]
            late = [outcome for outcome in outcomes if not self._hand_back(outcome)]
        if late:
            self._told("late", late)

    def _hand_back(self, outcome: Outcome) -> bool:
        awaited = self._awaited.pop(outcome.act.client_ref, None)
        if awaited:
            awaited.set_result(outcome)
        return awaited is not None

    def synced(self, ack: dict[str, Any], *, whole: bool) -> None:
        with self.turn:
            if whole:
                self.roster.replace(ack)
            else:
                self.roster.change(ack["rows"], ack["revoked"], ack.get("restored", ()), revision=ack["revision"], counts=ack["counts"])
            self.roster.presume()
            self._hear_clock(ack)
            self.store.keep(offset_ms=self.clock.offset_ms)

    def changed(self, frame: dict[str, Any]) -> None:
        with self.turn:
            self.roster.change(frame["rows"], frame["revoked"], counts=frame["counts"])
            self._hear_clock(frame)

    def passes_changed(self, frame: dict[str, Any]) -> None:
        with self.turn:
            self.roster.change((), frame["revoked"], frame["restored"])
            self._hear_clock(frame)

    def _hear_clock(self, frame: dict[str, Any]) -> None:
        if "now" in frame:
            self.clock.hear(frame["now"])

    def ended_by_server(self, code: str) -> None:
        with self.turn:
            self.ended = code
            self.store.keep(ended=code)
        self._told("ended", (code, hand_over(self.store)))

    def line_changed(self, online: bool) -> None:
        if not online:
            with self.turn:
                abandoned, self._awaited = list(self._awaited.values()), {}
            for awaited in abandoned:
                awaited.cancel()
        if not self._stopping:
            self._told("line", online)

    def disk_failed(self, why: str) -> None:
        """The disk does not take what the server says; acts stay where they are and are sent again later."""
        self._told("disk", why)

    def not_understood(self, why: str) -> None:
        """The server says something that this desk cannot read; everything stays here until it can."""
        self._told("unreadable", why)
