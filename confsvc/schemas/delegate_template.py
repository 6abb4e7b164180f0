"""The empty list an office may fill in: an .xlsx whose columns an import knows."""

import io
from collections.abc import Sequence

WIDTHS = {"number": 6, "full_name": 28, "position": 28, "unit": 36, "site": 28, "phone": 18, "email": 28, "note": 28}
FILLABLE_ROWS = 1000


def write_template(headings: Sequence[tuple[str, str]], *, units: Sequence[str], units_title: str, list_title: str) -> bytes:
    """A workbook with these headings (field, text); units already invited can be picked from a second sheet."""
    import xlsxwriter  # noqa: PLC0415  # comes with the first workbook that is written

    from confsvc.schemas.attendance_workbook_process import plain  # noqa: PLC0415  # as above

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        head = book.add_format({"bold": True, "border": 1, "bg_color": "#E3EEFA", "valign": "vcenter"})
        text = book.add_format({"num_format": "@"})  # keeps the first 0 of a phone number
        page, choices = book.add_worksheet(list_title), book.add_worksheet(units_title)
        page.freeze_panes(1, 0)
        for column, (field, heading) in enumerate(headings):
            page.set_column(column, column, WIDTHS[field], None if field == "number" else text)
            page.write_string(0, column, heading, head)
            if field == "unit" and units:
                source = f"='{units_title}'!$A$2:$A${len(units) + 1}"
                page.data_validation(1, column, FILLABLE_ROWS, column, {"validate": "list", "source": source, "error_type": "warning"})
        choices.set_column(0, 0, 60)
        choices.write_string(0, 0, units_title, head)
        for row, name in enumerate(units, start=1):
            choices.write_string(row, 0, plain(name), text)
    return file.getvalue()
