"""The attendance list as a workbook: plain values in, the bytes of an .xlsx file out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

from confsvc.schemas.formulas import FORMULA_SIGNS

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Cell = str | int | float | datetime | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table under a title; `widths` are in characters, `closing` are lines below it."""

    name: str
    title: str
    heads: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[Cell]]
    closing: Sequence[str] = ()


def write_workbook(sheets: Sequence[Sheet]) -> bytes:
    """The sheets as an .xlsx file in which nothing that somebody typed is a formula or a link. Touches no request: may run in a thread."""
    import xlsxwriter  # noqa: PLC0415  # comes with the first workbook that is written

    target = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        base = {"font_name": "Times New Roman", "font_size": 12, "valign": "top"}
        styles = {
            "title": book.add_format({**base, "bold": True, "font_size": 14}),
            "head": book.add_format({**base, "bold": True, "border": 1, "text_wrap": True, "align": "center", "bg_color": "#E3EEFA"}),
            "cell": book.add_format({**base, "border": 1, "text_wrap": True}),
            "quoted": book.add_format({**base, "border": 1, "text_wrap": True, "quote_prefix": True}),
            "moment": book.add_format({**base, "border": 1, "num_format": "hh:mm dd/mm/yyyy", "align": "left"}),
            "rate": book.add_format({**base, "border": 1, "num_format": "0.00%"}),
            "line": book.add_format(base),
        }
        for sheet in sheets:
            _write(book.add_worksheet(sheet.name), sheet, styles)
    return target.getvalue()


def _write(page: "Worksheet", sheet: Sheet, styles: "dict[str, Format]") -> None:
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.write_string(0, 0, sheet.title, styles["title"])
    for column, (head, width) in enumerate(zip(sheet.heads, sheet.widths, strict=True)):
        page.set_column(column, column, width)
        page.write_string(2, column, head, styles["head"])
    page.repeat_rows(2)
    page.freeze_panes(3, 0)
    for row, cells in enumerate(sheet.rows, 3):
        for column, cell in enumerate(cells):
            _put(page, row, column, cell, styles)
    for row, line in enumerate(sheet.closing, 4 + len(sheet.rows)):
        page.write_string(row, 0, line, styles["line"])


def _put(page: "Worksheet", row: int, column: int, cell: Cell, styles: "dict[str, Format]") -> None:
    if isinstance(cell, str) and cell:
        # The quote prefix keeps it a text.
        page.write_string(row, column, cell, styles["quoted" if cell.startswith(FORMULA_SIGNS) else "cell"])
    elif isinstance(cell, datetime):
        page.write_datetime(row, column, cell, styles["moment"])
    elif isinstance(cell, float):
        page.write_number(row, column, cell, styles["rate"])
    elif isinstance(cell, int):
        page.write_number(row, column, cell, styles["cell"])
    else:
        page.write_blank(row, column, None, styles["cell"])
