"""The numbers of a conference: every screen, export and sentence takes them from here."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, select

from confsvc.domain.prepared import Prepared, is_one_of
from confsvc.domain.work import Work
from confsvc.models import Conference, Site, SiteTally


class Figures(NamedTuple):
    """Counts of seats. `summoned` is the denominator of every rate: the named delegates and the seats nobody fills.

    It is the sum of `present`, `away` (checked in and gone again), `excused` and `not_yet`. `online` and `substitutes` are
    parts of `present`, `late` of `present` and `away`. `visiting` are people in this hall whose seat is elsewhere, `walk_ins`
    those in it who have no seat: no part of the other counts. `headcount` is what a site counted by itself (None: it did not).
    """

    named: int = 0
    vacant: int = 0
    present: int = 0
    excused: int = 0
    visiting: int = 0
    away: int = 0
    walk_ins: int = 0
    online: int = 0
    substitutes: int = 0
    late: int = 0
    headcount: int | None = None

    @property
    def summoned(self) -> int:
        return self.named + self.vacant

    @property
    def not_yet(self) -> int:
        """Summoned, neither come nor excused: those still expected and the seats nobody fills; once closed, the absent."""
        return self.summoned - self.present - self.away - self.excused

    @classmethod
    def of(cls, tally: SiteTally) -> "Figures":
        return cls(*(getattr(tally, count) for count in cls._fields))


PLAIN_COUNTS = tuple(count for count in Figures._fields if count != "headcount")


def total(figures: Iterable[Figures]) -> Figures:
    """The sum over sites."""
    rows = list(figures)
    sums: dict[str, int] = {count: sum(getattr(row, count) for row in rows) for count in PLAIN_COUNTS}
    counted = [row.headcount for row in rows if row.headcount is not None]
    return Figures(**sums, headcount=sum(counted) if counted else None)


_REVISION = Prepared(select(Conference.revision).where(Conference.id == bindparam("conference_id")))
_OF_SITES = Prepared(
    select(Conference.revision, SiteTally.site_id, *(getattr(SiteTally, count) for count in Figures._fields))
    .join(SiteTally, SiteTally.conference_id == Conference.id)
    .where(Conference.id == bindparam("conference_id"), is_one_of(SiteTally.site_id, "site_ids"))
)


def latest_revision(work: Work, conference_id: int) -> int | None:
    """The conference's revision; None where there is no such conference. One query."""
    rows = _REVISION.rows(work.rows, conference_id=conference_id)
    return int(rows[0][0]) if rows else None


def figures_of_sites(work: Work, conference_id: int, site_ids: Collection[int]) -> tuple[int, dict[int, Figures]]:
    """The conference's revision and the figures of at least one of its sites, of one moment; one query."""
    rows = _OF_SITES.rows(work.rows, conference_id=conference_id, site_ids=site_ids)
    return rows[0][0], {site_id: Figures(*counts) for _, site_id, *counts in rows}


def read_total(work: Work, conference_id: int) -> tuple[int, Figures]:
    """How many sites there are, and the sum over them; one query, and one row however many."""
    sums = [func.coalesce(func.sum(getattr(SiteTally, count)), 0) for count in PLAIN_COUNTS]
    statement = select(func.count(), func.sum(SiteTally.headcount), *sums).where(SiteTally.conference_id == conference_id)
    count, headcount, *plain = work.session.execute(statement).one()
    # PostgreSQL sums up integers to numbers of another kind.
    values: dict[str, int] = {key: int(value) for key, value in zip(PLAIN_COUNTS, plain, strict=True)}
    return count, Figures(**values, headcount=None if headcount is None else int(headcount))


def figures_by_site(work: Work, conference_id: int) -> list[tuple[Site, Figures]]:
    """Each site of the conference in its order (main first), with its figures; one query."""
    return [(site, Figures.of(tally)) for site, tally in work.session.execute(tallied_sites(conference_id, Site))]


def tallied_sites(conference_id: int, known: Any) -> Select[Any]:
    """What is to be `known` of each site of the conference, in their order (main first), with its tally."""
    tallied = select(known, SiteTally).join(SiteTally, SiteTally.site_id == Site.id).where(Site.conference_id == conference_id)
    return tallied.order_by(Site.kind, Site.sort_order, Site.id)
