"""Real files as offices send them, for tests of every layer."""

import io
import unicodedata
from collections.abc import Sequence
from typing import Any

import openpyxl
import xlwt
from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl.styles import Font

from confsvc.schemas.legacy_text import TCVN3

HEADER = ["STT", "Họ và tên", "Chức vụ", "Đơn vị", "Điện thoại", "Email", "Ghi chú"]
Rows = Sequence[Sequence[Any]]


def xlsx(rows: Rows, *, sheets: dict[str, Rows] | None = None) -> bytes:
    """A workbook with these rows in its first sheet, and further sheets by name."""
    book = openpyxl.Workbook()
    for name, content in {"Danh sách": rows, **(sheets or {})}.items():
        sheet = book.create_sheet(name)
        for row in content:
            sheet.append(list(row))
    del book["Sheet"]
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xls(rows: Rows) -> bytes:
    """The same as an Excel 97-2003 file."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Sheet1")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def locked_xlsx(rows: Rows, password: str = "mat khau") -> bytes:
    """A workbook that asks for a password (agile encryption, MS-OFFCRYPTO §2.3.4.10)."""
    file = io.BytesIO()
    OOXMLFile(io.BytesIO(xlsx(rows))).encrypt(password, file)
    return file.getvalue()


def to_tcvn3(text: str) -> str:
    """What a workbook holds that was typed in an ABC font."""
    back = {letter: code for code, letter in TCVN3.items()}
    return "".join(back.get(c, c) for c in unicodedata.normalize("NFC", text))


def tcvn3_workbook(rows: Rows) -> bytes:
    """The rows as typed in .VnTime; header and all."""
    return xlsx([[to_tcvn3(cell) if isinstance(cell, str) else cell for cell in row] for row in rows])


# Names in the order of the messy workbook; those with an error are not among them.
MESSY_NAMES = (
    "Nguyễn Văn An",
    "Trần Thị Bích",
    "Đặng Quốc Đức",
    "Lê Thuỳ Dương",
    "Phạm Minh Châu",
    "Trương Công Thành",
    "Đoàn Thị Én",
    "Hoàng Văn Phúc",
    "K'Brông Ha",
    "Vũ Thị Út",
)
MESSY_ERRORS = ("Ngô Văn Lạc",)


def messy_workbook() -> bytes:
    """Title rows, header in row 6 over two name columns, merged units, section rows, eaten zeros, NFD, totals, signatures.

    Units: Sở Nội vụ, Sở Tư pháp and UBND huyện Tuy Phong are named; "Sở Nộivụ khác" is unknown. The sections name the
    main site and the site "Điểm cầu huyện Tuy Phong". 10 good rows (`MESSY_NAMES`), 1 wrong, 1 given twice.
    """
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Đại biểu"
    rows: Rows = [
        ["UBND TỈNH BÌNH THUẬN", None, None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        ["SỞ THÔNG TIN VÀ TRUYỀN THÔNG", None, None, None, "Độc lập - Tự do - Hạnh phúc"],
        [],
        ["DANH SÁCH ĐẠI BIỂU DỰ HỘI NGHỊ TỔNG KẾT NĂM 2022"],
        ["(Kèm theo Giấy mời số 05/GM-STTTT ngày 10 tháng 01 năm 2023)"],
        ["TT", "Họ đệm", "Tên", "Chức danh", "Cơ quan, đơn vị", "SĐT", "Thư điện tử", "Ghi chú"],
        ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)"],
        ["I", "Điểm cầu trung tâm"],
        [1, "Nguyễn Văn", "An", "Giám đốc", "Sở Nội vụ", 913123456, "an@example.org", None],
        [2, "Trần Thị", "Bích", "Phó Giám đốc", None, "0913 123 457 / 0252 3822 123", None, "Đến sau 30 phút"],
        [3, unicodedata.normalize("NFD", "Đặng Quốc"), unicodedata.normalize("NFD", "Đức"), "Chuyên viên", None, 84913123458.0, None, None],
        [4, "Lê Thuỳ", "Dương", "Giám đốc", "Sở Tư pháp", "0913.123.459", None, None],
        [5, "Phạm Minh", "Châu", "Chánh Văn phòng", "SỞ TƯ PHÁP", None, None, None],
        [6, "Ngô Văn", "Lạc", "Chuyên viên", "Sở Nộivụ khác", None, None, None],
        [None, "Tổng cộng: 06 đại biểu"],
        [],
        ["II", "Điểm cầu huyện Tuy Phong"],
        [1, "Trương Công", "Thành", "Chủ tịch", "UBND huyện Tuy Phong", "913123461", None, None],
        [2, "Đoàn Thị", "Én", "Phó Chủ tịch", None, "913123462", None, None],
        [3, "Hoàng Văn", "Phúc", "Chuyên viên", None, "12", None, None],
        [4, "K'Brông", "Ha", "Chuyên viên", None, None, "ha@", None],
        [5, "Vũ Thị", "Út", "Chuyên viên", None, None, None, "=HYPERLINK(\"https://example.org\")"],
        [6, "Vũ Thị", "Út", "Chuyên viên", None, None, None, None],
        ["Tổng cộng: 12 đại biểu./."],
        [],
        [None, None, None, None, "Bình Thuận, ngày 10 tháng 01 năm 2023"],
        [None, "NGƯỜI LẬP BIỂU", None, None, "KT. GIÁM ĐỐC"],
        [None, "(Ký, ghi rõ họ tên)", None, None, "PHÓ GIÁM ĐỐC"],
        [],
        [None, "Nguyễn Thị Lập", None, None, "Trần Văn Ký"],
    ]  # fmt: skip
    for row in rows:
        sheet.append(list(row))
    sheet["H22"].data_type = "s"
    sheet["A4"].font = Font(bold=True)
    for span in ("A4:H4", "A5:H5", "B8:H8", "E9:E11", "E18:E22", "B17:H17", "A24:H24"):
        sheet.merge_cells(span)
    return saved(book)
