"""The attendance list as a workbook: sheets of plain values in, an .xlsx file out, written by a process of its own."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from confsvc.schemas.formulas import FORMULA_SIGNS
from confsvc.schemas.own_program import Bounds, OwnProgram

# Not imported: what it writes with stays out of this process.
PROGRAM = Path(__file__).with_name("attendance_workbook_process.py")
BOUNDS = Bounds(memory_bytes=2**30, cpu_seconds=1800, niceness=10)
# So many rows are taken at a time from where they are read; the loop comes round after each.
PORTION = 100

Cell = str | int | float | datetime | None
Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table under a title; `widths` are in characters. Its rows may be read while they are taken.

    `closing` gives the lines below it once so many rows are written.
    """

    name: str
    title: str
    heads: Sequence[str]
    widths: Sequence[int]
    rows: Iterable[Row]
    closing: Callable[[int], Sequence[str]] = lambda count: ()


# Opens what the sheets are read from, and closes it again.
Source = Callable[[], AbstractContextManager[Iterable[Sheet]]]


@dataclass(slots=True)
class Writing(OwnProgram):
    """Writes one workbook at a time; `stop` ends what it is at and whatever comes after.

    All rows are read at first and laid down, so that the source is closed soon, however long the writing takes. `rest` is called after
    each portion of them.
    """

    rest: Callable[[], None] = lambda: None

    def draw(self, source: Source, target: Path, tell: Callable[[int], None] = lambda count: None) -> None:
        """Write the sheets to `target`, in which nothing that somebody typed is a formula or a link; `tell` hears how many rows are written.

        Raises ProgramFailed or ProgramStopped; nothing but the file is left behind, and that only if it is whole.
        """
        folder = target.with_suffix("")
        folder.mkdir(mode=0o700)
        try:
            with source() as sheets, (folder / "rows").open("w", encoding="utf-8") as file:
                for part in _parts(sheets):
                    self.go_on()
                    file.write(json.dumps(part, ensure_ascii=False, default=_moment) + "\n")
                    self.rest()
            with (folder / "rows").open("rb") as file:
                self.run(PROGRAM, [str(folder), "".join(FORMULA_SIGNS)], file, tell, BOUNDS)
            (folder / "book.xlsx").rename(target)
        finally:
            shutil.rmtree(folder)


def _parts(sheets: Iterable[Sheet]) -> Iterator[dict[str, Any] | list[Row]]:
    """The sheets as the program reads them: the head of each, its rows portion by portion, what stands below."""
    for sheet in sheets:
        yield {"name": sheet.name, "title": sheet.title, "heads": sheet.heads, "widths": sheet.widths}
        count, rows = 0, iter(sheet.rows)
        while portion := list(islice(rows, PORTION)):
            count += len(portion)
            yield portion
        yield {"closing": sheet.closing(count)}


def _moment(value: datetime) -> list[str]:
    """A list, as no other cell is one."""
    return [value.isoformat()]
