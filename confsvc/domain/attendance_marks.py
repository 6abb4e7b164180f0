"""What lists and reports say of people beside their state: late, left early, who came for whom, changed after the close."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import ColumnElement, select

from confsvc.domain.people import after_the_close, by_desks
from confsvc.domain.work import LONG, Work
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate


class Standing(Protocol):
    """What marks need of a person's attendance."""

    @property
    def state(self) -> str: ...
    @property
    def since(self) -> datetime | None: ...
    @property
    def late(self) -> bool: ...
    @property
    def substitute_id(self) -> int | None: ...


class Person(Protocol):
    """What marks need of the person."""

    @property
    def id(self) -> int: ...
    @property
    def origin(self) -> str: ...
    @property
    def replaces_id(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Marks:
    """`names` are those of replaced people and of substitutes, by id.

    `corrected` and `told_late`: the ids of those whose record was changed after the close by an organiser, and by a desk that
    told of it late.
    """

    conference: Conference
    names: Mapping[int, str] = field(default_factory=dict)
    corrected: Collection[int | None] = ()
    told_late: Collection[int | None] = ()

    def of(self, standing: Standing, person: Person) -> list[str]:
        """The marks of one person, in the order of `people.MARKS`."""
        holds = {
            "late": standing.late and standing.state in ("present", "left"),
            "left_early": standing.state == "left" and standing.since is not None and standing.since < self.conference.ends_at,
            "substitute": person.origin == "substitute",
            "walk_in": person.origin == "walk_in",
            "corrected": person.id in self.corrected,
            "told_late": person.id in self.told_late,
        }
        return [mark for mark, held in holds.items() if held]

    def replaced_by(self, person: Person) -> str:
        """The name of whom this person sits in for ("" for nobody)."""
        return self.names.get(person.replaces_id or 0, "")

    def sitting_for(self, standing: Standing) -> str:
        """The name of who sits in the seat of the person standing so ("" for nobody)."""
        return self.names.get(standing.substitute_id or 0, "")


def read_marks(work: Work, conference: Conference, attendances: Iterable[Attendance]) -> Marks:
    """The marks of these people, delegates loaded; two queries, one until the conference is closed."""
    rows = list(attendances)
    linked = ({row.delegate.replaces_id for row in rows} | {row.substitute_id for row in rows}) - {None}
    names: dict[int, str] = dict(work.session.execute(select(Delegate.id, Delegate.full_name).where(Delegate.id.in_(linked))).all())
    # By delegate and nothing else: with the conference named too, SQLite would read the whole of its log.
    return replace(_changed(work, conference, AttendanceEvent.delegate_id.in_([row.delegate_id for row in rows])), names=names)


def read_changed(work: Work, conference: Conference) -> Marks:
    """The marks of everybody, without names; one query, none until the conference is closed."""
    return _changed(work, conference, AttendanceEvent.conference_id == conference.id)


def _changed(work: Work, conference: Conference, about: ColumnElement[bool]) -> Marks:
    if conference.closed_at is None:
        return Marks(conference)
    event = AttendanceEvent
    changed = select(event.delegate_id, by_desks()).where(after_the_close(conference), event.delegate_id.is_not(None), about).distinct()
    lines = work.session.execute(changed, execution_options=LONG).all()
    return Marks(conference, {}, {person for person, told in lines if not told}, {person for person, told in lines if told})
