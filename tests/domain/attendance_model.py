"""What attendance must say, told a second time: written from docs/live-protocol.md, slow, and without a look at the product.

Every question is answered by telling the whole story again from the lines that have come in, in the order of their moments; lines of
one moment by desk (organisers first), those of one desk as they came.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from tests.domain.attendance_stories import Act, Line, Person, Seen, Story

ENOUGH = {"head": ("head",), "leader": ("head", "leader"), "any": ("head", "leader", "staff")}
Said = tuple[str, str | None]
ACCEPTED: Said = ("accepted", None)
REPEATED: Said = ("repeated", None)


@dataclass
class Model:
    """A conference: `seats` of one mandate at each hall, its required rank, and everything that has been told so far."""

    opens_at: datetime
    late_after: datetime
    walk_ins: str
    required: list[str]
    seats: list[int]
    people: dict[str, Person] = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)
    # Pass → whose it is, and when an organiser made another one in its stead.
    passes: dict[str, tuple[str, datetime | None]] = field(default_factory=dict)
    newcomers: dict[str, str] = field(default_factory=dict)
    counted: dict[int, tuple[datetime, int]] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=dict)
    started: bool = False
    closed_at: datetime | None = None
    count: int = 0

    def copy(self) -> "Model":
        """Another one, to which other things may be told from here on."""
        lines = {who: list(of_one) for who, of_one in self.lines.items()}
        tables = {"people": dict(self.people), "passes": dict(self.passes), "newcomers": dict(self.newcomers), "counted": dict(self.counted)}
        return replace(self, lines=lines, said=dict(self.said), **tables)  # type: ignore[arg-type]  # each to its own field

    def tell(self, act: Act) -> Said:
        """What the answer must be; an act that was told before is answered as it was then."""
        if act.ref not in self.said:
            judge: Callable[[Act], Said] = getattr(self, act.what)
            self.said[act.ref] = judge(act)
        return self.said[act.ref]

    # What is said to each act

    def check_in(self, act: Act) -> Said:
        refusal = self.refusal(act)
        if refusal:
            return "refused", refusal
        who, then, before = self.meant(act), self.story(self.meant(act), act), self.seen(self.meant(act))
        if self.seat_of(who, act):
            return self.keep("check_in", act, "substituted")
        if self.people[who].origin == "substitute" and before.state in ("pending", "not_admitted"):
            came_with_the_rank = any(line.kind == "substitute" and line.other == who for line in self.lines.get(self.people[who].replaces, []))
            held = self.holder(self.people[who].replaces) or came_with_the_rank
            return self.keep("check_in", act, "substituted") if held else ("refused", "not_admitted")
        if self.people[who].origin == "walk_in" and not then.let_in and act.is_desks:
            return "refused", "not_admitted"
        self.keep("check_in", act)
        after = self.seen(who)
        if after.hall != act.hall or before.hall == after.hall:
            return REPEATED
        return ("moved", None) if before.hall is not None else ACCEPTED

    def leave(self, act: Act) -> Said:
        if refusal := self.refusal(act):
            return "refused", refusal
        then, before = self.story(self.meant(act), act), self.seen(self.meant(act))
        if then.hall is None or act.hall not in (None, then.hall):
            return self.keep("leave", act, "not_present")
        self.keep("leave", act)
        return ACCEPTED if self.seen(self.meant(act)).state != before.state else REPEATED

    def undo(self, act: Act) -> Said:
        if refusal := self.refusal(act):
            return "refused", refusal
        return self.keep("undo", act, None if self.story(act.who, act).visit_in(act.hall) else "not_present")

    def undo_leave(self, act: Act) -> Said:
        if refusal := self.refusal(act):
            return "refused", refusal
        return self.keep("undo_leave", act, None if self.story(act.who, act).went_out(act.hall) else "not_left")

    def count_heads(self, act: Act) -> Said:
        if refusal := self.out_of_time(act):
            return "refused", refusal
        hall = act.hall or 0
        self.counted[hall] = max(self.counted.get(hall, (act.moment, act.amount)), (act.moment, act.amount))
        return ACCEPTED

    def substitute(self, act: Act) -> Said:
        person = self.people[act.who]
        refusal = self.unknown(act) or (None if person.origin == "listed" else "not_replaceable") or self.out_of_time(act)
        if refusal:
            return "refused", refusal
        enough = ENOUGH[self.required[person.seat]]
        self.join(act, Person(person.seat, act.rank, "substitute", act.who))
        if act.is_desks and act.rank not in enough and person.rank in enough:
            held = self.holder(act.who)
            return self.keep("seek", replace(act, who=act.newcomer), "substituted" if held else None)
        self.keep("substitute", act, other=act.newcomer)
        self.keep("check_in" if act.is_desks else "admit", replace(act, who=act.newcomer))
        holder = self.holder(act.who)
        return ACCEPTED if holder and holder.other == act.newcomer else ("refused", "substituted")

    def withdraw_substitute(self, act: Act) -> Said:
        newcomer = act.newcomer or self.newcomers.get(act.of, "")
        person = self.people.get(newcomer)
        if person is None or (act.is_desks and not self.is_on_roster(newcomer, act.hall)):
            return "refused", "delegate_unknown"
        if refusal := self.out_of_time(act):
            return "refused", refusal
        self.keep("withdraw_substitute", replace(act, who=person.replaces), other=newcomer)
        return self.keep("deny", replace(act, who=newcomer))

    def walk_in(self, act: Act) -> Said:
        refusal = "walk_ins_refused" if self.walk_ins == "refuse" else self.out_of_time(act)
        if refusal:
            return "refused", refusal
        self.join(act, Person(act.hall or 0, origin="walk_in"))
        return self.keep("check_in" if self.walk_ins == "open" else "seek", replace(act, who=act.newcomer))

    def excuse(self, act: Act) -> Said:
        before = self.seen(act.who)
        self.keep("excuse", act)
        return REPEATED if before.state == "excused" else ACCEPTED

    def withdraw_excuse(self, act: Act) -> Said:
        before = self.seen(act.who)
        self.keep("withdraw_excuse", act)
        return ACCEPTED if before.state == "excused" else REPEATED

    def admit(self, act: Act) -> Said:
        person, since = self.people[act.who], self.seen(act.who).since or act.moment
        if person.replaces:
            # The seat is theirs since they came.
            self.keep("substitute", replace(act, who=person.replaces, moment=since), other=act.who)
        return self.keep("admit", act)

    def deny(self, act: Act) -> Said:
        return self.keep("deny", act)

    def renew_pass(self, act: Act) -> Said:
        """Another pass, `act.newcomer`, in the place of the one that was valid."""
        for code, (who, dead_since) in self.passes.items():
            if who == act.who and dead_since is None:
                self.passes[code] = (who, act.moment)
        self.passes[act.newcomer] = (act.who, None)
        return ACCEPTED

    def start(self, moment: datetime) -> None:
        self.started, self.opens_at = True, min(self.opens_at, moment)

    # What the rules rest on

    def meant(self, act: Act) -> str:
        return act.who if act.scanned is None else self.passes[act.scanned][0]

    def refusal(self, act: Act) -> str | None:
        return self.unknown(act) or self.out_of_time(act)

    def unknown(self, act: Act) -> str | None:
        """Why this cannot be about anybody."""
        if act.scanned is not None:
            if act.scanned not in self.passes:
                return "other_conference" if act.scanned == "of another conference" else "pass_unknown"
            _, dead_since = self.passes[act.scanned]
            if dead_since is not None and act.moment >= dead_since:
                return "pass_revoked"
        elif act.is_desks and not self.is_on_roster(act.who, act.hall):
            return "delegate_unknown"
        return None

    def is_on_roster(self, who: str, hall: int | None) -> bool:
        """Whether a desk of this hall knows of somebody: the seat is there, or they have been heard of there."""
        return self.people[who].seat == hall or any(line.hall == hall for line in self.lines.get(who, []))

    def out_of_time(self, act: Act) -> str | None:
        if not act.is_desks:
            comes_or_goes = act.what in ("check_in", "leave", "undo", "undo_leave")
            return "not_yet_open" if comes_or_goes and not self.started and act.moment < self.opens_at else None
        if self.closed_at is not None and act.moment >= self.closed_at:
            return "closed"
        return "not_yet_open" if act.moment < self.opens_at else None

    def join(self, act: Act, person: Person) -> None:
        self.people[act.newcomer] = person
        self.passes[f"pass of {act.newcomer}"] = (act.newcomer, None)
        self.newcomers[act.ref] = act.newcomer

    def keep(self, kind: str, act: Act, refusal: str | None = None, *, other: str = "") -> Said:
        """Keep the line, even a refused one: what comes in later may make it true."""
        self.count += 1
        self.lines.setdefault(self.meant(act), []).append(Line(self.count, kind, act.moment, act.desk, act.hall, other))
        return ("refused", refusal) if refusal else ACCEPTED

    def story(self, who: str, until: Act | None = None) -> Story:
        """Somebody's story, or what it was when this act happened."""
        story = Story()
        for line in sorted(self.lines.get(who, []), key=lambda line: line.place):
            if until is None or line.place < (until.moment, until.desk, self.count + 1):
                story.go_on(line)
        return story

    def holder(self, who: str, until: Act | None = None) -> Line | None:
        """Who sits in the seat of this person: whoever came first, until it is taken back."""
        held: Line | None = None
        for line in sorted(self.lines.get(who, []), key=lambda line: line.place):
            if until is not None and line.place >= (until.moment, until.desk, self.count + 1):
                break
            if line.kind == "substitute":
                held = held or line
            if line.kind == "withdraw_substitute" and held and held.other == line.other:
                held = None
        return held

    def seat_of(self, who: str, until: Act) -> Line | None:
        return self.holder(who, until) if self.people[who].origin == "listed" else None

    def seen(self, who: str) -> Seen:
        person, story = self.people[who], self.story(who)
        if person.origin == "listed" and (line := self.holder(who)):
            return Seen("substituted", since=line.moment, by=line.other)
        if person.origin == "substitute":
            holder = self.holder(person.replaces)
            if holder is None or holder.other != who:
                return Seen("pending", since=story.waits[1]) if story.waits and not holder else Seen("not_admitted")
        if story.steps:
            first, *_, (way, hall, moment) = (story.steps[0], *story.steps)
            late = first[2] > self.late_after
            if way == "out":
                return Seen("left", since=moment, late=late)
            last = list(story.visits())[-1]
            return Seen("present", hall, story.steps[last[0]][2], late)
        if story.waits:
            return Seen("pending", since=story.waits[1])
        if story.excused:
            return Seen("excused", since=story.excused)
        return Seen("not_admitted" if person.origin == "walk_in" else "not_yet")

    def tallies(self) -> dict[int, Counter[str]]:
        """Hall → its counts, counted one person at a time; `headcount` is missing where nobody counted."""
        found = {hall: Counter[str]() for hall in range(len(self.seats))}
        for who, person in self.people.items():
            seen, at_seat = self.seen(who), found[person.seat]
            if person.origin == "walk_in":
                if seen.hall is not None:
                    found[seen.hall]["walk_ins"] += 1
                continue
            has_seat = seen.state not in ("substituted", "pending", "not_admitted")
            at_seat["named"] += has_seat
            at_seat["present"] += seen.state == "present"
            at_seat["away"] += seen.state == "left"
            at_seat["excused"] += seen.state == "excused"
            at_seat["late"] += seen.late
            at_seat["substitutes"] += seen.state == "present" and person.origin == "substitute"
            if seen.hall not in (None, person.seat):
                found[seen.hall or 0]["visiting"] += 1
        for hall, seats in enumerate(self.seats):
            found[hall]["vacant"] = max(0, seats - found[hall]["named"])
            if hall in self.counted:
                found[hall]["headcount"] = self.counted[hall][1]
        return found
