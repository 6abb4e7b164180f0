"""The numbers of a conference: every screen, export and sentence takes them from here."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from confsvc.domain.work import Work
from confsvc.models import Site, SiteTally


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of seats. `summoned` is the denominator of every rate: the named delegates and the seats nobody fills.

    `visiting` are people in this hall whose seat is elsewhere; they are no part of the other counts.
    """

    named: int = 0
    vacant: int = 0
    present: int = 0
    excused: int = 0
    visiting: int = 0

    @property
    def summoned(self) -> int:
        return self.named + self.vacant

    @property
    def not_yet(self) -> int:
        """Summoned, neither present nor excused: those still expected and the seats nobody fills."""
        return self.summoned - self.present - self.excused

    @classmethod
    def of(cls, tally: SiteTally) -> "Figures":
        return cls(tally.named, tally.vacant, tally.present, tally.excused, tally.visiting)


def total(figures: Iterable[Figures]) -> Figures:
    """The sum over sites."""
    rows = list(figures)
    return Figures(
        sum(f.named for f in rows),
        sum(f.vacant for f in rows),
        sum(f.present for f in rows),
        sum(f.excused for f in rows),
        sum(f.visiting for f in rows),
    )


def figures_by_site(work: Work, conference_id: int) -> list[tuple[Site, Figures]]:
    """Each site of the conference in its order (main first), with its figures; one query."""
    rows = work.session.execute(
        select(Site, SiteTally)
        .join(SiteTally, SiteTally.site_id == Site.id)
        .where(Site.conference_id == conference_id)
        .order_by(Site.kind, Site.sort_order, Site.id)
    )
    return [(site, Figures.of(tally)) for site, tally in rows]
