"""The product's side of the comparison with the model: a small province, acts carried out as desks and organisers do, and a picture of what is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import func, select

from confsvc.domain import corrections
from confsvc.domain.admissions import admit_person, deny_person
from confsvc.domain.attendance import Verdict
from confsvc.domain.attendance_check import verify_attendance
from confsvc.domain.check_in import Act as Command
from confsvc.domain.check_in import (
    Answer,
    CheckIn,
    CountHeads,
    Leave,
    Substitute,
    UndoCheckIn,
    UndoLeave,
    WalkIn,
    WithdrawSubstitute,
    carry_out,
)
from confsvc.domain.conferences import move_conference
from confsvc.domain.delegates import renew_pass
from confsvc.domain.passes import pass_token, valid_pass
from confsvc.domain.substitutions import SubstituteEntry, substitute_delegate, withdraw_substitution
from confsvc.domain.work import DeskActor, Work
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, Pass, SiteTally
from tests.conftest import BeginWork
from tests.domain.attendance_model import Model
from tests.domain.attendance_stories import Act, Person, Seen
from tests.factories import STARTS, acting, make_account, make_conference, make_delegate, make_desk, make_mandate, make_site

# The hall of each desk, from desk 1 on; the required rank and the seats of the mandate at each hall; who is invited where.
DESK_HALLS = (0, 0, 1)
REQUIRED = ["leader", "any"]
SEATS = [3, 2]
INVITED = {"An": Person(0, "head"), "Bình": Person(0, "staff"), "Chi": Person(1, "leader"), "Dung": Person(1, "staff")}
COUNTS = ("named", "vacant", "present", "away", "excused", "visiting", "walk_ins", "online", "substitutes", "late", "headcount")
CHECK_IN_MINUTES = 60


@dataclass(frozen=True)
class Picture:
    """Everything that is kept: people, tallies, how many passes of each person are valid."""

    people: dict[str, Seen]
    tallies: dict[int, dict[str, int | None]]
    valid_passes: dict[str, int]

    def differs_from(self, right: "Picture") -> list[tuple[object, object, object]]:
        """Each name or hall with what is here and what is there."""
        here, there = ({**one.people, **one.tallies, **{f"passes of {who}": n for who, n in one.valid_passes.items()}} for one in (self, right))
        return [(key, here.get(key), there.get(key)) for key in {**here, **there} if here.get(key) != there.get(key)]


@dataclass
class Told:
    """An act as a desk sends it: its clock is `ahead` of the truth, and it may not know by how much."""

    act: Act
    occurred_at: datetime
    offset: timedelta


class Rollback(Exception):
    """Ends a unit of work of which nothing is to stay."""


@dataclass
class World:
    begin: BeginWork
    walk_ins: str
    conference_id: int = 0
    olga: Any = None
    halls: list[int] = field(default_factory=list)
    desks: list[int] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def build(self, now: datetime) -> Model:
        """The province, and the model of it; each time another conference beside those of before."""
        with self.begin(now=now) as work:
            olga = make_account(work, f"olga{work.new_id()}")
            self.olga = acting(olga)
            conference = make_conference(work, olga, walk_in_rule=self.walk_ins, check_in_minutes=CHECK_IN_MINUTES)
            self.conference_id = conference.id
            sites = [make_site(work, conference, f"Điểm cầu {n}", kind="remote" if n else "main") for n in range(len(SEATS))]
            self.halls = [site.id for site in sites]
            rows = zip(sites, SEATS, REQUIRED, strict=True)
            mandates = [make_mandate(work, conference, site, seats=seats, required_rank=rank) for site, seats, rank in rows]
            for name, person in INVITED.items():
                delegate = make_delegate(work, mandates[person.seat], name, rank=person.rank)
                self.codes[f"pass of {name}"] = pass_token(work, valid_pass(work, delegate.id))
                self.known.add(name)
            self.desks = [make_desk(work, sites[hall], f"Bàn {n}").id for n, hall in enumerate(DESK_HALLS)]
            other = make_conference(work)
            stranger = make_delegate(work, make_mandate(work, other, make_site(work, other)), "Người lạ")
            self.codes["of another conference"] = pass_token(work, valid_pass(work, stranger.id))
            late_after = conference.starts_at + timedelta(minutes=conference.late_minutes)
        model = Model(STARTS - timedelta(minutes=CHECK_IN_MINUTES), late_after, self.walk_ins, REQUIRED, SEATS, dict(INVITED))
        model.passes = {f"pass of {name}": (name, None) for name in INVITED}
        return model

    # What desks and organisers do

    def tell(self, work: Work, told: Sequence[Told], ids: dict[str, int]) -> list[Verdict]:
        """Carry out what one desk tells; a verdict for each."""
        answers = carry_out(work, [self.command(one, ids) for one in told]).answers
        assert all(isinstance(answer, Answer) for answer in answers), answers
        return [cast("Answer", answer).verdict for answer in answers]

    def actor(self, desk: int) -> DeskActor:
        return DeskActor(self.desks[desk - 1])

    def command(self, told: Told, ids: dict[str, int]) -> Command:
        act = told.act
        head: dict[str, Any] = {"client_ref": act.ref, "occurred_at": told.occurred_at, "clock_offset_ms": told.offset // timedelta(milliseconds=1)}
        # Somebody whom an act in the same queue puts on the list has no id yet: nobody can name them.
        who: dict[str, Any] = {"delegate_id": ids.get(act.who, 2**31 - 1)}
        named = {"code": self.codes.get(act.scanned, "a code of nobody")} if act.scanned is not None else who
        match act.what:
            case "check_in":
                return CheckIn(**head, **named)
            case "leave":
                return Leave(**head, **named)
            case "undo":
                return UndoCheckIn(**head, **who, reason="Nhầm")
            case "undo_leave":
                return UndoLeave(**head, **who, reason="Nhầm")
            case "substitute":
                return Substitute(**head, **who, name=act.newcomer, position="", rank=act.rank, reason="")
            case "withdraw_substitute":
                return WithdrawSubstitute(**head, substitution=act.of, reason="Nhầm")
            case "walk_in":
                return WalkIn(**head, name=act.newcomer, position="", unit="Báo Bình Thuận")
            case "count_heads":
                return CountHeads(**head, count=act.amount)
        raise AssertionError(act.what)

    def correct(self, work: Work, act: Act, ids: dict[str, int]) -> Verdict:
        """Carry out what an organiser does."""
        here, who, ref, reason = self.conference_id, ids[act.newcomer if act.what == "withdraw_substitute" else act.who], act.ref, "Đính chính"
        commands: dict[str, Callable[[], Verdict]] = {
            "check_in": lambda: corrections.check_in_delegate(work, here, who, ref, site_id=self.halls[act.hall or 0], reason=reason),
            "leave": lambda: corrections.check_out_delegate(work, here, who, ref, reason=reason),
            "undo": lambda: corrections.undo_attendance(work, here, who, reason, ref),
            "undo_leave": lambda: corrections.undo_leave(work, here, who, reason, ref),
            "excuse": lambda: corrections.excuse_delegate(work, here, who, reason, ref),
            "withdraw_excuse": lambda: corrections.withdraw_excuse(work, here, who, ref, reason),
            "admit": lambda: admit_person(work, here, who, ref),
            "deny": lambda: deny_person(work, here, who, reason, ref),
            "substitute": lambda: substitute_delegate(work, here, who, SubstituteEntry(act.newcomer, rank=act.rank, reason=reason), ref),
            "withdraw_substitute": lambda: withdraw_substitution(work, here, who, reason, ref),
        }
        return commands[act.what]()

    def renew(self, work: Work, act: Act, ids: dict[str, int]) -> str:
        """Give somebody another pass; the code of it."""
        renew_pass(work, self.conference_id, ids[act.who])
        return pass_token(work, valid_pass(work, ids[act.who]))

    def move(self, work: Work, step: str) -> Conference:
        version = work.session.scalars(select(Conference.version).where(Conference.id == self.conference_id)).one()
        return move_conference(work, self.conference_id, step, version=version)

    # What is kept

    def ids(self, work: Work) -> dict[str, int]:
        """Name → id; every name is one person's. Knows the passes of those who were put on the list from now on."""
        ids = dict(work.session.execute(self._of_people(Delegate.full_name, Delegate.id)).all())
        for name in ids.keys() - self.known:
            self.codes[f"pass of {name}"] = pass_token(work, valid_pass(work, ids[name]))
        self.known |= ids.keys()
        return ids

    def picture(self, work: Work) -> Picture:
        """What is kept; two queries."""
        valid = select(func.count()).where(Pass.delegate_id == Delegate.id, Pass.revoked_at.is_(None)).scalar_subquery()
        columns = (Delegate.id, Delegate.full_name, Attendance.state, Attendance.site_id, Attendance.since, Attendance.late, Attendance.substitute_id, valid)
        rows = work.session.execute(self._of_people(*columns)).all()
        names = {delegate_id: name for delegate_id, name, *_ in rows}
        numbers = {site_id: n for n, site_id in enumerate(self.halls)}
        people = {name: Seen(state, numbers.get(hall), since, late, names.get(by)) for _, name, state, hall, since, late, by, _ in rows}
        counts = [getattr(SiteTally, count) for count in COUNTS]
        kept = work.session.execute(select(SiteTally.site_id, *counts).where(SiteTally.conference_id == self.conference_id))
        tallies = {numbers[site_id]: dict(zip(COUNTS, values, strict=True)) for site_id, *values in kept}
        return Picture(people, tallies, {name: passes for _, name, *_, passes in rows})

    def verify(self, work: Work) -> None:
        """The log has no gap, and agrees with what is kept of it."""
        event = AttendanceEvent
        revisions = work.session.scalars(select(event.revision).where(event.conference_id == self.conference_id).order_by(event.revision)).all()
        assert list(revisions) == list(range(1, len(revisions) + 1))
        assert work.session.scalars(select(Conference.revision).where(Conference.id == self.conference_id)).one() == len(revisions)
        assert verify_attendance(work, self.conference_id) == []

    def _of_people(self, *columns: Any) -> Any:
        return select(*columns).join(Attendance, Attendance.delegate_id == Delegate.id).where(Delegate.conference_id == self.conference_id)


def expected_picture(model: Model) -> Picture:
    """The same as the model has it."""
    people = {who: model.seen(who) for who in model.people}
    tallies = {hall: {count: found.get(count, None if count == "headcount" else 0) for count in COUNTS} for hall, found in model.tallies().items()}
    return Picture(people, tallies, {who: int(seen.state != "substituted") for who, seen in people.items()})
