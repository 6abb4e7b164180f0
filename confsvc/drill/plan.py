"""What a drill plays: which desk is on the line when, and when each of its people stands before it."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from sqlalchemy import Select, select

from confsvc.domain.board import board_token
from confsvc.domain.passes import sign_token
from confsvc.domain.work import Work
from confsvc.drill.curve import arrival_times
from confsvc.drill.preparation import desk_cookie
from confsvc.models import Attendance, Conference, Delegate, Desk, Pass

UID_BYTES = 16
# A desk that takes another's place comes so long before its first guest.
COMES_BEFORE_SECONDS = 3.0
OFFLINE_RETURN = 0.6  # of the time


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the drill is to be: `connected` desks on the line at a time, a share `offline` until all return at once."""

    minutes: float
    speed: float = 1.0
    connected: int = 1000
    offline: float = 0.05
    seed: int = 1

    @property
    def seconds(self) -> float:
        """How long the arrivals take on the clock."""
        return self.minutes * 60 / self.speed


@dataclass(slots=True)
class People:
    """Everybody who is still expected, site by site; a person's number is the place in these arrays."""

    delegate_ids: "array[int]" = field(default_factory=lambda: array("q"))
    pass_uids: bytearray = field(default_factory=bytearray)

    def __len__(self) -> int:
        return len(self.delegate_ids)

    def uid(self, number: int) -> str:
        """The uid of this person's pass."""
        return str(UUID(bytes=bytes(self.pass_uids[number * UID_BYTES : (number + 1) * UID_BYTES])))


@dataclass(slots=True)
class PlannedDesk:
    """One site's desk, whose people are `first` … `last` - 1 in the order in which they come.

    On the line from `comes` (negative: before the first arrival) to the last answer if it `makes_room`, else to the end. `offline`: it
    has no line before `comes`, though its people come.
    """

    cookie: str
    first: int
    last: int
    comes: float = -1.0
    makes_room: bool = False
    offline: bool = False


@dataclass(slots=True)
class Plan:
    """A drill ready to be played; `due` is when each person comes, in seconds."""

    wishes: Wishes
    conference_id: int
    revision: int
    board_token: str
    secret: str
    people: People
    desks: list[PlannedDesk]
    due: "array[float]" = field(default_factory=lambda: array("d"))

    def code(self, person: int) -> str:
        """What this person's QR code holds."""
        return sign_token(self.secret, self.conference_id, self.people.uid(person))

    @property
    def standing(self) -> int:
        """How many desks are on the line at a time, but for those that were offline."""
        return sum(not desk.offline and desk.comes < 0 for desk in self.desks)


def read_plan(work: Work, conference_id: int, wishes: Wishes) -> Plan:
    """The plan for those who have not come yet; raises ValueError where there are none."""
    conference = work.session.get_one(Conference, conference_id)
    people, spans = _read_people(work, conference_id)
    cookies = {site_id: desk_cookie(work.secret, uid) for site_id, uid in work.session.execute(_desks(conference_id)).all()}
    desks = [PlannedDesk(cookies[site_id], first, last) for site_id, first, last in spans]
    if not desks:
        raise ValueError("everybody has come already: prepare another drill")
    plan = Plan(wishes, conference_id, conference.revision, board_token(work, conference) or "", work.secret, people, desks)
    take_turns(plan)
    return plan


def take_turns(plan: Plan) -> None:
    """Say who comes when, and which desks are on the line then.

    Each place on the line is taken by one desk after the other: the people of all of them come one after the other along the whole curve, so
    that the whole load is that of the country at every moment, and each answer is one of a real desk about somebody of its own site.
    """
    random = Random(f"turns {plan.wishes.seed}")  # noqa: S311  # to be the same every time
    desks = list(plan.desks)
    random.shuffle(desks)
    away = round(plan.wishes.offline * len(desks))
    for desk in desks[:away]:
        desk.offline = True
    there = desks[away:]
    places = [[desk] for desk in desks[:away]] + [there[n :: plan.wishes.connected] for n in range(min(plan.wishes.connected, len(there)))]
    turns = array("L", (n for n, sharing in enumerate(places) for desk in sharing for _ in range(desk.first, desk.last)))
    random.shuffle(turns)
    seconds = plan.wishes.seconds
    plan.due = array("d", bytes(8 * len(plan.people)))
    nexts = [_one_after_the_other(sharing) for sharing in places]
    for place, moment in zip(turns, arrival_times(len(plan.people), seconds, plan.wishes.seed), strict=True):
        plan.due[next(nexts[place])] = moment
    for sharing in places:
        for n, desk in enumerate(sharing):
            desk.makes_room = n < len(sharing) - 1
            if desk.offline:
                desk.comes = OFFLINE_RETURN * seconds
            elif n:
                desk.comes = max(plan.due[desk.first] - COMES_BEFORE_SECONDS, 0.0)


def _one_after_the_other(sharing: Sequence[PlannedDesk]) -> Iterator[int]:
    return (person for desk in sharing for person in range(desk.first, desk.last))


def _desks(conference_id: int) -> Select[int, str]:
    return select(Desk.site_id, Desk.uid).where(Desk.conference_id == conference_id, Desk.revoked_at.is_(None))


def _read_people(work: Work, conference_id: int) -> tuple[People, list[tuple[int, int, int]]]:
    """Those who have not come, and for each site which of them are its own: its id, the first, the one after the last."""
    people, spans = People(), list[tuple[int, int, int]]()
    wanted = (
        select(Delegate.site_id, Delegate.id, Pass.uid)
        .join(Pass, Pass.delegate_id == Delegate.id)
        .join(Attendance, Attendance.delegate_id == Delegate.id)
        .where(Delegate.conference_id == conference_id, Pass.revoked_at.is_(None), Attendance.state == "not_yet")
        .order_by(Delegate.site_id, Delegate.id)
    )
    for site_id, delegate_id, uid in work.session.execute(wanted, execution_options={"yield_per": 10_000}):
        number = len(people)
        people.delegate_ids.append(delegate_id)
        people.pass_uids += UUID(uid).bytes
        first = spans.pop()[1] if spans and spans[-1][0] == site_id else number
        spans.append((site_id, first, number + 1))
    return people, spans
