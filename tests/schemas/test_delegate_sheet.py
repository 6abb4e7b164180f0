"""Headers are found, columns understood, and every row of a list is accounted for."""

import unicodedata
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confsvc.domain.delegate_lists import ROW_KINDS, ListRow, SentSheet, pack, unpack
from confsvc.domain.errors import Invalid
from confsvc.schemas.delegate_sheet import Reading, read_again, read_delegate_list
from confsvc.schemas.sheet_header import field_of, find_header
from confsvc.schemas.sheet_rows import Layout, read_rows
from confsvc.schemas.spreadsheets import Limits
from tests.workbooks import HEADER, MESSY_NAMES, messy_workbook, tcvn3_workbook, xls, xlsx

LIMITS = Limits(20_000, 200 * 2**20)
Rows = list[list[str]]


def kinds(rows: Rows, columns: dict[str, int] | None = None) -> list[str]:
    """What each row of a list is, whose first row is the header."""
    found = find_header(rows)
    assert found is not None
    return [row.kind for row in read_rows(rows, [], Layout(found[0], columns or found[1]))]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("STT", "number"),
        ("TT", "number"),
        ("Họ và tên", "full_name"),
        ("HỌ TÊN", "full_name"),
        ("Họ và tên (chữ in hoa)", "full_name"),
        (unicodedata.normalize("NFD", "Họ và tên đại biểu"), "full_name"),
        ("Họ đệm", "family_name"),
        ("Họ và tên đệm", "family_name"),
        ("Tên", "given_name"),
        ("Chức vụ", "position"),
        ("Chức danh", "position"),
        ("Chức vụ, đơn vị công tác", "position"),
        ("Đơn vị", "unit"),
        ("Cơ quan/Đơn vị công tác", "unit"),
        ("Điểm cầu", "site"),
        ("Điện thoại", "phone"),
        ("SĐT", "phone"),
        ("ĐT", "phone"),
        ("Số điện thoại di động", "phone"),
        ("Di động", "phone"),
        ("E-mail", "email"),
        ("Thư điện tử", "email"),
        ("Ghi chú", "note"),
        ("Nguyễn Văn An", None),
        ("Tên cơ quan", None),
        ("Danh sách đại biểu dự hội nghị", None),
        ("", None),
    ],
)
def test_headings_are_known_however_they_are_written(heading: str, field: str | None) -> None:
    assert field_of(heading) == field


@pytest.mark.parametrize("above", [0, 1, 5, 14])
def test_header_is_found_in_the_first_fifteen_rows(above: int) -> None:
    rows = [["DANH SÁCH ĐẠI BIỂU"]] * above + [HEADER]
    assert find_header(rows) == (above, {"number": 0, "full_name": 1, "position": 2, "unit": 3, "phone": 4, "email": 5, "note": 6})


@pytest.mark.parametrize("rows", [[["a"]] * 15 + [HEADER], [["Họ và tên"]], [["Đơn vị", "Ghi chú"]], [[]], []])
def test_no_header_is_found_where_none_is(rows: Rows) -> None:
    assert find_header(rows) is None


def test_header_of_two_lines_is_read_as_one() -> None:
    rows = [
        ["STT", "Họ và tên", "", "Chức vụ", "Liên hệ", ""],
        ["", "Họ đệm", "Tên", "", "Điện thoại", "Email"],
        ["1", "Nguyễn Văn", "An", "", "0913123456", "a@example.org"],
    ]
    found = find_header(rows)
    assert found == (0, {"number": 0, "position": 3, "family_name": 1, "given_name": 2, "phone": 4, "email": 5})
    assert [(row.kind, row.full_name) for row in read_rows(rows, [], Layout(*found))] == [("header", ""), ("header", ""), ("data", "Nguyễn Văn An")]


def test_one_heading_over_two_columns_of_names() -> None:
    rows = [["TT", "Họ và tên", "", "Đơn vị"], ["1", "Nguyễn Văn", "An", "Sở Nội vụ"], ["2", "Trần Thị", "Bích", "Sở Nội vụ"]]
    assert find_header(rows) == (0, {"number": 0, "family_name": 1, "given_name": 2, "unit": 3})


def test_empty_column_after_the_name_is_no_given_name() -> None:
    rows = [["TT", "Họ và tên", "", "Đơn vị"], ["1", "Nguyễn Văn An", "", "Sở Nội vụ"]]
    assert find_header(rows) == (0, {"number": 0, "full_name": 1, "unit": 3})


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (["1", "Nguyễn Văn An", "Giám đốc", "Sở Nội vụ"], "data"),
        (["", "Nguyễn Văn An", "Giám đốc", "Sở Nội vụ"], "data"),
        (["", "Nguyễn Văn An", "", ""], "data"),
        (["1", "", "Giám đốc", "Sở Nội vụ"], "data"),
        (["7", "Tống Công Sơn", "", ""], "data"),
        (["", "Tống Công Sơn", "", ""], "data"),
        (["", "Trương Văn An", "", ""], "data"),
        (["", "Đoàn Thị Én", "", ""], "data"),
        (["", "Lê Văn An", "Thủ trưởng đơn vị", ""], "data"),
        (["", "A Lăng Thị B", "", ""], "data"),
        (["", "Đ/c Nguyễn Văn An", "", ""], "data"),
        (["I", "Điểm cầu tỉnh", "", ""], "section"),
        (["I. Điểm cầu tỉnh", "", "", ""], "section"),
        (["", "II. Các huyện", "", ""], "section"),
        (["A", "Khối Đảng", "", "12"], "section"),
        (["", "Sở Nội vụ", "", ""], "section"),
        (["Sở Nội vụ", "", "", ""], "section"),
        (["", "Trường THPT Chuyên", "", ""], "section"),
        (["Tổng cộng: 25 đại biểu", "", "", ""], "total"),
        (["", "Tổng số", "25", ""], "total"),
        (["", "Cộng", "", "25"], "total"),
        (["", "TONG CONG: 25", "", ""], "total"),
        (["Danh sách này có 25 người./.", "", "", ""], "total"),
        (["", "", "", "Bình Thuận, ngày 10 tháng 01 năm 2023"], "signature"),
        (["", "NGƯỜI LẬP BIỂU", "", "THỦ TRƯỞNG ĐƠN VỊ"], "signature"),
        (["", "", "", "KT. GIÁM ĐỐC"], "signature"),
        (["", "(Ký, ghi rõ họ tên)", "", ""], "signature"),
        (["Nơi nhận:", "", "", ""], "signature"),
        (["12", "", "", ""], "blank"),
        (["", "", "", ""], "blank"),
        ([], "blank"),
        (["STT", "Họ và tên", "Chức vụ", "Đơn vị"], "header"),
    ],
)
def test_row_below_the_header_is_what_it_looks_like(row: list[str], kind: str) -> None:
    assert kinds([["TT", "Họ và tên", "Chức vụ", "Đơn vị"], ["1", "Lê Văn Đầu", "", "Sở Y tế"], ["2", "Lê Văn Hai", "", "Sở Y tế"], row])[3] == kind


def test_signatures_end_the_list_and_numbered_people_begin_it_again() -> None:
    rows = [
        ["TT", "Họ và tên", "Chức vụ"],
        ["1", "Lê Văn Đầu", "Chuyên viên"],
        ["", "", "GIÁM ĐỐC SỞ"],
        ["", "NGƯỜI LẬP", "KT. GIÁM ĐỐC"],
        [],
        ["", "Trần Văn Ký", "Lê Thị Duyệt"],
        ["2", "Lê Văn Hai", "Chuyên viên"],
        ["", "Lê Văn Ba", "Chuyên viên"],
    ]
    assert kinds(rows) == ["header", "data", "data", "signature", "blank", "signature", "data", "data"]


def test_numbers_under_the_header_belong_to_it() -> None:
    assert kinds([["TT", "Họ và tên", "Đơn vị"], ["(1)", "(2)", "(3)"], ["1", "An", "Sở Y tế"]]) == ["header", "header", "data"]
    assert kinds([["TT", "Họ và tên", "Đơn vị"], ["A", "B", "1"], ["1", "An", "Sở Y tế"]]) == ["header", "header", "data"]


def test_merged_unit_is_filled_down_and_an_empty_one_is_inherited() -> None:
    rows = [["TT", "Họ và tên", "Đơn vị"], ["1", "An", "Sở Y tế"], ["2", "Bình", ""], ["3", "Chi", ""], ["", "Khối khác", ""], ["4", "Dung", ""]]
    read = read_rows(rows, [(1, 2, 2, 2)], Layout(0, {"number": 0, "full_name": 1, "unit": 2}))
    assert [(row.kind, row.unit, row.unit_above) for row in read] == [
        ("header", "", False),
        ("data", "Sở Y tế", False),
        ("data", "Sở Y tế", False),
        ("data", "Sở Y tế", True),
        ("section", "", False),
        ("data", "", False),
    ]


def test_each_cell_is_filled_once_however_many_ranges_overlap() -> None:
    rows = [["TT", "Họ và tên", "Đơn vị"], ["1", "An", "Sở Y tế"], *[["2", "Bình", ""] for _ in range(30_000)]]
    beyond = [(1, 5, 30_000, 9), (40_000, 2, 50_000, 2), (0, 2, 9, 2)]
    started = process_time()
    read = read_rows(rows, [*[(1, 2, 30_000, 2)] * 20_000, *beyond], Layout(0, {"number": 0, "full_name": 1, "unit": 2}))
    assert {row.unit for row in read[1:-1]} == {"Sở Y tế"}
    assert process_time() - started < 30


@pytest.mark.parametrize(
    ("typed", "phone", "further"),
    [
        ("913123456", "+84913123456", ""),
        ("84913123456", "+84913123456", ""),
        ("0913.123.456", "+84913123456", ""),
        ("0252.3822 123", "+842523822123", ""),
        ("0913123456\n0252 3822 123", "+84913123456", "0252 3822 123"),
        ("0913123456 / 0252 3822 123", "+84913123456", "0252 3822 123"),
        ("8.49E+10", "", ""),
        ("không có", "", ""),
    ],
)
def test_phones_are_put_right_where_that_is_certain(typed: str, phone: str, further: str) -> None:
    row = read_rows([["Họ tên", "ĐT"], ["An", typed]], [], Layout(0, {"full_name": 0, "phone": 1}))[1]
    assert (row.phone_e164, row.further_phones) == (phone, further)


@pytest.mark.parametrize(
    ("typed", "name"), [("Đ/c Nguyễn Văn An", "Nguyễn Văn An"), ("Ông: Lê An", "Lê An"), ("Ông Cao Thắng", "Ông Cao Thắng"), ("TS. Lê An", "TS. Lê An")]
)
def test_form_of_address_is_no_part_of_the_name(typed: str, name: str) -> None:
    assert read_rows([["Họ tên", "ĐT"], [typed, "1"]], [], Layout(0, {"full_name": 0, "phone": 1}))[1].full_name == name


def test_messy_workbook_is_read() -> None:
    sent = read_delegate_list(messy_workbook(), "a/b/Danh sách.xlsx", LIMITS)
    named = [row.full_name for row in sent.rows if row.kind == "data"]
    assert named == [*MESSY_NAMES[:5], "Ngô Văn Lạc", *MESSY_NAMES[5:], "Vũ Thị Út"]
    assert (sent.header_row, sent.encoding, sent.sheet) == (5, "unicode", 0)


def test_old_fonts_are_detected_and_may_be_chosen() -> None:
    sent = read_delegate_list(tcvn3_workbook([HEADER, [1, "Nguyễn Văn Hương", "Giám đốc", "Sở Nội vụ"]]), "a.xlsx", LIMITS)
    assert (sent.encoding, sent.rows[1].full_name, sent.rows[1].unit) == ("tcvn3", "Nguyễn Văn Hương", "Sở Nội vụ")
    raw = read_again(sent.sheets, file_name="a", file_digest="", reading=Reading(encoding="unicode", header_row=0, columns=sent.columns))
    assert (raw.encoding, raw.rows[1].full_name) == ("unicode", "NguyÔn V¨n H\u00ad¬ng".replace("\u00ad", ""))


@pytest.mark.parametrize("encoding", ["cp1258", "utf-8-sig"])
def test_csv_of_a_vietnamese_windows_is_read(encoding: str) -> None:
    # Windows-1258 writes the tones as marks after the letter.
    text = "Họ tên;Chức vụ;Đơn vị\r\nNguyễn Thị Thuỳ;Phó Giám đốc;Sở Nội vụ\r\n"
    marks = "\u0300\u0301\u0303\u0309\u0323"
    apart = "".join(_tone_apart(c, marks) for c in text)
    row = read_delegate_list(apart.encode(encoding), "a.csv", LIMITS).rows[1]
    assert (row.full_name, row.position, row.unit) == ("Nguyễn Thị Thuỳ", "Phó Giám đốc", "Sở Nội vụ")


def _tone_apart(letter: str, marks: str) -> str:
    decomposed = unicodedata.normalize("NFD", letter)
    tone = "".join(c for c in decomposed if c in marks)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in marks)) + tone


def test_sheet_with_a_header_is_taken_and_another_may_be_chosen() -> None:
    data = xlsx([["Hướng dẫn"]], sheets={"Đợt 1": [HEADER, [1, "An"]], "Đợt 2": [HEADER, [1, "Bình"], [2, "Chi"]]})
    sent = read_delegate_list(data, "a.xlsx", LIMITS)
    assert ([sheet.name for sheet in sent.sheets], [row.full_name for row in sent.rows]) == (["Đợt 1", "Đợt 2"], ["", "An"])
    second = read_again(sent.sheets, file_name="a", file_digest="", reading=Reading(sheet=1))
    assert [row.full_name for row in second.rows] == ["", "Bình", "Chi"]


@pytest.mark.parametrize("data", [xlsx([["Họ và tên"], ["An"]]), xls([["a", "b"], ["c", "d"]]), xlsx([["x"]] * 20 + [HEADER])])
def test_list_without_header_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read_delegate_list(data, "a.xlsx", LIMITS)
    assert (refusal.value.field, refusal.value.reason) == ("file", "file_without_header")


@pytest.mark.parametrize(
    ("reading", "field"),
    [
        (Reading(sheet=1), "sheet"),
        (Reading(sheet=-1), "sheet"),
        (Reading(encoding="ebcdic"), "encoding"),
        (Reading(header_row=99), "header_row"),
        (Reading(header_row=-1), "header_row"),
        (Reading(header_row=1), "columns"),
        (Reading(header_row=0, columns={"unit": 3}), "columns"),
        (Reading(header_row=0, columns={"full_name": 1, "shoe_size": 2}), "columns"),
    ],
)
def test_impossible_reading_is_refused(reading: Reading, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_again([SentSheet("", [HEADER, ["1", "An"]])], file_name="a", file_digest="", reading=reading)
    assert refusal.value.field == field


CELLS = st.one_of(
    st.sampled_from(["", "1", "2", "I", "II.", "Tổng cộng", "Nguyễn Văn An", "Sở Nội vụ", "NGƯỜI LẬP", "ngày 1 tháng 2 năm 2023", *HEADER]),
    st.text(max_size=12),
)
TABLES = st.lists(st.lists(CELLS, max_size=8), max_size=25)
LAYOUTS = st.dictionaries(
    st.sampled_from(["number", "full_name", "family_name", "given_name", "position", "unit", "site", "phone", "email"]), st.integers(0, 9)
)
MERGES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9), st.integers(0, 40), st.integers(0, 9)), max_size=3)


@given(TABLES, LAYOUTS, MERGES, st.integers(0, 5))
@settings(max_examples=300, deadline=None)
def test_every_row_is_accounted_for(rows: Rows, columns: dict[str, int], merged: list[Any], header_row: int) -> None:
    inside = [(top, left, max(top, bottom), max(left, right)) for top, left, bottom, right in merged if top < len(rows)]
    read = read_rows(rows, inside, Layout(header_row, columns))
    assert [row.number for row in read] == list(range(1, len(rows) + 1))
    assert {row.kind for row in read} <= set(ROW_KINDS)
    assert all(row.kind == "blank" for row, cells in zip(read, rows, strict=True) if not any(cell.strip() for cell in cells))


@given(TABLES)
@settings(max_examples=100, deadline=None)
def test_rows_survive_being_kept(rows: Rows) -> None:
    read = read_rows(rows, [], Layout(0, {"full_name": 1, "phone": 2, "email": 3}))
    assert unpack(pack(read)) == read


def test_packed_row_has_all_fields_in_order() -> None:
    row = ListRow(3, "data", full_name="An", further_phones="1")
    assert unpack(pack([row])) == [row]
