"""The required ranks that are not there yet: all of them, the first to be shown, and what has become of those that may have changed."""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, select, union

from confsvc.domain.missing import lacks_required_rank, rank_suffices
from confsvc.domain.prepared import Prepared
from confsvc.domain.tallies import has_seat
from confsvc.domain.work import Work
from confsvc.models import Attendance, AttendanceEvent, Delegate, Mandate, Site

# Of more than this the board shows how many more there are.
MOST_MISSING = 60
# So many ids are named in one statement.
AT_ONCE = 500
# Where a mandate stands in the list: kind, place and id of its site, its own place and id.
Place = tuple[str, int, int, int, int]


@dataclass(frozen=True, slots=True)
class MissingRank:
    """A mandate with a required rank of which nobody is present; `names` are those who should be."""

    mandate_id: int
    unit: str
    required_rank: str
    site: str
    names: tuple[str, ...]


class KeptMissing:
    """Which mandates miss their required rank, in the order of sites and mandates."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = sorted(places)
        self._place_of = {place[-1]: place for place in self._places}

    def __len__(self) -> int:
        return len(self._places)

    def first(self) -> list[int]:
        """The ids of those that are shown."""
        return [place[-1] for place in self._places[:MOST_MISSING]]

    def at(self, site_ids: Collection[int]) -> list[int]:
        """The ids of those at these sites."""
        return [mandate_id for _, _, site_id, _, mandate_id in self._places if site_id in site_ids]

    def settle(self, mandate_ids: Iterable[int], missing: Iterable[Place]) -> None:
        """Of these mandates just those with a place are missing now."""
        for mandate_id in mandate_ids:
            if place := self._place_of.pop(mandate_id, None):
                del self._places[bisect_left(self._places, place)]
        for place in missing:
            self._place_of[place[-1]] = place
            insort(self._places, place)


def missing_required(work: Work, conference_id: int, mandate_ids: Sequence[int] | None = None) -> tuple[MissingRank, ...]:
    """The mandates (of these) whose required rank is not there yet, in the order of sites and mandates; asks no permission, one query."""
    some = mandate_ids is not None
    found: dict[int, MissingRank] = {}
    rows = work.session.execute(_named(some), {"conference": conference_id, **({"mandates": mandate_ids} if some else {})})
    for mandate_id, unit, required_rank, site, name, seated in rows:
        names = found[mandate_id].names if mandate_id in found else ()
        found[mandate_id] = MissingRank(mandate_id, unit, required_rank, site, (*names, name) if seated else names)
    return tuple(found.values())


def missing_places(work: Work, conference_id: int, mandate_ids: Sequence[int] | None = None) -> Iterator[Place]:
    """The places of the mandates (of these) whose required rank is not there yet."""
    for some in [None] if mandate_ids is None else _portions(mandate_ids):
        wanted = {"conference": conference_id} if some is None else {"conference": conference_id, "mandates": some}
        yield from work.session.execute(_placed(some is not None), wanted)


def asks_for_ranks(work: Work, conference_id: int) -> bool:
    """Whether any unit is asked for a rank."""
    return bool(work.session.scalar(select(exists().where(Mandate.conference_id == conference_id, Mandate.required_rank != "any"))))


def mandates_at(work: Work, site_ids: Collection[int]) -> list[int]:
    """The mandates of these sites that ask for a rank."""
    return list(work.session.scalars(select(Mandate.id).where(Mandate.site_id.in_(site_ids), Mandate.required_rank != "any")))


def mandates_since(work: Work, conference_id: int, revision: int) -> list[int]:
    """The mandates that ask for a rank and of whose people the log has told after `revision`."""
    return sorted(mandate_id for (mandate_id,) in _TOLD_OF.rows(work.rows, conference_id=conference_id, since=revision))


def _told_of(whom: Any) -> Select[int]:
    line = AttendanceEvent
    told = (line.conference_id == bindparam("conference_id"), line.revision > bindparam("since"), Mandate.required_rank != "any")
    return select(Delegate.mandate_id).select_from(line).join(Delegate, whom).join(Mandate, Mandate.id == Delegate.mandate_id).where(*told)


# A line about a seat is one about everybody who came for it.
_TOLD_OF = Prepared(
    union(*(_told_of(one == of) for one in (Delegate.id, Delegate.replaces_id) for of in (AttendanceEvent.delegate_id, AttendanceEvent.other_id)))
)


# Made once: to put these together takes longer than to carry them out, several times a second.
@cache
def _named(some: bool) -> Select[Any]:
    statement = (
        select(Mandate.id, Mandate.unit_name, Mandate.required_rank, Site.name, Delegate.full_name, has_seat())
        .join(Site, Site.id == Mandate.site_id)
        .outerjoin(Delegate, (Delegate.mandate_id == Mandate.id) & rank_suffices())
        .outerjoin(Attendance, Attendance.delegate_id == Delegate.id)
        .order_by(Site.kind, Site.sort_order, Site.id, Mandate.sort_order, Mandate.id, Delegate.protocol_order, Delegate.name_sort)
    )
    return statement.where(*_missing(some))


@cache
def _placed(some: bool) -> Select[str, int, int, int, int]:
    columns = (Site.kind, Site.sort_order, Site.id, Mandate.sort_order, Mandate.id)
    return select(*columns).join(Site, Site.id == Mandate.site_id).where(*_missing(some))


def _missing(some: bool) -> list[ColumnElement[bool]]:
    named = [Mandate.id.in_(bindparam("mandates", expanding=True))] if some else []
    return [lacks_required_rank(bindparam("conference")), *named]


def _portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
