"""Lists of units as CSV: read in the code pages offices use, written so that Excel and `read_units` get them right."""

import csv
import io
from collections.abc import Iterable

from confsvc.domain.errors import Invalid
from confsvc.domain.text import clean, fold
from confsvc.domain.unit_rows import UnitRow
from confsvc.schemas.formulas import FORMULA_SIGNS

COLUMNS = ("code", "name", "kind", "parent")
# Folded names a header may use, for each column.
HEADS = {
    "code": ("code", "ma", "ma don vi"),
    "name": ("name", "ten", "ten don vi", "don vi"),
    "kind": ("kind", "loai", "loai don vi"),
    "parent": ("parent", "cap tren", "ma cap tren", "don vi cap tren"),
}
MAX_BYTES = 4 * 2**20
MAX_ROWS = 20_000
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read_units(data: bytes) -> list[UnitRow]:
    """The lines of a list, numbered as an editor numbers them; empty lines and other columns are left out.

    Raises Invalid on `file`: empty, a workbook or other bytes, too long, or a header without the four columns.
    """
    if len(data) > MAX_BYTES:
        raise Invalid("file", "list_too_large", megabytes=MAX_BYTES // 2**20)
    text = _decode(data)
    if not text.strip():
        raise Invalid("file", "list_empty")
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    rows: list[UnitRow] = []
    try:
        places = _places(next(reader))
        begins = reader.line_num + 1
        for cells in reader:
            values = {column: _cell(cells, place) for column, place in places.items()}
            if any(values.values()):
                rows.append(UnitRow(begins, **values))
            begins = reader.line_num + 1
            if len(rows) > MAX_ROWS:
                raise Invalid("file", "list_too_long", most=MAX_ROWS)
    except csv.Error as error:
        raise Invalid("file", "list_broken", line=reader.line_num) from error
    return rows


def write_units(rows: Iterable[UnitRow]) -> bytes:
    """UTF-8 with a byte order mark; a cell that a spreadsheet would compute is shown as text by an apostrophe in front."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([_shown(row.code), _shown(row.name), _shown(row.kind), _shown(row.parent)] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _decode(data: bytes) -> str:
    if data.startswith(WORKBOOKS):
        raise Invalid("file", "list_is_workbook")
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1258"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Invalid("file", "list_not_text")


def _places(header: list[str]) -> dict[str, int]:
    heads = [fold(head) for head in header]
    places = {column: heads.index(name) for column, names in HEADS.items() for name in reversed(names) if name in heads}
    missing = [column for column in COLUMNS if column not in places]
    if missing:
        raise Invalid("file", "list_header", missing=", ".join(missing), columns=", ".join(COLUMNS))
    return places


def _cell(cells: list[str], place: int) -> str:
    text = clean(cells[place]) if place < len(cells) else ""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA_SIGNS) else text


def _shown(text: str) -> str:
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_SIGNS) else text
