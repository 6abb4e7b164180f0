"""The empty list: whatever a unit is called, the file can be read and the name chosen."""

from io import BytesIO

from openpyxl import load_workbook

from confsvc.schemas.delegate_template import write_template


def test_every_name_of_a_unit_is_a_text() -> None:
    names = ["Sở Nội vụ", "=1+1", "<r>A & B</r>", "<b>x</b>"]
    file = write_template([("number", "STT"), ("unit", "Đơn vị")], units=names, units_title="Đơn vị được mời", list_title="Danh sách")
    cells = [row[0] for row in load_workbook(BytesIO(file))["Đơn vị được mời"].iter_rows(min_row=2)]
    assert [(str(cell.value).strip(), cell.data_type) for cell in cells] == [(name, "s") for name in names]
