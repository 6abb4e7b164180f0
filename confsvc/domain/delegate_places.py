"""To which unit and site a row of a list belongs: by its cells, its section, or the row above."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from confsvc.domain.delegate_lists import ListRow
from confsvc.domain.text import fold
from confsvc.domain.unit_directory import SiteChoice, UnitChoice, heading_text, site_directory, unit_directory

ANCESTORS = 8


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a row a person should know; `values` are what its sentence names."""

    code: str
    values: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, code: str, **values: str) -> "Problem":
        return cls(code, tuple(values.items()))


@dataclass(frozen=True, slots=True)
class Place:
    """A unit and the site named for it; either may be open."""

    unit: UnitChoice | None = None
    site: SiteChoice | None = None

    @property
    def site_id(self) -> int | None:
        return self.site.site_id if self.site else None


class Places:
    """The units and sites a list may speak of: `invited` to the conference, `others` that live, and its `sites`."""

    def __init__(self, invited: Sequence[UnitChoice], others: Sequence[UnitChoice], sites: Sequence[SiteChoice]) -> None:
        self._units = unit_directory(invited, others)
        self._sites = site_directory(sites)
        self._by_id: Mapping[int, UnitChoice] = {choice.unit_id: choice for choice in (*others, *invited)}
        self._site_of = {site.unit_id: site for site in sites if site.unit_id is not None}
        self._site_names = {site.site_id: site.name for site in sites}
        self._main = next((site for site in sites if site.kind == "main"), None)
        self._found_units: dict[str, list[UnitChoice]] = {}

    def of_row(self, row: ListRow, section: Place) -> tuple[Place, list[Problem]]:
        """The place of a person, and what is doubtful or wrong about it."""
        site, problems = self._named_site(row)
        place = Place(None, site or section.site)
        if row.unit:
            unit, doubts = self._named_unit(row.unit, place.site)
            doubts += [Problem.of("unit_from_above", unit=unit.name)] if unit and row.unit_above else []
        else:
            unit, doubts = self._implied_unit(section, place.site)
        if unit and not site:
            doubts += self._led_away(unit, section)
        return replace(place, unit=unit), problems + doubts

    def of_section(self, text: str, before: Place) -> tuple[Place, bool]:
        """The place a heading opens, and whether it names one at all; a heading that names none ends the unit before it."""
        for words in dict.fromkeys((text, heading_text(text))):
            unit, site = self._one_unit(words, before.site), self._one_site(words)
            if site and (unit is None or "diem cau" in fold(words)):
                return Place(None, site), True
            if unit:
                return Place(unit, site or before.site), True
        return Place(None, before.site), False

    def names_one(self, text: str) -> bool:
        """Whether the text is the name of a unit or a site."""
        return any(bool(self._find(words)) or bool(self._sites.find(words)) for words in (text, heading_text(text)))

    def home_of(self, unit: UnitChoice, site_id: int | None) -> int | None:
        """The site a unit not yet invited belongs to: the one named, its own, the nearest above it, or the main site."""
        if site_id is not None:
            return site_id
        above: UnitChoice | None = unit
        for _ in range(ANCESTORS):
            if above is None:
                break
            if above.unit_id in self._site_of:
                return self._site_of[above.unit_id].site_id
            above = self._by_id.get(above.parent_id) if above.parent_id else None
        return self._main.site_id if self._main else None

    def _named_site(self, row: ListRow) -> tuple[SiteChoice | None, list[Problem]]:
        if not row.site:
            return None, []
        found = self._sites.find(row.site)
        if len(found) == 1:
            return found[0], []
        if found:
            return None, [Problem.of("site_ambiguous", site=row.site, choices="; ".join(site.name for site in found[:3]))]
        return None, [Problem.of("site_unknown", site=row.site, nearest="; ".join(self._sites.nearest(row.site)))]

    def _named_unit(self, text: str, site: SiteChoice | None) -> tuple[UnitChoice | None, list[Problem]]:
        found = self._narrowed(self._find(text), site)
        if len(found) == 1:
            return found[0], []
        if found:
            return None, [Problem.of("unit_ambiguous", unit=text, choices="; ".join(unit.spoken for unit in found[:4]))]
        return None, [Problem.of("unit_unknown", unit=text, nearest="; ".join(self._units.nearest(text)))]

    def _led_away(self, unit: UnitChoice, section: Place) -> list[Problem]:
        """What is to be said where a heading puts somebody at another site than the one the unit is invited to."""
        if section.site is None or unit.site_id in (None, section.site.site_id):
            return []
        return [Problem.of("site_from_section", site=section.site.name, own=self._site_names.get(unit.site_id or 0, ""))]

    def _implied_unit(self, section: Place, site: SiteChoice | None) -> tuple[UnitChoice | None, list[Problem]]:
        if section.unit:
            return section.unit, []
        unit = self._by_id.get(site.unit_id) if site and site.unit_id else None
        return (unit, [Problem.of("unit_from_site", unit=unit.name)]) if unit else (None, [Problem.of("unit_missing")])

    def _find(self, text: str) -> list[UnitChoice]:
        if text not in self._found_units:
            self._found_units[text] = self._units.find(text)
        return self._found_units[text]

    def _one_unit(self, text: str, site: SiteChoice | None) -> UnitChoice | None:
        found = self._narrowed(self._find(text), site)
        return found[0] if len(found) == 1 else None

    def _one_site(self, text: str) -> SiteChoice | None:
        found = self._sites.find(text)
        return found[0] if len(found) == 1 else None

    @staticmethod
    def _narrowed(found: list[UnitChoice], site: SiteChoice | None) -> list[UnitChoice]:
        """Of several units of one name those at the site spoken of."""
        if len(found) < 2 or site is None:
            return found
        here = [unit for unit in found if unit.site_id == site.site_id or (site.unit_id is not None and site.unit_id in (unit.unit_id, unit.parent_id))]
        return here or found
