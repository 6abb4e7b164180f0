"""A delegate list from the bytes of a file, or from its sheets read in another way."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from confsvc.domain.delegate_lists import FIELDS, SentList, SentSheet
from confsvc.domain.errors import Invalid
from confsvc.domain.text import clean
from confsvc.schemas.legacy_text import ENCODINGS, decode_cell, detect_encoding
from confsvc.schemas.sheet_header import find_header, names_people, read_header
from confsvc.schemas.sheet_rows import Layout, read_rows
from confsvc.schemas.spreadsheets import Limits, check_length, read_spreadsheet

FILE_NAME_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """How a list is to be read; None: as it seems right. `sheet` and `header_row` count from 0."""

    sheet: int = 0
    encoding: str | None = None
    header_row: int | None = None
    columns: Mapping[str, int] | None = None


def read_delegate_list(data: bytes, file_name: str, limits: Limits) -> SentList:
    """The list in a file, opened and understood at once; raises Invalid on `file`."""
    return understand(read_spreadsheet(data, file_name, limits), data, file_name, limits)


def understand(opened: Sequence[SentSheet], data: bytes, file_name: str, limits: Limits) -> SentList:
    """The list in the sheets of a file: of those with a header the first. Only computes, so it may run in a thread.

    Raises Invalid on `file`: no header in any sheet, too many rows.
    """
    listing = [sheet for sheet in opened if _has_header(sheet)]
    if not listing:
        raise Invalid("file", "file_without_header")
    check_length(listing, limits)
    digest = hashlib.sha256(data).hexdigest()
    return read_again(listing, file_name=clean(file_name)[-FILE_NAME_CHARACTERS:], file_digest=digest, reading=Reading())


def read_again(sheets: Sequence[SentSheet], *, file_name: str, file_digest: str, reading: Reading) -> SentList:
    """The same sheets, read as `reading` says; raises Invalid for a reading that is not possible."""
    if not 0 <= reading.sheet < len(sheets):
        raise Invalid("sheet", "not_a_choice")
    sheet = sheets[reading.sheet]
    encoding = reading.encoding or detect_encoding(cell for row in sheet.rows for cell in row)
    if encoding not in ENCODINGS:
        raise Invalid("encoding", "not_a_choice")
    rows = [[decode_cell(cell, encoding) for cell in row] for row in sheet.rows]
    layout = _layout(rows, reading)
    return SentList(
        file_name,
        file_digest,
        sheets,
        reading.sheet,
        encoding,
        layout.header_row,
        dict(layout.columns),
        read_rows(rows, sheet.merged, layout),
    )


def _layout(rows: Sequence[Sequence[str]], reading: Reading) -> Layout:
    if reading.header_row is None:
        found = find_header(rows)
        if found is None:
            raise Invalid("header_row", "file_without_header")
        header_row, columns = found
    elif 0 <= reading.header_row < len(rows):
        header_row, columns = reading.header_row, read_header(rows, reading.header_row)
    else:
        raise Invalid("header_row", "not_a_choice")
    columns = dict(reading.columns) if reading.columns is not None else columns
    if not names_people(columns) or not set(columns) <= set(FIELDS):
        raise Invalid("columns", "columns_without_name")
    return Layout(header_row, columns)


def _has_header(sheet: SentSheet) -> bool:
    encoding = detect_encoding(cell for row in sheet.rows for cell in row)
    return find_header([[decode_cell(cell, encoding) for cell in row] for row in sheet.rows[:70]]) is not None
