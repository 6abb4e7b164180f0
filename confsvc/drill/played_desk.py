"""One desk at work: people come whether or not it is answered, and what has no answer is sent again."""

from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from uuid import UUID

from confsvc.drill.answers import AT_ONCE, RETURNED, Answers
from confsvc.drill.desks import Desk, check_in, is_ok, number_in, record
from confsvc.drill.plan import Plan, PlannedDesk
from confsvc.drill.schedule import Schedule
from confsvc.drill.wire import Wire

MOST_IN_A_RECORD = 50
RETRY_SECONDS = 1.0
# As the desk in the browser comes back: at random within these, so that not all come at once.
BACK_BETWEEN = (1.0, 5.0)
PERSON_DIGITS = 12  # the last group of a UUID
ONE_IN = 10  # so many people are picked by name, the others scanned


class Stage:
    """What all desks of a drill share; `acked` is told the revision of each answer."""

    def __init__(self, plan: Plan, wire: Wire, schedule: Schedule, run: int, acked: Callable[[int], None]) -> None:
        self.plan = plan
        self.wire = wire
        self.schedule = schedule
        self.run = run
        self.acked = acked
        self.answers = Answers(len(plan.people))
        self.random = Random(f"stage {plan.wishes.seed}")  # noqa: S311  # to be the same every time
        self.began = datetime.now(UTC)
        # How often a desk lost its line otherwise than by the drill, by why.
        self.dropped: Counter[str] = Counter()
        # How many desks have their roster.
        self.ready = 0

    def start(self) -> None:
        """The first moment is now."""
        self.began = datetime.now(UTC)
        self.schedule.start()

    def payload(self, person: int) -> str:
        """The check-in of this person, at the moment when they came."""
        at = self.began + timedelta(seconds=self.plan.due[person])
        if person % ONE_IN:
            return check_in(act_of(self.run, person), code=self.plan.code(person), at=at)
        return check_in(act_of(self.run, person), delegate_id=self.plan.people.delegate_ids[person], at=at)


def act_of(run: int, person: int) -> str:
    """The `client_ref` of this person's act in a run of 32 bits."""
    return str(UUID(int=(run << 96) | person, version=4))


def person_of(client_ref: str, run: int) -> int | None:
    """Whose act this is; None where it is none of this run."""
    person = int(client_ref[-PERSON_DIGITS:], 16)
    return person if client_ref == act_of(run, person) else None


class PlayedDesk:
    """A planned desk on the stage."""

    def __init__(self, stage: Stage, planned: PlannedDesk) -> None:
        self.planned = planned
        self._stage = stage
        self._desk = Desk(stage.wire, planned.cookie, opened=self._on_line, closed=self._dropped)
        self._next = planned.first
        self._waiting: deque[int] = deque()
        # In the order in which they were sent.
        self._sent: dict[int, None] = {}
        # What waited for a line that the drill itself had taken away counts from when the desk set out to come back.
        self._counts_from = 0.0
        self._revision: int | None = None
        self._is_recording = False
        self.has_left = False

    @property
    def is_open(self) -> bool:
        return self._desk.is_open

    def expect(self) -> None:
        """Have the next person come when they are due."""
        if self._next < self.planned.last:
            self._stage.schedule.at(self._stage.plan.due[self._next], self._arrive)

    def come(self) -> None:
        """Set out to open the line; those who wait count from now on where it was the drill that kept them from it."""
        if self.planned.offline and self._revision is None:
            self._counts_from = self._stage.schedule.now
        self._desk.open()

    def cut(self, back_in: float) -> None:
        """Break the line, and come back after so long."""
        self._desk.close(cut=True)
        self._is_recording = False
        self._take_back()
        schedule = self._stage.schedule
        self._counts_from = schedule.now + back_in
        schedule.after(back_in, self._come_back)

    def leave(self) -> None:
        """Leave the line for good."""
        self.has_left = True
        self._desk.close()

    def _come_back(self) -> None:
        if not self.has_left:
            self._desk.open()

    def _arrive(self) -> None:
        stage, planned = self._stage, self.planned
        now = stage.schedule.now
        while self._next < planned.last and stage.plan.due[self._next] <= now:
            person = self._next
            self._next += 1
            if self._desk.is_open and not self._waiting:
                self._send(person)
            else:
                self._waiting.append(person)
        self.expect()

    def _on_line(self, desk: Desk) -> None:
        self._hand_in()
        # As the desk in the browser: first what it has done, then what it has missed.
        since = "null" if self._revision is None else str(self._revision)
        desk.call("sync", f'{{"since":{since}}}', self._synced)

    def _synced(self, ack: bytes) -> None:
        if self._revision is None:
            self._stage.ready += 1
        self._revision = number_in(ack, b"revision") or 0

    def _hand_in(self) -> None:
        """Send what waits: one alone, more as a record after the other."""
        if self._is_recording or not self._waiting or not self._desk.is_open:
            return
        if len(self._waiting) == 1:
            self._send(self._waiting.popleft())
            return
        people = [self._waiting.popleft() for _ in range(min(MOST_IN_A_RECORD, len(self._waiting)))]
        self._sent.update(dict.fromkeys(people))
        self._is_recording = True
        self._desk.call("record", record([self._stage.payload(person) for person in people]), partial(self._recorded, people))

    def _send(self, person: int) -> None:
        self._sent[person] = None
        self._desk.call("check_in", self._stage.payload(person), partial(self._answered, person))

    def _answered(self, person: int, ack: bytes) -> None:
        if is_ok(ack):
            self._note_revision(ack)
            self._note(person, ack)
            self._make_room()
        else:
            self._try_again([person], ack)

    def _recorded(self, people: list[int], ack: bytes) -> None:
        self._is_recording = False
        if not is_ok(ack):
            self._try_again(people, ack)
            return
        self._note_revision(ack)
        # One piece for each result, the first begins before them.
        for person, result in zip(people, ack.split(b'"ok"')[2:], strict=True):
            if b'"verdict"' in result:
                self._note(person, result)
            else:
                self._try_again([person], result)
        self._hand_in()
        self._make_room()

    def _note(self, person: int, told: bytes) -> None:
        stage, due = self._stage, self._stage.plan.due[person]
        del self._sent[person]
        how = RETURNED if self.planned.offline and due < self._counts_from else AT_ONCE
        if stage.answers.note(person, how, max(due, self._counts_from), stage.schedule.now):
            stage.answers.verdicts["accepted" if _says(told, b"accepted") else "other"] += 1

    def _note_revision(self, ack: bytes) -> None:
        revision = number_in(ack, b"revision")
        if revision is not None:
            self._stage.acked(revision)

    def _try_again(self, people: list[int], ack: bytes) -> None:
        code = ack.partition(b'"code": "')[2].partition(b'"')[0].decode() or "unreadable"
        self._stage.answers.errors[code] += len(people)
        self._take_back(people)
        self._stage.schedule.after(RETRY_SECONDS, self._hand_in)

    def _take_back(self, people: list[int] | None = None) -> None:
        """Put what has no answer before what waits already."""
        people = list(self._sent) if people is None else people
        for person in reversed(people):
            del self._sent[person]
            self._waiting.appendleft(person)

    def _make_room(self) -> None:
        done = self._next == self.planned.last and not self._sent and not self._waiting
        if done and self.planned.makes_room and not self.has_left:
            # Not from inside its own ack.
            self._stage.schedule.after(0.0, self.leave)

    def _dropped(self, desk: Desk) -> None:
        """The server has ended the line, or refused it: come back as the browser does; those who wait count from when they came."""
        self._is_recording = False
        self._take_back()
        stage = self._stage
        stage.dropped[desk.why] += 1
        stage.schedule.after(stage.random.uniform(*BACK_BETWEEN), self._come_back)


def _says(told: bytes, verdict: bytes) -> bool:
    return b'"verdict": "' + verdict + b'"' in told or b'"verdict":"' + verdict + b'"' in told
