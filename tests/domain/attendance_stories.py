"""What the model's stories are made of: acts, lines, and one person's comings and goings as they stand."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Act:
    """Something that was done: by a desk (numbered from 1; 0 is an organiser) in a hall, or about one of the `people` by name."""

    ref: str
    what: str
    moment: datetime
    desk: int = 0
    hall: int | None = None
    who: str = ""
    scanned: str | None = None
    rank: str = "staff"
    newcomer: str = ""
    of: str = ""
    amount: int = 0

    @property
    def is_desks(self) -> bool:
        return self.desk > 0


@dataclass(frozen=True)
class Person:
    seat: int
    rank: str = "staff"
    origin: str = "listed"
    replaces: str = ""


@dataclass(frozen=True)
class Line:
    """A line that counts, about one person; `n` is the order in which lines came in."""

    n: int
    kind: str
    moment: datetime
    desk: int
    hall: int | None
    other: str = ""

    @property
    def place(self) -> tuple[datetime, int, int]:
        return self.moment, self.desk, self.n


@dataclass(frozen=True)
class Seen:
    """Where somebody stands."""

    state: str
    hall: int | None = None
    since: datetime | None = None
    late: bool = False
    by: str | None = None


@dataclass
class Story:
    """One person's comings and goings that stand: ("in" or "out", hall, moment)."""

    steps: list[tuple[str, int, datetime]] = field(default_factory=list)
    excused: datetime | None = None
    waits: tuple[int, datetime] | None = None
    let_in: bool = False

    @property
    def hall(self) -> int | None:
        return self.steps[-1][1] if self.steps and self.steps[-1][0] == "in" else None

    def visits(self) -> Iterator[list[int]]:
        """The numbers of the steps of each visit: until they went out, or to another hall."""
        visit: list[int] = []
        for number, (way, hall, _) in enumerate(self.steps):
            if visit and (self.steps[visit[-1]][0] == "out" or (way == "in" and self.steps[visit[-1]][1] != hall)):
                yield visit
                visit = []
            visit.append(number)
        if visit:
            yield visit

    def visit_in(self, hall: int | None) -> list[int]:
        """The last visit to this hall; of an undo that names none, all of them."""
        if hall is None:
            return list(range(len(self.steps)))
        return next((visit for visit in reversed(list(self.visits())) if self.steps[visit[0]][1] == hall), [])

    def went_out(self, hall: int | None) -> bool:
        return bool(self.steps) and self.steps[-1][0] == "out" and hall in (None, self.steps[-1][1])

    def go_on(self, line: Line) -> None:  # noqa: C901  # one case for each thing that can happen
        match line.kind:
            case "check_in":
                self.arrive(line.hall or 0, line.moment)
            case "leave" if self.hall is not None and line.hall in (None, self.hall):
                self.steps.append(("out", self.hall, line.moment))
            case "undo_leave" if self.went_out(line.hall):
                self.steps.pop()
            case "undo":
                gone = self.visit_in(line.hall)
                self.steps = [step for number, step in enumerate(self.steps) if number not in gone]
            case "seek":
                self.waits = (line.hall or 0, line.moment)
            case "admit" if self.waits:
                self.arrive(*self.waits)
            case "admit":
                self.let_in = True
            case "deny":
                self.steps, self.waits, self.let_in = [], None, False
            case "excuse":
                self.excused = line.moment
            case "withdraw_excuse":
                self.excused = None

    def arrive(self, hall: int, moment: datetime) -> None:
        self.steps.append(("in", hall, moment))
        self.waits, self.let_in = None, True
