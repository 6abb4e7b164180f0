"""The lines of a list of units held against the units that stand: what each line means, and what is wrong with it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from confsvc.domain.errors import Invalid
from confsvc.domain.text import clean
from confsvc.domain.unit_rules import UnitEntry, fill_unit
from confsvc.models import Unit

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


@dataclass(slots=True)
class Taken:
    """A line, the unit it means and the parent it gives it."""

    row: UnitRow
    unit: Unit
    parent: Unit | None


class Taking:
    """Reads lines against `living` units; changes and makes units in memory, parents apart, which may not have ids yet."""

    def __init__(self, living: Sequence[Unit], valid_from: date | None) -> None:
        self.taken: list[Taken] = []
        self._errors: list[RowError] = []
        self._changed: set[Unit] = set()
        self._meant: set[Unit] = set()
        self._valid_from = valid_from
        self._order = max((unit.sort_order for unit in living), default=0)
        by_id = {unit.id: unit for unit in living}
        self._parents: dict[Unit, Unit | None] = {unit: by_id.get(unit.parent_id or 0) for unit in living}
        self._by_code = {unit.code: unit for unit in living if unit.code}
        self._by_name: dict[str, list[Unit]] = defaultdict(list)
        for unit in living:
            if not unit.code:
                self._by_name[unit.name.casefold()].append(unit)

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
        for unit in self._changed:
            unit.version += 1
        return UnitsImported(new, len(self._changed), len(self.taken) - new - len(self._changed))

    def _match_codes(self, rows: Sequence[UnitRow]) -> dict[int, Unit]:
        """The unit of every line with a code, by line: parents may stand anywhere in the list."""
        units: dict[int, Unit] = {}
        seen: set[str] = set()
        for row in rows:
            code = clean(row.code)
            if code in seen:
                self._errors.append(RowError(row.line, "code", "unit_code_twice", code))
            elif code:
                seen.add(code)
                units[row.line] = self._by_code.get(code) or Unit(version=1, valid_to=None)
                self._by_code[code] = units[row.line]
        return units

    def _take(self, row: UnitRow, unit: Unit | None) -> None:
        try:
            parent = self._parent(row)
            unit = unit or self._named(row, parent) or Unit(version=1, valid_to=None)
            self._fill(row, unit, parent)
        except Invalid as error:
            self._errors.append(RowError(row.line, error.field, error.reason, clean(getattr(row, error.field, ""))))

    def _parent(self, row: UnitRow) -> Unit | None:
        typed = clean(row.parent)
        if not typed:
            return None
        if typed in self._by_code:
            return self._by_code[typed]
        named = self._by_name[typed.casefold()]
        if len(named) != 1:
            raise Invalid("parent", "unit_ambiguous" if named else "unit_parent_unknown")
        return named[0]

    def _named(self, row: UnitRow, parent: Unit | None) -> Unit | None:
        """The living unit without a code that has this name under this parent and was not meant by an earlier line."""
        named = self._by_name[clean(row.name).casefold()]
        return next((unit for unit in named if unit.id is not None and unit not in self._meant and self._parents.get(unit) is parent), None)

    def _fill(self, row: UnitRow, unit: Unit, parent: Unit | None) -> None:
        before = (unit.name, unit.kind, self._parents.get(unit))
        fill_unit(unit, UnitEntry(row.name, row.code, row.kind, unit.short_name or "", valid_from=unit.valid_from if unit.id else self._valid_from))
        if unit.id is None:
            self._order += 1
            unit.sort_order = self._order
            if not unit.code:
                self._by_name[unit.name.casefold()].append(unit)
        elif before != (unit.name, unit.kind, parent):
            self._changed.add(unit)
        self._parents[unit] = parent
        self._meant.add(unit)
        self.taken.append(Taken(row, unit, parent))

    def _require_tree(self) -> None:
        """Note the lines that hang a unit below itself, and those that give siblings the same name."""
        places: dict[tuple[Unit | None, str], list[Unit]] = defaultdict(list)
        for unit, parent in self._parents.items():
            places[parent, unit.name.casefold()].append(unit)
        for taken in self.taken:
            above, seen = taken.parent, {taken.unit}
            while above is not None and above not in seen:
                seen.add(above)
                above = self._parents.get(above)
            if above is taken.unit:
                self._errors.append(RowError(taken.row.line, "parent", "unit_below_itself", clean(taken.row.parent)))
            if len(places[taken.parent, taken.unit.name.casefold()]) > 1:
                self._errors.append(RowError(taken.row.line, "name", "unit_name_taken", taken.unit.name))
