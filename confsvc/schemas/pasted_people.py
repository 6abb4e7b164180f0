"""People whom somebody pastes from a spreadsheet or types line by line: cells between tabs, with a header or without one."""

import csv
import io
from collections import Counter
from collections.abc import Sequence

from confsvc.domain.contacts import normal_phone
from confsvc.domain.delegate_lists import ListRow
from confsvc.domain.delegate_ranks import infer_rank, named_rank
from confsvc.domain.errors import Invalid
from confsvc.domain.registration_people import PersonEntry
from confsvc.domain.text import clean
from confsvc.schemas.legacy_text import decode_cell, detect_encoding
from confsvc.schemas.separated_text import MOST_CELL_CHARACTERS, MOST_COLUMNS
from confsvc.schemas.sheet_header import find_header
from confsvc.schemas.sheet_rows import Layout, read_rows

PASTE_MAX_CHARACTERS = 200_000
# Of a paste that is longer somebody has taken the wrong list.
PASTE_MAX_ROWS = 500
_NO_HEADER = -1


def read_pasted(text: str, unit_name: str) -> list[PersonEntry]:
    """The people in the text, in order; headings, totals and empty lines name nobody. Only computes.

    A rank that is not said follows from the position in the unit of this name. Raises Invalid `rows` for too many lines, or none.
    """
    if len(text) > PASTE_MAX_CHARACTERS:
        raise Invalid("pasted", "too_long")
    rows = [[cell.strip()[:MOST_CELL_CHARACTERS] for cell in row[:MOST_COLUMNS]] for row in _cells(text)]
    encoding = detect_encoding(cell for row in rows for cell in row)
    rows = [[decode_cell(cell, encoding) for cell in row] for row in rows if any(row)]
    if len(rows) > PASTE_MAX_ROWS:
        raise Invalid("pasted", "list_too_long", most=PASTE_MAX_ROWS)
    header = find_header(rows)
    layout = Layout(*header) if header else Layout(_NO_HEADER, _guess(rows))
    people = [_person(row, unit_name) for row in read_rows(rows, [], layout) if row.kind == "data"]
    if not people:
        raise Invalid("pasted", "nobody_named")
    return people


def _cells(text: str) -> list[list[str]]:
    # What Excel puts into the clipboard: tabs between cells, cells with line ends in quotation marks. Else people type commas or semicolons.
    delimiter = next((mark for mark in "\t;,|" if mark in text), "\t")
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise Invalid("pasted", "file_not_a_list") from error


def _guess(rows: Sequence[Sequence[str]]) -> dict[str, int]:
    """Which column holds what where no header says so: numbers, telephones, addresses and ranks are known by their looks, then names come before positions."""
    columns: dict[str, int] = {}
    texts = []
    for column in range(max((len(row) for row in rows), default=0)):
        looks = Counter(_look(row[column]) for row in rows if column < len(row) and clean(row[column]))
        look = looks.most_common(1)[0][0] if looks else ""
        if look == "text":
            texts.append(column)
        elif look:
            columns.setdefault(look, column)
    return columns | dict(zip(("full_name", "position", "note"), texts, strict=False))


def _look(cell: str) -> str:
    """What a cell seems to be: `number` counts the rows."""
    text = clean(cell)
    if text.rstrip(".").isdecimal() and len(text) < 4:
        return "number"
    if "@" in text:
        return "email"
    if named_rank(text):
        return "rank"
    try:
        return "phone" if normal_phone(text) else "text"
    except Invalid:
        return "text"


def _person(row: ListRow, unit_name: str) -> PersonEntry:
    rank = named_rank(row.rank) or infer_rank(row.position, unit_name)
    return PersonEntry(row.full_name, row.position, rank, row.phone, row.email)
