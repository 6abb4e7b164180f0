"""The lines of a list of units held against the units that stand: what each line means, and what is wrong with it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from confsvc.domain.errors import Invalid
from confsvc.domain.text import clean
from confsvc.domain.unit_rules import MOST_LEVELS, UnitEntry, fill_unit

ERRORS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One line of a list; `parent` is the code of the parent, or its name where it has no code."""

    line: int
    code: str
    name: str
    kind: str
    parent: str


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a line cannot be taken in; `reason` is a code as in `Invalid`, `value` what stands there."""

    line: int
    column: str
    reason: str
    value: str


class RowsInvalid(Invalid):
    """Lines of a list break rules: `rows` says which, at most `ERRORS_SHOWN`; nothing was taken in."""

    def __init__(self, rows: Sequence[RowError]) -> None:
        super().__init__("file", "rows_wrong", count=len(rows))
        self.rows = list(rows[:ERRORS_SHOWN])


@dataclass(frozen=True, slots=True)
class UnitsImported:
    """How many lines made a unit, changed one, or said what stands already."""

    new: int
    changed: int
    unchanged: int


@dataclass(slots=True, eq=False)
class Draft:
    """A unit as it stands (with its `id`) or as a list makes it; what is done to it changes nothing in the database."""

    id: int | None = None
    code: str = ""
    name: str = ""
    name_fold: str = ""
    search_fold: str = ""
    kind: str = ""
    short_name: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    sort_order: int = 0
    parent_id: int | None = None


@dataclass(slots=True)
class Taken:
    """A line, the unit it means and the parent it gives it."""

    row: UnitRow
    unit: Draft
    parent: Draft | None


class Taking:
    """Reads lines against `living` units; changes and makes drafts, parents apart, which may not have ids yet."""

    def __init__(self, living: Sequence[Draft], valid_from: date | None) -> None:
        self.taken: list[Taken] = []
        self.changed: set[Draft] = set()
        self._errors: list[RowError] = []
        self._meant: set[Draft] = set()
        self._valid_from = valid_from
        self._order = max((unit.sort_order for unit in living), default=0)
        by_id = {unit.id: unit for unit in living}
        self._parents: dict[Draft, Draft | None] = {unit: by_id.get(unit.parent_id or 0) for unit in living}
        self._by_code = {unit.code: unit for unit in living if unit.code}
        self._by_name: dict[str, list[Draft]] = defaultdict(list)
        self._standing: dict[tuple[Draft | None, str], list[Draft]] = defaultdict(list)
        for unit in living:
            if not unit.code:
                self._by_name[unit.name.casefold()].append(unit)
                self._standing[self._parents[unit], unit.name.casefold()].append(unit)

    def take(self, rows: Sequence[UnitRow]) -> UnitsImported:
        """Give every line its unit and its parent; raises RowsInvalid with everything that is wrong."""
        coded = self._match_codes(rows)
        for row in rows:
            if row.line in coded or not clean(row.code):
                self._take(row, coded.get(row.line))
        self._require_tree()
        if self._errors:
            raise RowsInvalid(sorted(self._errors, key=lambda error: (error.line, error.column)))
        new = sum(taken.unit.id is None for taken in self.taken)
        return UnitsImported(new, len(self.changed), len(self.taken) - new - len(self.changed))

    def _match_codes(self, rows: Sequence[UnitRow]) -> dict[int, Draft]:
        """The unit of every line with a code, by line: parents may stand anywhere in the list."""
        units: dict[int, Draft] = {}
        seen: set[str] = set()
        for row in rows:
            code = clean(row.code)
            if code in seen:
                self._errors.append(RowError(row.line, "code", "unit_code_twice", code))
            elif code:
                seen.add(code)
                units[row.line] = self._by_code.get(code) or Draft()
                self._by_code[code] = units[row.line]
        return units

    def _take(self, row: UnitRow, unit: Draft | None) -> None:
        try:
            parent = self._parent(row)
            unit = unit or self._named(row, parent) or Draft()
            self._fill(row, unit, parent)
        except Invalid as error:
            self._errors.append(RowError(row.line, error.field, error.reason, clean(getattr(row, error.field, ""))))

    def _parent(self, row: UnitRow) -> Draft | None:
        typed = clean(row.parent)
        if not typed:
            return None
        if typed in self._by_code:
            return self._by_code[typed]
        named = self._by_name[typed.casefold()]
        if len(named) != 1:
            raise Invalid("parent", "unit_ambiguous" if named else "unit_parent_unknown")
        return named[0]

    def _named(self, row: UnitRow, parent: Draft | None) -> Draft | None:
        """The living unit without a code that has this name under this parent and was not meant by an earlier line."""
        return next((unit for unit in self._standing[parent, clean(row.name).casefold()] if unit not in self._meant), None)

    def _fill(self, row: UnitRow, unit: Draft, parent: Draft | None) -> None:
        before = (unit.name, unit.kind, self._parents.get(unit))
        fill_unit(unit, UnitEntry(row.name, row.code, row.kind, unit.short_name or "", valid_from=unit.valid_from if unit.id else self._valid_from))
        if unit.id is None:
            self._order += 1
            unit.sort_order = self._order
            if not unit.code:
                self._by_name[unit.name.casefold()].append(unit)
        elif before != (unit.name, unit.kind, parent):
            self.changed.add(unit)
        self._parents[unit] = parent
        self._meant.add(unit)
        self.taken.append(Taken(row, unit, parent))

    def _require_tree(self) -> None:
        """Note the lines that hang a unit below itself or too deep, and those that give siblings the same name."""
        places: dict[tuple[Draft | None, str], list[Draft]] = defaultdict(list)
        for unit, parent in self._parents.items():
            places[parent, unit.name.casefold()].append(unit)
        levels, circling = self._levels()
        too_deep = self._too_deep(levels)
        for taken in self.taken:
            if taken.unit in circling:
                self._errors.append(RowError(taken.row.line, "parent", "unit_below_itself", clean(taken.row.parent)))
            elif taken.unit in too_deep:
                self._errors.append(RowError(taken.row.line, "parent", "unit_too_deep", clean(taken.row.parent)))
            if len(places[taken.parent, taken.unit.name.casefold()]) > 1:
                self._errors.append(RowError(taken.row.line, "name", "unit_name_taken", taken.unit.name))

    def _levels(self) -> tuple[dict[Draft, int], set[Draft]]:
        """The level of every unit, 1 at the top, and those that hang below themselves; each unit is passed once."""
        levels: dict[Draft, int] = {}
        circling: set[Draft] = set()
        for start in self._parents:
            line: dict[Draft, int] = {}
            unit: Draft | None = start
            while unit is not None and unit not in levels and unit not in line:
                line[unit] = len(line)
                unit = self._parents.get(unit)
            if unit is not None and unit in line:
                circling.update([one for one, place in line.items() if place >= line[unit]])
                levels[unit] = 0
            level = levels[unit] if unit is not None else 0
            for one in reversed(line):
                level += 1
                levels[one] = level
        return levels, circling

    def _too_deep(self, levels: dict[Draft, int]) -> set[Draft]:
        """The units of this list to blame for a line of units that is too long: the lowest of the list on it, down to the first level too many."""
        meant = {taken.unit for taken in self.taken}
        blamed: set[Draft] = set()
        for unit in [unit for unit, level in levels.items() if level == MOST_LEVELS + 1]:
            above: Draft | None = unit
            while above is not None and above not in meant:
                above = self._parents.get(above)
            if above is not None:
                blamed.add(above)
        return blamed
