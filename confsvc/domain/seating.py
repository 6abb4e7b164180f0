"""How the seats of a mandate are filled: how many, by which ranks, and whether somebody may be in twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Select, func, select, tuple_

from confsvc.domain.access import organised_conference
from confsvc.domain.mandates import SUFFICIENT_RANKS
from confsvc.domain.tallies import has_seat
from confsvc.domain.text import fold
from confsvc.domain.work import Work
from confsvc.models import Attendance, Delegate, Mandate


@dataclass(frozen=True, slots=True)
class Standing:
    """The seats of one mandate and who is named for them; `ranks` counts the delegates of each rank."""

    seats: int
    required_rank: str
    ranks: Mapping[str, int] = field(default_factory=dict)

    @property
    def named(self) -> int:
        return sum(self.ranks.values())

    @property
    def vacant(self) -> int:
        return max(0, self.seats - self.named)

    @property
    def surplus(self) -> int:
        """How many delegates are named beyond the seats."""
        return max(0, self.named - self.seats)

    @property
    def lacks_rank(self) -> bool:
        """Whether people are named and none of them has the rank the invitation asks for."""
        return self.named > 0 and not any(self.ranks.get(rank) for rank in SUFFICIENT_RANKS[self.required_rank])


def read_standings(work: Work, mandates: Sequence[Mandate]) -> dict[int, Standing]:
    """Mandate id → standing; one query however many."""
    ranks: dict[int, dict[str, int]] = {mandate.id: {} for mandate in mandates}
    counted = select(Delegate.mandate_id, Delegate.rank, func.count()).join(Attendance, Attendance.delegate_id == Delegate.id)
    counted = counted.where(Delegate.mandate_id.in_(ranks), has_seat()).group_by(Delegate.mandate_id, Delegate.rank)
    for mandate_id, rank, n in work.session.execute(counted):
        ranks[mandate_id][rank] = n
    return {mandate.id: Standing(mandate.seats, mandate.required_rank, ranks[mandate.id]) for mandate in mandates}


def find_namesakes(work: Work, conference_id: int, mandate_id: int, full_name: str, *, besides: int | None = None) -> list[Delegate]:
    """Who of the same unit of an organised conference bears this name, marks, case and the spelling i/y apart ("có thể trùng").

    Raises SignInRequired, or NotFound for a conference the actor does not organise; nobody for a mandate of another one.
    """
    organised_conference(work, conference_id)
    same = _alike(conference_id, mandate_id, full_name)
    return list(work.session.scalars(same.where(Delegate.id != besides) if besides else same))


def namesakes_of(work: Work, delegate: Delegate) -> list[Delegate]:
    """The namesakes of a delegate the caller may see already."""
    return list(work.session.scalars(_alike(delegate.conference_id, delegate.mandate_id, delegate.full_name).where(Delegate.id != delegate.id)))


def possible_doubles(work: Work, delegates: Sequence[Delegate]) -> set[int]:
    """The ids of those among `delegates` who share unit and name with somebody; one query however many."""
    mandate_ids = {delegate.mandate_id for delegate in delegates}
    twice = select(Delegate.mandate_id, _likeness()).where(Delegate.mandate_id.in_(mandate_ids))
    pairs = twice.group_by(Delegate.mandate_id, _likeness()).having(func.count() > 1)
    shown = [delegate.id for delegate in delegates]
    return set(work.session.scalars(select(Delegate.id).where(Delegate.id.in_(shown), tuple_(Delegate.mandate_id, _likeness()).in_(pairs))))


def _alike(conference_id: int, mandate_id: int, full_name: str) -> Select[Delegate]:
    of_unit = select(Delegate).where(Delegate.conference_id == conference_id, Delegate.mandate_id == mandate_id)
    return of_unit.where(_likeness() == fold(full_name).replace("y", "i"))


def _likeness() -> ColumnElement[str]:
    return func.replace(Delegate.name_fold, "y", "i")
