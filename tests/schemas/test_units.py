"""Lists of units as CSV."""

import csv
import io

import pytest

from confsvc.domain.errors import Invalid
from confsvc.domain.unit_rows import UnitRow
from confsvc.paths import PACKAGE
from confsvc.schemas.units import MAX_BYTES, MAX_ROWS, read_units, write_units

LINES = "code,name,kind,parent\nA,Tỉnh Đắk Lắk,tỉnh,\nA-1,Xã Ea Kar,xã,A\n"
ROWS = [UnitRow(2, "A", "Tỉnh Đắk Lắk", "tỉnh", ""), UnitRow(3, "A-1", "Xã Ea Kar", "xã", "A")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read(encoding: str) -> None:
    assert read_units(LINES.encode(encoding)) == ROWS


def test_the_vietnamese_code_page_is_read() -> None:
    # Windows-1258 writes most tones as marks of their own.
    data = LINES.replace("ỉ", "i\u0309").replace("ắ", "ă\u0301").replace("ã", "a\u0303").encode("cp1258")
    assert read_units(data) == ROWS


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_separators_are_read(delimiter: str) -> None:
    assert read_units(LINES.replace(",", delimiter).encode()) == ROWS


def test_columns_may_be_vietnamese_in_any_order_beside_others() -> None:
    text = "STT,Cấp trên,LOẠI,Tên đơn vị,Mã\r\n1,,tỉnh,Tỉnh A,A\r\n\r\n,,,,\r\n2,A,xã,Xã B,B\r\n"
    assert read_units(text.encode()) == [UnitRow(2, "A", "Tỉnh A", "tỉnh", ""), UnitRow(5, "B", "Xã B", "xã", "A")]


def test_lines_are_numbered_as_an_editor_numbers_them() -> None:
    text = 'code,name,kind,parent\nA,"Tỉnh\nA",tỉnh,\nB,Xã,"sở, ban",A\nC\n'
    assert read_units(text.encode()) == [UnitRow(2, "A", "Tỉnh A", "tỉnh", ""), UnitRow(4, "B", "Xã", "sở, ban", "A"), UnitRow(5, "C", "", "", "")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "list_empty"),
        (b"\xef\xbb\xbf \r\n", "list_empty"),
        (b"PK\x03\x04rest", "list_is_workbook"),
        (b"\xd0\xcf\x11\xe0rest", "list_is_workbook"),
        (b"code,name\0kind", "list_not_text"),
        (b"\xff\xfea", "list_not_text"),
        ("tên,mã,loại\nA,B,C".encode(), "list_header"),
        (b"A,B,C,D\n", "list_header"),
        (b'code,name,kind,parent\nA,"B"x,C,D\n', "list_broken"),
        (b'code,name,kind,parent\nA,"B,C,D\n', "list_broken"),
        (b"x" * (MAX_BYTES + 1), "list_too_large"),
        (b"code,name,kind,parent\n" + b"A,B,,\n" * (MAX_ROWS + 1), "list_too_long"),
        (b"code,name,kind,parent\n" + b"A," + b"x" * 200_000, "list_broken"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_units(data)
    assert (caught.value.field, caught.value.reason) == ("file", reason)


def test_what_is_written_opens_in_excel_and_is_read_back() -> None:
    rows = [
        UnitRow(2, "=1+1", "@SUM(A1)", "-x", ""),
        UnitRow(3, "'=q", '+HYPERLINK("x")', "<script>", "=1+1"),
        UnitRow(4, "B'Lao", "'Đ\"ức", "", "'=q"),
    ]
    data = write_units(rows)
    assert data.startswith(b"\xef\xbb\xbf")
    cells = [cell for line in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) for cell in line]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    assert read_units(data) == rows


@pytest.mark.parametrize(("name", "count"), [("units-binh-thuan-2023.csv", 37), ("units-lam-dong-2025.csv", 125)])
def test_real_lists_are_read(name: str, count: int) -> None:
    path = PACKAGE / "data" / name
    rows = read_units(path.read_bytes())
    assert len(rows) == count
    assert {row.parent for row in rows} - {row.code for row in rows} == {""}
