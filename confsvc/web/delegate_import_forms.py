"""The forms of an import: the file, and how it is to be read."""

from collections.abc import Sequence

from flask import request
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired

from confsvc.domain.delegate_lists import SentSheet
from confsvc.models import DelegateImport
from confsvc.schemas.delegate_sheet import Reading
from confsvc.schemas.legacy_text import decode_cell
from confsvc.schemas.sheet_header import HEADER_ROWS
from confsvc.web.delegate_import_texts import ENCODINGS, FIELDS
from confsvc.web.fields import Choice, IdChoice, Number
from confsvc.web.forms import REQUIRED, Form

SAMPLES = 3
IGNORED = ""


class UploadForm(Form):
    file = FileField(_("List of delegates"), [FileRequired(REQUIRED)])


class ReadingForm(Form):
    """Sheet, encoding and header row; the columns are fields of their own, `column-0` and so on."""

    sheet = IdChoice(_("Sheet"))
    encoding = Choice(_("Encoding of the text"), choices=list(ENCODINGS.items()))
    header_row = Number(_("Row of the header"))

    def offer(self, sheets: Sequence[SentSheet]) -> None:
        self.sheet.choices = [(number, sheet.name or "1") for number, sheet in enumerate(sheets)]

    def reading(self, staged: DelegateImport) -> Reading:
        """What was asked for; columns count only for the sheet, encoding and header they were shown for."""
        sheet, header_row = self.sheet.data or 0, (self.header_row.data or 0) - 1
        same = (sheet, self.encoding.data, header_row) == (staged.sheet, staged.encoding, staged.header_row)
        if sheet != staged.sheet and header_row == staged.header_row:
            return Reading(sheet, self.encoding.data)
        return Reading(sheet, self.encoding.data, header_row, chosen_columns() if same else None)


def chosen_columns() -> dict[str, int]:
    """Field → column as chosen; of two columns for one field the first."""
    columns: dict[str, int] = {}
    for key, field in request.form.items():
        number = key.removeprefix("column-")
        if key.startswith("column-") and number.isascii() and number.isdigit() and len(number) < 4 and field in FIELDS:
            columns.setdefault(field, int(number))
    return columns


def column_samples(staged: DelegateImport, sheets: Sequence[SentSheet]) -> list[tuple[int, str, str, list[str]]]:
    """For each column its index, letters, the field it is read as, and what stands in its first rows from the header on."""
    rows = [[decode_cell(cell, staged.encoding) for cell in row] for row in sheets[staged.sheet].rows[: staged.header_row + HEADER_ROWS]]
    field_of = {column: field for field, column in staged.columns.items()}
    shown = rows[staged.header_row :]
    width = max((len(row) for row in shown), default=0)
    columns = [[row[column] for row in shown if column < len(row) and row[column]][: SAMPLES + 1] for column in range(width)]
    return [(column, letters(column), field_of.get(column, IGNORED), texts) for column, texts in enumerate(columns) if texts]


def letters(column: int) -> str:
    """A spreadsheet's name of a column: 0 is A, 26 is AA."""
    return (letters(column // 26 - 1) if column > 25 else "") + chr(ord("A") + column % 26)
