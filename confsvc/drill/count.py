"""What was answered, held against the log in the database: nothing may be lost, nothing doubled."""

from dataclasses import dataclass

from sqlalchemy import func, select

from confsvc.domain.work import Work
from confsvc.drill.played_desk import person_of
from confsvc.models import Attendance, AttendanceEvent, Conference, SiteTally


@dataclass(frozen=True, slots=True)
class Count:
    """`lost`: answered, and not in the log. `doubled`: people whom the log lets in more than once, or acts that stand in it twice.

    `unanswered` got no answer to the end, `refused` another one than a yes. `lines` the log has grown by; `gaps` is how many
    revisions are missing among them, `strange` how many are of no act of this drill. `present` and `tallied` are how many are here as
    their states and as the sites' tallies say; both must be `arrived`, those whom the log lets in.
    """

    answered: int
    lines: int
    lost: int
    doubled: int
    unanswered: int
    refused: int
    strange: int
    gaps: int
    arrived: int
    present: int
    tallied: int

    @property
    def is_clean(self) -> bool:
        """Whether every person is there exactly once, wherever one looks."""
        wrong = (self.lost, self.doubled, self.unanswered, self.refused, self.strange, self.gaps)
        return not any(wrong) and self.arrived == self.present == self.tallied


def count(work: Work, conference_id: int, *, since: int, run: int, answered: bytearray, refused: int) -> Count:
    """Read the log since revision `since`; `answered` has a byte for each person, 0 for those who got no answer."""
    event = AttendanceEvent
    of_it = (event.conference_id == conference_id, event.revision > since)
    in_log = bytearray(len(answered))
    lines = twice = strange = 0
    rows = work.session.execute(select(event.client_ref).where(*of_it), execution_options={"yield_per": 10_000})
    for (client_ref,) in rows:
        lines += 1
        person = person_of(client_ref, run)
        if person is None or person >= len(in_log):
            strange += 1
        elif in_log[person]:
            twice += 1
        else:
            in_log[person] = 1
    session = work.session
    let_in = select(event.delegate_id, func.count().label("times")).where(event.conference_id == conference_id, event.kind == "check_in")
    times = let_in.where(event.verdict.in_(("accepted", "moved"))).group_by(event.delegate_id).subquery()
    arrived = session.scalars(select(func.count()).select_from(times)).one()
    more_than_once = session.scalars(select(func.count()).select_from(times).where(times.c.times > 1)).one()
    revision = session.scalars(select(Conference.revision).where(Conference.id == conference_id)).one()
    present = select(func.count()).select_from(Attendance).where(Attendance.conference_id == conference_id, Attendance.state == "present")
    tallied = select(func.coalesce(func.sum(SiteTally.present), 0)).where(SiteTally.conference_id == conference_id)
    return Count(
        answered=sum(map(bool, answered)),
        lines=lines,
        lost=sum(bool(told) and not kept for told, kept in zip(answered, in_log, strict=True)),
        doubled=more_than_once + twice,
        unanswered=answered.count(0),
        refused=refused,
        strange=strange,
        gaps=revision - since - lines,
        arrived=arrived,
        present=session.scalars(present).one(),
        tallied=int(session.scalars(tallied).one()),
    )
