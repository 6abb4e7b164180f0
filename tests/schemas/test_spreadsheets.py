"""Real files of every kind are read or refused with a reason; none of them harms the server."""

import datetime
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt
from xlwt.CompoundDoc import XlsDoc

from confsvc.domain.delegate_lists import SentSheet
from confsvc.domain.errors import Invalid
from confsvc.schemas import workbook_process
from confsvc.schemas.separated_text import decode_bytes
from confsvc.schemas.spreadsheets import Limits, check_length, read_spreadsheet
from confsvc.schemas.workbook_process import MOST_MERGED
from tests.workbooks import HEADER, locked_xlsx, saved, xls, xlsx

LIMITS = Limits(20_000, 200 * 2**20)
FILEPASS = struct.pack("<HHH", 0x2F, 2, 0)  # MS-XLS §2.4.117: what follows is encrypted


def reason(data: bytes, file_name: str = "list.xlsx", limits: Limits = LIMITS) -> tuple[str, str]:
    with pytest.raises(Invalid) as refusal:
        read_spreadsheet(data, file_name, limits)
    return refusal.value.field, refusal.value.reason


def test_cells_come_as_a_person_would_write_them() -> None:
    rows: list[list[Any]] = [
        [84901234567.0, 913123456, 1.5, True],
        [datetime.date(2023, 1, 16), datetime.datetime(2023, 1, 16, 14, 0), datetime.time(14, 30), "  x\r\ny "],  # noqa: DTZ001  # workbooks know no zone
    ]
    assert read_spreadsheet(xlsx(rows), "a.xlsx", LIMITS) == [
        SentSheet("Danh sách", [["84901234567", "913123456", "1.5", ""], ["16/01/2023", "16/01/2023 14:00", "14:30", "x\ny"]], [])
    ]


def test_rows_and_columns_keep_their_numbers() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["C3"], sheet["D5"] = "a", "b"
    assert [s.rows for s in read_spreadsheet(saved(book), "a.xlsx", LIMITS)] == [[[], [], ["", "", "a", ""], [], ["", "", "", "b"]]]


def test_merged_cells_are_told_in_both_formats() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["A3"] = "x", "y"
    sheet.merge_cells("A1:A2")
    old = xlwt.Workbook()
    page = old.add_sheet("Sheet")
    page.write_merge(0, 1, 0, 0, "x")
    page.write(2, 0, "y")
    file = io.BytesIO()
    old.save(file)
    for data in (saved(book), file.getvalue()):
        assert [s.merged for s in read_spreadsheet(data, "a", LIMITS)] == [[(0, 0, 1, 0)]]


def test_hidden_sheets_are_not_read() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "seen"
    hidden = book.create_sheet("Ẩn")
    hidden["A1"], hidden.sheet_state = "not seen", "hidden"
    assert [s.rows for s in read_spreadsheet(saved(book), "a.xlsx", LIMITS)] == [[["seen"]]]


def test_old_workbook_is_read() -> None:
    assert read_spreadsheet(xls([HEADER, [1, "Nguyễn Văn An", "", "", 913123456]]), "a.xls", LIMITS)[0].rows == [
        HEADER,
        ["1", "Nguyễn Văn An", "", "", "913123456", "", ""],
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_separated_text_is_read_in_any_encoding(encoding: str, delimiter: str) -> None:
    lines = [["Họ và tên", "Đơn vị"], ["Nguyễn Văn Đức", "Sở Nội vụ"], ["Lê Hà", f'"Sở {delimiter} phòng"']]
    text = "\r\n".join(delimiter.join(line) for line in lines) + "\r\n\r\n"
    expected = [lines[0], lines[1], ["Lê Hà", f"Sở {delimiter} phòng"]]
    assert read_spreadsheet(text.encode(encoding), "a.csv", LIMITS) == [SentSheet("", expected, [])]


def test_line_that_names_the_separator_is_obeyed() -> None:
    assert read_spreadsheet(b"sep=;\r\na,b;c\r\n", "a.csv", LIMITS)[0].rows == [[], ["a,b", "c"]]


def test_bytes_of_an_old_code_page_become_one_character_each() -> None:
    assert decode_bytes(bytes(range(0xA0, 0x100))) == bytes(range(0xA0, 0x100)).decode("cp1252")
    assert decode_bytes(b"\xff\x81") == "ÿ\x81"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"hello", "list.xlsx"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "list.xls"),
        (b"%PDF-1.7\n", "list.pdf"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "list.csv"),
        (b"PK\x03\x04 and nothing else", "list.xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000, "list.xls"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes, name: str) -> None:
    assert reason(data, name) == ("file", "file_not_a_list")


def test_archive_that_is_no_workbook_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    assert reason(file.getvalue()) == ("file", "file_not_a_list")


@pytest.mark.parametrize("data", [b"", xlsx([]), xlsx([[None, " "]])])
def test_empty_file_is_refused(data: bytes) -> None:
    assert reason(data) == ("file", "file_empty")


def test_locked_workbook_is_refused() -> None:
    assert reason(locked_xlsx([HEADER])) == ("file", "file_locked")


def test_locked_old_workbook_is_refused() -> None:
    book = xlwt.Workbook()
    book.add_sheet("a").write(0, 0, "x")
    stream = book.get_biff_data()
    beginning = 4 + struct.unpack("<H", stream[2:4])[0]
    file = io.BytesIO()
    XlsDoc().save(file, stream[:beginning] + FILEPASS + stream[beginning:])
    assert reason(file.getvalue(), "a.xls") == ("file", "file_locked")


def test_hundred_thousand_rows_are_too_many(tmp_path: Path) -> None:
    path = tmp_path / "long.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for number in range(1, 100_001):
            sheet.write_row(number, 0, [number, f"Nguyễn Văn {number}", "", "Sở Nội vụ"])
    sheets = read_spreadsheet(path.read_bytes(), "long.xlsx", LIMITS)
    assert [len(sheet.rows) for sheet in sheets] == [20_001]
    with pytest.raises(Invalid) as refusal:
        check_length(sheets, LIMITS)
    assert (refusal.value.reason, refusal.value.values) == ("file_too_many_rows", {"most": 20_000})


def test_length_is_counted_exactly() -> None:
    sheets = read_spreadsheet(xlsx([["a"]] * 10), "a.xlsx", Limits(10, LIMITS.max_unzipped_bytes))
    check_length(sheets, Limits(10, 1))
    with pytest.raises(Invalid):
        check_length(sheets, Limits(9, 1))


def bomb(claimed_size: int | None) -> bytes:
    """A workbook with a member of 64 MiB of blanks; with `claimed_size` its headers lie about that."""
    file = io.BytesIO(xlsx([HEADER]))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", b" " * 2**26)
    data = file.getvalue()
    if claimed_size is None:
        return data
    true = struct.pack("<I", 2**26)
    assert data.count(true) == 2
    return data.replace(true, struct.pack("<I", claimed_size))


@pytest.mark.parametrize("claimed_size", [None, 10])
def test_zip_bomb_is_refused_whatever_its_headers_say(claimed_size: int | None) -> None:
    assert reason(bomb(claimed_size), limits=Limits(20_000, 2**25)) == ("file", "file_unpacks_too_large")


def test_members_are_counted_together() -> None:
    file = io.BytesIO(xlsx([HEADER]))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        for number in range(40):
            archive.writestr(f"xl/media/{number}.bin", b"\0" * 2**20)
    assert reason(file.getvalue(), limits=Limits(20_000, 2**25)) == ("file", "file_unpacks_too_large")


def test_broken_compressed_data_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"x" * 1000)
    packed = zlib.compress(b"x" * 1000, 6)[2:-4]
    data = file.getvalue()
    assert packed in data
    assert reason(data.replace(packed, b"\xff" * len(packed))) == ("file", "file_not_a_list")


def test_cell_in_the_farthest_corner_ends_the_reader_not_the_server() -> None:
    assert reason(xlsx_with(("A1", "x"), ("XFD1048576", "y"))) == ("file", "file_unpacks_too_large")


def test_stray_cell_far_below_makes_too_many_rows() -> None:
    sheets = read_spreadsheet(xlsx_with(("A1", "x"), ("A1048576", "y")), "a.xlsx", LIMITS)
    assert [len(sheet.rows) for sheet in sheets] == [20_001]


def test_stray_blank_far_below_does_no_harm() -> None:
    assert [s.rows for s in read_spreadsheet(xlsx_with(("A1", "x"), ("A1048576", " ")), "a.xlsx", LIMITS)] == [[["x"]]]


def sheets_of(columns: int, rows: int, sheets: int, text: str) -> bytes:
    """A workbook in which every cell says the same; small, because the text is kept once."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        for _ in range(sheets):
            sheet = book.add_worksheet()
            for row in range(rows):
                for column in range(columns):
                    sheet.write_string(row, column, text)
    return file.getvalue()


def test_small_file_of_endless_text_is_refused() -> None:
    data = sheets_of(50, 210, 1, "ế" * 2000)
    assert len(data) < 2**17
    assert reason(data) == ("file", "file_unpacks_too_large")


@pytest.mark.parametrize(
    ("data", "weight"),
    [
        (lambda: sheets_of(3, 4, 1, "xyz"), 4 * (20 + 3 * (3 + 8))),
        (lambda: sheets_of(3, 4, 5, "xyz"), 5 * 4 * (20 + 3 * (3 + 8))),
        (lambda: xlsx_with(("C3", "x")), 3 * 20 + 2 + 9),
        (lambda: xlsx_with(("A1", "x"), ("A1048576", "y")), 21 * 20 + 9),
    ],
)
def test_rows_and_cells_weigh_as_well_as_text(monkeypatch: pytest.MonkeyPatch, data: Callable[[], bytes], weight: int) -> None:
    monkeypatch.setattr(workbook_process, "MOST_WEIGHT", weight)
    assert workbook_process.read_workbook(data(), max_rows=20, max_unzipped_bytes=2**20)
    monkeypatch.setattr(workbook_process, "MOST_WEIGHT", weight - 1)
    with pytest.raises(workbook_process.Refused, match="file_unpacks_too_large"):
        workbook_process.read_workbook(data(), max_rows=20, max_unzipped_bytes=2**20)


def test_as_much_as_a_long_list_holds_is_read() -> None:
    [sheet] = read_spreadsheet(sheets_of(9, 5000, 1, "Nguyễn Thị Thu Hương " * 10), "a.xlsx", LIMITS)
    assert (len(sheet.rows), {len(row) for row in sheet.rows}) == (5000, {9})


def test_text_comes_out_of_the_process_as_it_was() -> None:
    text = r'Đặng "Quốc" \ 𝄞 ế '
    assert read_spreadsheet(xlsx([[text]]), "a.xlsx", LIMITS)[0].rows == [[text]]


def test_merged_ranges_end_where_the_sheet_does() -> None:
    data = merged_in_hand(["A2:XFD1048576", "B1048000:C1048576", "DA1:DB9"])
    assert [s.merged for s in read_spreadsheet(data, "a.xlsx", LIMITS)] == [[(1, 0, 1, 99)]]


def test_merged_ranges_are_so_many_at_most() -> None:
    spans = [f"A{n}:A{n + 1}" for n in range(1, 2 * MOST_MERGED + 200, 2)]
    [sheet] = read_spreadsheet(merged_in_hand(spans, rows=3 * MOST_MERGED), "a.xlsx", Limits(10**6, 2**30))
    assert len(sheet.merged) == MOST_MERGED


def merged_in_hand(spans: Sequence[str], rows: int = 2) -> bytes:
    """A workbook of `rows` rows with these merged ranges, written as text: a library would refuse or fill them."""
    data = xlsx([["x"]] * rows)
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("sheet1.xml"):
                cells = "".join(f'<mergeCell ref="{span}"/>' for span in spans).encode()
                content = content.replace(b"</sheetData>", b"</sheetData><mergeCells>" + cells + b"</mergeCells>")
            target.writestr(name, content)
    return file.getvalue()


def xlsx_with(*cells: tuple[str, str]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for place, text in cells:
        sheet[place] = text
    return saved(book)
