"""What forms and lists choose among: the sites, the invited units and the units, listed where they are few, else found by typing.

A country has thousands of each, and no page is to carry them all.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from confsvc.domain.access import organised_conference
from confsvc.domain.errors import Invalid
from confsvc.domain.text import clean, fold, like_pattern, text_sort_key
from confsvc.domain.unit_choice import TYPED_CHARACTERS, chosen_unit, unit_label
from confsvc.domain.work import Work
from confsvc.models import Mandate, Site, Unit

# A whole province: 124 communes and the main site.
MOST_LISTED = 150
OFFERED = 20
_LABEL = re.compile(r".* · #(?P<id>\d{1,9})")


class Option(NamedTuple):
    """One to choose: `beside` tells those of one name apart; nobody invited a unit that is not `invited`."""

    id: int
    name: str
    beside: str = ""
    invited: bool = True

    @property
    def label(self) -> str:
        """What names exactly this one: names alone may be many."""
        return f"{self.name} · #{self.id}"


class Subject(Protocol):
    """What can be chosen of one kind; the caller may see the conference already, save in `find` and `offer`, which ask."""

    @property
    def kind(self) -> str:
        """The feature whose page offers what fits."""

    def listed(self, work: Work, conference_id: int) -> list[Option] | None:
        """All of them in order; None where they are more than a list holds. One query, or two."""

    def label(self, work: Work, conference_id: int, chosen_id: int | None) -> str:
        """What stands in the field for the chosen one; "" for none."""

    def find(self, work: Work, conference_id: int, field: str, typed: str) -> int | None:
        """The one meant by a label, or by a name or part of one that only one has; None for nothing typed. Raises Invalid."""


@dataclass(frozen=True, slots=True)
class OfConference:
    """Rows of a conference: `select` gives the columns of `Option`, `name` is shown and `folded` searched."""

    kind: str
    select: Callable[[int], Select[Any]]
    id: InstrumentedAttribute[int]
    folded: InstrumentedAttribute[str]

    def listed(self, work: Work, conference_id: int) -> list[Option] | None:
        rows = _read(work, self.select(conference_id).limit(MOST_LISTED + 1))
        return rows if len(rows) <= MOST_LISTED else None

    def label(self, work: Work, conference_id: int, chosen_id: int | None) -> str:
        found = _read(work, self.select(conference_id).where(self.id == chosen_id)) if chosen_id is not None else []
        return found[0].label if found else ""

    def offer(self, work: Work, conference_id: int, query: str) -> list[Option]:
        """The first that fit what was typed so far."""
        organised_conference(work, conference_id)
        return _read(work, self._fitting(conference_id, query).limit(OFFERED))

    def find(self, work: Work, conference_id: int, field: str, typed: str) -> int | None:
        """As every subject's; the reasons are `choice_unknown` and `choice_ambiguous`."""
        organised_conference(work, conference_id)
        typed = clean(typed)
        if not typed:
            return None
        named = _LABEL.fullmatch(typed)
        if named:
            found = _read(work, self.select(conference_id).where(self.id == int(named["id"])))
        elif len(typed) > TYPED_CHARACTERS:
            found = []
        else:
            found = _read(work, self.select(conference_id).where(self.folded == fold(typed)).limit(3))
            found = [row for row in found if row.name.casefold() == typed.casefold()] or found or _read(work, self._fitting(conference_id, typed).limit(2))
        if len(found) == 1:
            return found[0].id
        raise Invalid(field, "choice_ambiguous" if found else "choice_unknown")

    def _fitting(self, conference_id: int, query: str) -> Select[Any]:
        return self.select(conference_id).where(self.folded.like(like_pattern(query), escape="\\"))


def _sites(conference_id: int) -> Select[Any]:
    above = aliased(Site)
    columns: tuple[Any, ...] = (Site.id, Site.name, func.coalesce(above.name, ""))
    sites = select(*columns).outerjoin(above, above.id == Site.parent_id).where(Site.conference_id == conference_id)
    return sites.order_by(Site.kind, Site.sort_order, Site.id)


def _mandates(conference_id: int) -> Select[Any]:
    columns: tuple[Any, ...] = (Mandate.id, Mandate.unit_name, Site.name, Mandate.unit_id.is_not(None))
    mandates = select(*columns).join(Site, Site.id == Mandate.site_id).where(Mandate.conference_id == conference_id)
    return mandates.order_by(Mandate.sort_order, Mandate.unit_name_sort, Mandate.id)


class Units:
    """The living units of the whole directory, and the chosen one even if it has ended."""

    kind = "units"

    def listed(self, work: Work, conference_id: int) -> list[Option] | None:  # the directory is that of all conferences
        columns: tuple[Any, ...] = (Unit.id, Unit.name)
        rows = _read(work, select(*columns).where(Unit.valid_to.is_(None)).limit(MOST_LISTED + 1))
        return sorted(rows, key=lambda row: text_sort_key(row.name)) if len(rows) <= MOST_LISTED else None

    def label(self, work: Work, conference_id: int, chosen_id: int | None) -> str:
        unit = work.session.get(Unit, chosen_id) if chosen_id is not None else None
        return unit_label(unit) if unit else ""

    def find(self, work: Work, conference_id: int, field: str, typed: str) -> int | None:
        unit = chosen_unit(work, field, typed)
        return unit.id if unit else None


def _read(work: Work, statement: Select[Any]) -> list[Option]:
    return [Option(*row) for row in work.session.execute(statement)]


SITES = OfConference("sites", _sites, Site.id, Site.name_fold)
MANDATES = OfConference("mandates", _mandates, Mandate.id, Mandate.unit_name_fold)
INVITED = OfConference("mandates", lambda conference_id: _mandates(conference_id).where(Mandate.unit_id.is_not(None)), Mandate.id, Mandate.unit_name_fold)
UNITS = Units()
