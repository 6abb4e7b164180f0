"""Writes the attendance list as .xlsx in a process of its own: what it costs in time ends with it, gives way to the server, and can be ended from outside.

Run as a program: a folder to work in and the signs with which formulas begin as arguments, on standard input a line of JSON
for each part: the head of a sheet (`{"name", "title", "heads", "widths"}`), any number of portions of its rows, what stands below it
(`{"closing"}`). A moment is a list with its ISO text. It writes `book.xlsx` into the folder, with as much memory for ten rows as for
a million, and prints how many rows it has written so far, a number a line. Knows nothing else of this package.
"""

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

TOLD_EVERY = 1000
# A page of Excel ends after 1,048,576 rows.
MOST_ON_A_PAGE = 1_000_000
FIRST_ROW = 3
BASE = {"font_name": "Times New Roman", "font_size": 12, "valign": "top"}
STYLES: dict[str, dict[str, Any]] = {
    "title": {**BASE, "bold": True, "font_size": 14},
    "head": {**BASE, "bold": True, "border": 1, "text_wrap": True, "align": "center", "bg_color": "#E3EEFA"},
    "cell": {**BASE, "border": 1, "text_wrap": True},
    # The quote prefix keeps a text a text.
    "quoted": {**BASE, "border": 1, "text_wrap": True, "quote_prefix": True},
    "moment": {**BASE, "border": 1, "num_format": "hh:mm dd/mm/yyyy", "align": "left"},
    "rate": {**BASE, "border": 1, "num_format": "0.00%"},
    "line": BASE,
}


def plain(text: str) -> str:
    """The text as it can be written: what begins and ends like the XML of a rich string, the library would take for one and write as it is."""
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


class Book:
    """The workbook on its way: rows go to the page that was begun last."""

    def __init__(self, book: xlsxwriter.Workbook, signs: tuple[str, ...], most: int) -> None:
        self._book, self._signs, self._most = book, signs, most
        self._styles: dict[str, Format] = {name: book.add_format(style) for name, style in STYLES.items()}
        self._head: dict[str, Any] = {}
        self._page: Worksheet
        self._pages = self._row = self.rows = 0

    def take(self, part: Any) -> None:
        """A head, rows, or what stands below them."""
        if isinstance(part, list):
            for cells in part:
                self._add(cells)
        elif "closing" in part:
            for place, line in enumerate(part["closing"], self._row + 1):
                self._page.write_string(place, 0, plain(line), self._styles["line"])
        else:
            self._head, self._pages = part, 0
            self._begin()

    def _begin(self) -> None:
        """A page with the title and the heads of the present sheet."""
        head, self._pages = self._head, self._pages + 1
        page = self._page = self._book.add_worksheet(head["name"] if self._pages == 1 else f"{head['name']} {self._pages}")
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        for column, width in enumerate(head["widths"]):
            page.set_column(column, column, width)
        page.repeat_rows(2)
        page.freeze_panes(FIRST_ROW, 0)
        # Rows are written in their order: one that was left is not in memory any more.
        page.write_string(0, 0, plain(head["title"]), self._styles["title"])
        for column, text in enumerate(head["heads"]):
            page.write_string(2, column, plain(text), self._styles["head"])
        self._row = FIRST_ROW

    def _add(self, cells: list[Any]) -> None:
        if self._row == FIRST_ROW + self._most:
            self._begin()
        for column, cell in enumerate(cells):
            self._put(column, cell)
        self._row += 1
        self.rows += 1

    def _put(self, column: int, cell: Any) -> None:
        page, row, styles = self._page, self._row, self._styles
        if isinstance(cell, str) and cell:
            page.write_string(row, column, plain(cell), styles["quoted" if cell.startswith(self._signs) else "cell"])
        elif isinstance(cell, list):
            page.write_datetime(row, column, datetime.fromisoformat(cell[0]), styles["moment"])
        elif isinstance(cell, float):
            page.write_number(row, column, cell, styles["rate"])
        elif isinstance(cell, int):
            page.write_number(row, column, cell, styles["cell"])
        else:
            page.write_blank(row, column, None, styles["cell"])


def write(parts: Iterable[bytes], folder: Path, signs: str, most: int = MOST_ON_A_PAGE) -> None:
    """The workbook that these lines say, of at most so many rows a page."""
    options = {"constant_memory": True, "tmpdir": str(folder), "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    told = 0
    with xlsxwriter.Workbook(folder / "book.xlsx", options) as file:
        book = Book(file, tuple(signs), most)
        for part in parts:
            book.take(json.loads(part))
            if book.rows - told >= TOLD_EVERY:
                told = book.rows
                print(told, flush=True)  # noqa: T201 - its way to tell how far it is


def main(folder: str, signs: str) -> None:
    write(sys.stdin.buffer, Path(folder), signs)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
