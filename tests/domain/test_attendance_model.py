"""Desks, organisers and the network do what they like; the product and the model must agree on every word and every number.

Desks act with a line or without, their queues come back late, in parts, out of order and more than once. In the end the queues
that are left are told in several orders, and every order must lead to the same end.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from confsvc.domain.attendance import Verdict
from confsvc.domain.attendance_statements import LINES_OF
from confsvc.domain.errors import NotFound, WrongState
from confsvc.domain.prepared import Prepared
from confsvc.domain.work import Work
from confsvc.models import AttendanceEvent
from tests.conftest import BeginWork
from tests.domain.attendance_model import Model
from tests.domain.attendance_queues import Waiting, shuffled
from tests.domain.attendance_stories import Act
from tests.domain.attendance_world import DESK_HALLS, INVITED, Picture, Rollback, Told, World, expected_picture
from tests.factories import STARTS

EXAMPLES, MUTANT_EXAMPLES, STEPS, ORDERS = 20, 300, 40, 3
DESKS = range(1, len(DESK_HALLS) + 1)
AT_DESKS = ("check_in", "check_in", "check_in", "leave", "undo", "undo_leave")
SCANNED = ("check_in", "check_in", "leave")
CORRECTIONS = ("check_in", "leave", "undo", "undo_leave", "excuse", "withdraw_excuse", "admit", "deny", "substitute", "withdraw_substitute")
# How far the clock of each desk is ahead, in minutes; the last one does not know.
AHEAD = (0, 180, -7)
gaps = st.sampled_from((0, 0, 1, 30, 240, 900))
desks = st.sampled_from(DESKS)
anybody = st.integers(0, 40)


class Attendance(RuleBasedStateMachine):
    begin: BeginWork

    @initialize(walk_ins=st.sampled_from(("open", "ask", "refuse")))
    def build(self, walk_ins: str) -> None:
        self.now = STARTS - timedelta(minutes=62)
        self.world = World(self.begin, walk_ins)
        self.model: Model = self.world.build(self.now)
        self.queues: dict[int, list[Waiting]] = {desk: [] for desk in DESKS}
        self.offline: set[int] = set()
        self.done: list[tuple[int, Waiting, Verdict]] = []
        self.refs = 0
        self.ids: dict[str, int] = {}

    # The desks

    @rule(desk=desks)
    def lose_the_line(self, desk: int) -> None:
        self.offline.add(desk)

    @precondition(lambda self: any(self.queues.values()))
    @rule(desk=desks, random=st.randoms(use_true_random=False), back=st.booleans())
    def come_back(self, desk: int, random: Random, back: bool) -> None:
        """Some of the queue gets through; what is left stays, or the line is there again."""
        told = [one.heard(self.now) for one in self.queues[desk]]
        order = shuffled(told, random)
        through = order if back else order[: random.randint(0, len(order))]
        twice = [*through, *random.sample(through, min(2, len(through)))]
        self.tell(desk, twice)
        arrived = {one.act.ref for one in through}
        self.queues[desk] = [one for one in self.queues[desk] if one.act.ref not in arrived]
        if back:
            self.offline.discard(desk)

    @rule(desk=desks, what=st.sampled_from(AT_DESKS), who=anybody, gap=gaps)
    def name(self, desk: int, what: str, who: int, gap: int) -> None:
        self.happen(desk, gap, what=what, who=self.somebody(who, desk))

    @rule(desk=desks, what=st.sampled_from(SCANNED), code=anybody, gap=gaps)
    def scan(self, desk: int, what: str, code: int, gap: int) -> None:
        codes = ["of nobody", "of another conference", *self.model.passes]
        self.happen(desk, gap, what=what, scanned=codes[code % len(codes)])

    @rule(desk=desks, who=anybody, rank=st.sampled_from(("head", "leader", "staff")), gap=gaps)
    def substitute(self, desk: int, who: int, rank: str, gap: int) -> None:
        self.happen(desk, gap, what="substitute", who=self.somebody(who, desk), rank=rank, newcomer=f"Thay {self.refs + 1}")

    @rule(desk=desks, which=anybody, gap=gaps)
    def withdraw(self, desk: int, which: int, gap: int) -> None:
        own = [one.act.ref for one in self.queues[desk] if one.act.what == "substitute"]
        own += [one.act.ref for by, one, _ in self.done if by == desk and one.act.what == "substitute"]
        refs = ["00000000-0000-4000-9000-999999999999", *own]
        self.happen(desk, gap, what="withdraw_substitute", of=refs[which % len(refs)])

    @rule(desk=desks, gap=gaps)
    def walk_in(self, desk: int, gap: int) -> None:
        self.happen(desk, gap, what="walk_in", newcomer=f"Khách {self.refs + 1}")

    @rule(desk=desks, amount=st.integers(0, 9), gap=gaps)
    def count(self, desk: int, amount: int, gap: int) -> None:
        self.happen(desk, gap, what="count_heads", amount=amount)

    @precondition(lambda self: self.done)
    @rule(which=anybody, desk=desks)
    def repeat(self, which: int, desk: int) -> None:
        """An ack was lost: the act is told again, even by a desk that made up the same reference."""
        _, one, verdict = self.done[which % len(self.done)]
        with self.begin(self.world.actor(desk), now=self.now) as work:
            [again] = self.world.tell(work, [one.heard(self.now)], self.ids)
        # Whose row a desk elsewhere may see besides is its own matter.
        assert again._replace(delegate_id=None) == verdict._replace(delegate_id=None)

    # The organisers

    @rule(what=st.sampled_from(CORRECTIONS), who=anybody, hall=st.integers(0, 1), rank=st.sampled_from(("head", "staff")), gap=gaps)
    def correct(self, what: str, who: int, hall: int, rank: str, gap: int) -> None:
        act = self.act(gap, what=what, who=self.somebody(who), hall=hall if what == "check_in" else None, rank=rank)
        name, state = act.who, self.model.seen(act.who).state
        origin = self.model.people[name].origin
        if what == "substitute":
            act = replace(act, newcomer=f"Thay {self.refs}")
        if what == "withdraw_substitute":
            act = replace(act, newcomer=name)
        if "excuse" in what and origin != "listed":
            return
        forbidden: type[Exception] | None = None
        if (what in ("admit", "deny") and state != "pending") or (what == "substitute" and (origin != "listed" or state == "substituted")):
            forbidden = WrongState
        elif what == "withdraw_substitute" and origin != "substitute":
            forbidden = NotFound
        with self.begin(self.world.olga, now=self.now) as work:
            if forbidden:
                with pytest.raises(forbidden):
                    self.world.correct(work, act, self.ids)
                return
            verdict = self.world.correct(work, act, self.ids)
        assert (verdict.verdict, verdict.reason) == self.model.tell(act), act

    @rule(who=st.sampled_from(sorted(INVITED)), gap=gaps)
    def renew_pass(self, who: str, gap: int) -> None:
        act = self.act(gap, what="renew_pass", who=who, newcomer=f"pass {self.refs + 1}")
        with self.begin(self.world.olga, now=self.now) as work:
            if self.model.seen(who).state == "substituted":
                with pytest.raises(WrongState):
                    self.world.renew(work, act, self.ids)
                return
            self.world.codes[act.newcomer] = self.world.renew(work, act, self.ids)
        self.model.tell(act)

    @precondition(lambda self: not self.model.started)
    @rule()
    def start(self) -> None:
        with self.begin(self.world.olga, now=self.now) as work:
            self.world.move(work, "start")
        self.model.start(self.now)

    @precondition(lambda self: self.model.started and not self.model.closed_at and len(self.done) > 5)
    @rule()
    def close(self) -> None:
        with self.begin(self.world.olga, now=self.now) as work:
            self.world.move(work, "close")
        self.model.closed_at = self.now

    # What must hold

    @invariant()
    def agree(self) -> None:
        with self.begin(now=self.now) as work:
            assert self.world.picture(work).differs_from(expected_picture(self.model)) == []
            self.ids = self.world.ids(work)

    def teardown(self) -> None:
        if not hasattr(self, "ids"):
            return
        self.now += timedelta(hours=4)
        ends = [self.in_another_order(Random(seed)) for seed in range(ORDERS)]
        for end in ends:
            assert end.differs_from(ends[0]) == []
        for desk in DESKS:
            self.tell(desk, [one.heard(self.now) for one in self.queues[desk]])
        with self.begin(now=self.now) as work:
            assert self.world.picture(work).differs_from(ends[0]) == []
            self.world.verify(work)

    def in_another_order(self, random: Random) -> Picture:
        """What it comes to if the queues come in like this; afterwards nothing has happened."""
        model = self.model.copy()
        left = {desk: shuffled([one.heard(self.now) for one in queue], random) for desk, queue in self.queues.items() if queue}
        end: Picture | None = None
        try:
            with self.begin(now=self.now) as work:
                while left:
                    desk = random.choice(sorted(left))
                    some = random.randint(1, len(left[desk]))
                    self.compare(replace(work, actor=self.world.actor(desk)), left[desk][:some], model)
                    work.session.expire_all()
                    left = {one: queue[some:] if one == desk else queue for one, queue in left.items() if one != desk or queue[some:]}
                end = self.world.picture(work)
                assert end.differs_from(expected_picture(model)) == []
                self.world.verify(work)
                raise Rollback
        except Rollback:
            assert end
            return end

    # How it is done

    def somebody(self, number: int, desk: int = 0) -> str:
        """Anybody; a desk without a line can only name those whom it has seen on its roster, or has scanned itself."""
        names = list(self.model.people)
        if desk in self.offline:
            scanned = {self.model.passes[one.act.scanned][0] for one in self.queues[desk] if one.act.scanned in self.model.passes}
            names = [name for name in names if name in scanned or self.model.is_on_roster(name, DESK_HALLS[desk - 1])]
        return names[number % len(names)]

    def act(self, gap: int, **told: Any) -> Act:
        self.now += timedelta(seconds=gap)
        self.refs += 1
        return Act(f"00000000-0000-4000-9000-{self.refs:012d}", moment=self.now, **told)

    def happen(self, desk: int, gap: int, **told: Any) -> None:
        """Something happens at a desk: it is told at once, or waits."""
        act = self.act(gap, desk=desk, hall=DESK_HALLS[desk - 1], **told)
        ahead = timedelta(minutes=AHEAD[desk - 1])
        one = Waiting(act, self.now + ahead, timedelta(0) if desk == DESKS[-1] else -ahead)
        self.queues[desk].append(one)
        if desk not in self.offline:
            self.tell(desk, [one.heard(self.now) for one in self.queues[desk]])
            self.queues[desk] = []

    def tell(self, desk: int, told: Sequence[Told]) -> None:
        with self.begin(self.world.actor(desk), now=self.now) as work:
            verdicts = self.compare(work, told, self.model)
        self.done += [(desk, Waiting(one.act, one.occurred_at, one.offset), verdict) for one, verdict in zip(told, verdicts, strict=True)]

    def compare(self, work: Work, told: Sequence[Told], model: Model) -> list[Verdict]:
        verdicts = self.world.tell(work, told, self.ids)
        for one, verdict in zip(told, verdicts, strict=True):
            assert (verdict.verdict, verdict.reason) == model.tell(one.act), one.act
        return verdicts


def run(begin: BeginWork, examples: int, **changes: Any) -> None:
    bound = type("Bound", (Attendance,), {"begin": staticmethod(begin)})
    values: dict[str, Any] = {"derandomize": bool(os.environ.get("CI")), "suppress_health_check": list(HealthCheck), **changes}
    run_state_machine_as_test(bound, settings=settings(max_examples=examples, stateful_step_count=STEPS, print_blob=True, deadline=None, **values))


@pytest.fixture
def examples() -> int:
    """How many stories are tried."""
    return EXAMPLES


def test_product_and_model_agree_whatever_happens(begin: BeginWork, examples: int) -> None:
    run(begin, examples)


@pytest.mark.parametrize(
    ("target", "mutant"),
    [
        ("attendance_chronicle.position", lambda entry: (entry.revision,)),
        ("attendance_statements.LINES_OF", Prepared(cast("Any", LINES_OF.statement).where(AttendanceEvent.verdict != "refused"))),
    ],
    ids=["lines count in the order in which they come in", "what was refused is forgotten"],
)
def test_model_notices(begin: BeginWork, monkeypatch: pytest.MonkeyPatch, target: str, mutant: object) -> None:
    monkeypatch.setattr(f"confsvc.domain.{target}", mutant)
    with pytest.raises(AssertionError):
        run(begin, MUTANT_EXAMPLES, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)


def test_model_notices_where_of_one_moment_the_first_to_tell_is_right(begin: BeginWork, monkeypatch: pytest.MonkeyPatch) -> None:
    def story() -> None:
        """An is checked in at one hall and scanned at the other at the same moment; the desk with the higher number returns first."""
        state = type("Bound", (Attendance,), {"begin": staticmethod(begin)})()
        state.build(walk_ins="open")
        state.agree()
        for desk in (1, 3):
            state.lose_the_line(desk=desk)
        state.name(desk=1, what="check_in", who=0, gap=900)
        state.scan(desk=3, what="check_in", code=2, gap=-60 * AHEAD[-1])
        for desk in (3, 1):
            state.come_back(desk=desk, random=Random(0), back=True)
        state.agree()
        state.teardown()

    story()
    monkeypatch.setattr("confsvc.domain.attendance_chronicle.position", lambda entry: (entry.moment, entry.revision))
    with pytest.raises(AssertionError):
        story()
