"""Papers say exactly what they were given, fit on their pages, and can be read by people, scanners and screen readers."""

from pathlib import Path

import pytest
from PIL import Image, ImageChops

from confsvc.paths import asset_dir
from confsvc.schemas import paper_process
from confsvc.schemas.own_program import ProgramFailed, ProgramStopped
from confsvc.schemas.paper import Drawing, Paper, in_batches
from tests.printed import COMMON, HEADING, HOST, WHEN, WORDS, codes, drawn, inked, part, person, pictures, read, texts

LETTERS = "AĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXYaăâbcdđeêghiklmnoôơpqrstuưvxy"
MARKED = (
    "ÀẢÃÁẠẰẲẴẮẶẦẨẪẤẬÈẺẼÉẸỀỂỄẾỆÌỈĨÍỊÒỎÕÓỌỒỔỖỐỘỜỞỠỚỢÙỦŨÚỤỪỬỮỨỰỲỶỸÝỴ",
    "àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
)
HOSTILE = "#panic() $x$ *b* _i_ {x} =cmd @r <l> `r` \\u{202e} // /* [x] ~ -- \" ' <script>"
CODE = "HTTPS://HOP.EXAMPLE.ORG/P/" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" * 4 + "ABCDEFGH"
A6, A4 = (105, 148), (210, 297)


def size(pdf: bytes, page: int = 0) -> tuple[int, int]:
    box = read(pdf).pages[page].mediabox
    return round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)


def badge_text(one: dict[str, str]) -> str:
    return " ".join([HOST, HEADING, WORDS["delegate"], one["name"], one["position"], one["unit"], one["site"], WHEN])


def test_badge_says_what_it_was_given() -> None:
    people = [person(), person("Lê Nguyễn Hoàng Đức", position="Chủ tịch", unit="UBND huyện Bắc Bình", site="Điểm cầu Bắc Bình")]
    pdf = drawn("badges.typ", people, four=False)
    assert size(pdf) == A6
    assert texts(pdf) == [badge_text(one) for one in people]


@pytest.mark.parametrize("letters", [LETTERS, *MARKED])
def test_every_vietnamese_letter_is_printed(letters: str) -> None:
    spelt = " ".join(letters[at : at + 8] for at in range(0, len(letters), 8))
    one = person(spelt, position=spelt, unit=spelt, site=spelt)
    assert texts(drawn("badges.typ", [one], four=False)) == [badge_text(one)]
    assert f" {spelt} " in texts(drawn("letter.typ", [], **letter(signer=spelt, place=spelt)))[0] + " "


@pytest.mark.parametrize("template", ["badges.typ", "plates.typ"])
def test_markup_in_names_is_text(template: str) -> None:
    one = person(HOSTILE, position=HOSTILE, unit=HOSTILE, site=HOSTILE)
    pdf = drawn(template, [one], four=False)
    assert texts(pdf)[0].count(HOSTILE) >= 3
    assert b"/JavaScript" not in pdf
    assert b"/URI" not in pdf


@pytest.mark.parametrize("name", ["漢字 Nguyễn", "😀 Dina", "مرحبا Dina", "W" * 200, "Ễ" * 60, ""])
def test_no_name_keeps_a_badge_from_being_made(name: str) -> None:
    pdf = drawn("badges.typ", [person(name), person()], four=False)
    assert texts(pdf)[1] == badge_text(person())


def test_code_is_read_back_from_the_page() -> None:
    [picture] = pictures(drawn("badges.typ", [person(code=CODE)], four=False))
    assert codes(picture) == [CODE]


def test_band_has_the_colour_of_the_rank() -> None:
    shown = pictures(drawn("badges.typ", [person(rank=rank) for rank in ("head", "leader", "staff")], four=False))
    assert [picture.getpixel((6, 6)) for picture in shown] == [(0x9B, 0x1C, 0x1C), (0x1D, 0x4F, 0x91), (0x2F, 0x5D, 0x3A)]


def test_long_names_wrap_and_shrink_and_stay_in_their_space() -> None:
    long = "Nguyễn Phan Trần Lê Huỳnh Hoàng Võ Vũ Đặng Bùi Đỗ Hồ Ngô Dương Lý Thị Phương Thảo Quỳnh Như Ngọc Ánh Tuyết"
    [short_one, long_one] = pictures(drawn("badges.typ", [person(), person(long)], four=False))
    for picture in (short_one, long_one):
        assert inked(part(picture, 7, 41, 98, 67)) > 0.04
        assert inked(part(picture, 0, 40.2, 105, 41)) == inked(part(picture, 0, 67.1, 105, 67.5)) == 0
        assert inked(part(picture, 0, 34, 6.5, 148)) == inked(part(picture, 98.5, 34, 105, 148)) == 0
    assert texts(drawn("badges.typ", [person(long)], four=False)) == [badge_text(person(long))]


@pytest.mark.parametrize("name", ["ỄỘẨ ỄỘẨ", "ẶỘỆ ẶỘỆ ẶỘỆ ẶỘỆ"])
def test_stacked_marks_are_whole(name: str) -> None:
    """Above the capitals and below them there is room for the marks: the space of the name has a white edge all around."""
    [picture] = pictures(drawn("badges.typ", [person(name)], four=False))
    assert inked(part(picture, 7, 40.5, 98, 41.3)) == inked(part(picture, 7, 66.7, 98, 67.4)) == 0


def test_four_badges_share_a_sheet_with_cut_marks() -> None:
    people = [person(f"Nguyễn Văn {letter}", code=f"{CODE}{letter}") for letter in "ABCDE"]
    pdf = drawn("badges.typ", people, four=True)
    first, second = pictures(pdf)
    assert (size(pdf), size(pdf, 1)) == (A4, A4)
    assert texts(pdf) == [" ".join(badge_text(one) for one in people[:4]), badge_text(people[4])]
    assert [codes(first), codes(second)] == [[one["code"] for one in people[:4]], [people[4]["code"]]]
    # The marks stand where the sheet is cut: at each edge, and a cross in the middle of the empty part.
    for left, top, right, bottom in ((0, 147.5, 5, 149.5), (205, 147.5, 210, 149.5), (104, 292, 106, 297), (104, 147, 106, 150)):
        assert inked(part(second, left, top, right, bottom)) > 0
    assert inked(part(second, 106, 153, 210, 290)) == 0


def test_name_plate_reads_the_same_from_both_sides() -> None:
    pdf = drawn("plates.typ", [person(), person("Lê Hoàng Đức")])
    assert [size(pdf, number) for number in (0, 1)] == [(297, 210)] * 2
    for picture, name in zip(pictures(pdf), ("Nguyễn Thị Dina", "Lê Hoàng Đức"), strict=True):
        upper, lower = part(picture, 10, 0, 287, 104), part(picture, 10, 106, 287, 210)
        assert inked(lower) > 0.02
        assert inked(ImageChops.invert(ImageChops.difference(upper.rotate(180).reduce(8), lower.reduce(8)))) < 0.005
        assert inked(part(picture, 0, 104, 6, 106)) > 0, "the fold is marked"
        assert name in texts(pdf)[0] + texts(pdf)[1]


def sheet(name: str, names: list[str], blanks: int = 3) -> dict[str, object]:
    rows = [[str(place), name, "Phó Giám đốc", "Sở Nội vụ", "", ""] for place, name in enumerate(names, 1)]
    return {"name": name, "count": f"{len(rows)} đại biểu", "rows": rows, "blanks": blanks}


HEADS = ["STT", "Họ và tên", "Chức vụ", "Đơn vị", "Ký tên", "Ghi chú"]


def sign_in(*groups: dict[str, object]) -> bytes:
    return drawn("sign_in.typ", [], heads=HEADS, widths=[12, 60, 52, 62, 45, 0], groups=groups)


def test_sign_in_sheet_begins_anew_for_each_group_and_repeats_its_head() -> None:
    pdf = sign_in(sheet("Điểm cầu trung tâm", [f"Nguyễn Văn {number}" for number in range(1, 31)]), sheet("Điểm cầu Bắc Bình", ["Lê Ễn"]))
    pages = texts(pdf)
    assert [page.split("Trang ")[1][:3] for page in pages] == ["1/3", "2/3", "3/3", "1/1"]
    for page, site in zip(pages, [*["Điểm cầu trung tâm"] * 3, "Điểm cầu Bắc Bình"], strict=True):
        assert page.startswith(f"{HEADING} Trang ")
        assert site in page
        assert WHEN in page
        assert " ".join(HEADS) in page
    numbers = [number for number in range(1, 31) if any(f" {number} Nguyễn Văn {number} Phó Giám đốc Sở Nội vụ" in page for page in pages)]
    assert numbers == list(range(1, 31))
    assert " 1 Lê Ễn Phó Giám đốc Sở Nội vụ" in pages[3]
    assert size(pdf) == (297, 210)


def test_sign_in_rows_grow_with_what_they_say_and_leave_room_to_sign() -> None:
    long = "Phó Trưởng phòng Kế hoạch, Tổng hợp kiêm Phó Chánh Văn phòng Ban Chỉ đạo Chuyển đổi số của tỉnh Bình Thuận"
    pdf = sign_in({**sheet("Điểm cầu", ["A"]), "rows": [["1", HOSTILE, long, long, "", ""], ["2", "Lê Văn B", "", "", "", ""]]})
    [page] = texts(pdf)
    assert f"1 {HOSTILE} {long} {long} 2 Lê Văn B" in page
    [picture] = pictures(pdf)
    # The column of signatures holds nothing but the lines of the table.
    assert inked(part(picture, 202, 80, 240, 88)) < 0.05


def letter(**changes: object) -> dict[str, object]:
    one = {"whom": "Thủ trưởng Sở Nội vụ (02 đại biểu)", "places": ["Điểm cầu trung tâm"], "notes": [], "invited": []}
    values: dict[str, object] = {"issuer": HOST, "superior": "Ủy ban nhân dân tỉnh Bình Thuận", "symbol": "GM-STTTT", "place": "Bình Thuận", "year": "2023"}
    values |= {"about": f"Dự {HEADING}", "chair": "Nguyễn Minh, Phó Chủ tịch UBND tỉnh", "when": "14 giờ 00, thứ Hai, ngày 16 tháng 01 năm 2023"}
    values |= {"recipients": ["Như trên;", "Lưu: VT."], "authority": ["KT. Giám đốc", "Phó Giám đốc"], "signer": "Lê Văn A", "agenda": [], "letters": [one]}
    return {**values, **changes}


def test_letter_follows_the_layout_of_the_decree() -> None:
    pdf = drawn("letter.typ", [], **letter())
    assert (len(texts(pdf)), size(pdf)) == (1, A4)
    assert texts(pdf) == [
        "ỦY BAN NHÂN DÂN TỈNH BÌNH THUẬN SỞ THÔNG TIN VÀ TRUYỀN THÔNG CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc "
        "Số: ……/GM-STTTT Bình Thuận, ngày …… tháng …… năm 2023 DỰ THẢO "
        f"GIẤY MỜI Dự {HEADING} {HOST} trân trọng kính mời: Thủ trưởng Sở Nội vụ (02 đại biểu) Tới dự: {HEADING} "
        "Chủ trì: Nguyễn Minh, Phó Chủ tịch UBND tỉnh Thời gian: 14 giờ 00, thứ Hai, ngày 16 tháng 01 năm 2023 Địa điểm: Điểm cầu trung tâm "
        f"{HOST} trân trọng kính mời./. Nơi nhận: - Như trên; - Lưu: VT. KT. GIÁM ĐỐC PHÓ GIÁM ĐỐC Lê Văn A"
    ]
    [picture] = pictures(pdf)
    # The margins of Phụ lục I: 30-35 mm at the left, 15-20 mm at the right, 20-25 mm above and below.
    assert inked(part(picture, 0, 0, 29.5, 297)) == inked(part(picture, 194, 0, 210, 297)) == inked(part(picture, 0, 0, 210, 19.5)) == 0


def test_letters_come_one_after_the_other_with_lists_and_agenda_overleaf() -> None:
    agenda = [{"title": "Phiên chiều", "items": [["14 giờ 00", HOSTILE, "Nguyễn Minh"]]}]
    many = {"whom": HOSTILE, "places": ["A", "B"], "notes": [HOSTILE], "invited": [["1", "Sở Nội vụ", "Thủ trưởng", "Điểm cầu"]]}
    pages = texts(drawn("letter.typ", [], **letter(agenda=agenda, letters=[many, many])))
    assert ["GIẤY MỜI" in page for page in pages] == [True, False, False] * 2
    assert ["DANH SÁCH ĐƠN VỊ" in page for page in pages] == [False, True, False] * 2
    assert [HOSTILE in page for page in pages] == [True, False, True] * 2


@pytest.mark.parametrize(
    "pdf", [lambda: drawn("badges.typ", [person(code=CODE)], four=True), lambda: sign_in(sheet("A", ["B"])), lambda: drawn("letter.typ", [], **letter())]
)
def test_papers_are_tagged_and_name_title_and_language(pdf: object) -> None:
    assert callable(pdf)
    found = read(pdf())
    root = found.root_object
    assert found.metadata is not None
    assert (found.metadata.title, str(root["/Lang"])) == (COMMON["title"], "vi")
    assert root["/MarkInfo"]["/Marked"]  # type: ignore[index]  # pypdf knows no more than that it is an object
    assert "<pdfuaid:part>1</pdfuaid:part>" in str(root["/Metadata"].get_data())  # type: ignore[attr-defined]  # as above


def paper(people: int = 1) -> Paper:
    return Paper("badges.typ", {**COMMON, "four": False}, [person(code=f"{CODE}{number}") for number in range(people)])


def test_process_draws_and_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[int] = []
    Drawing(asset_dir("templates") / "paper").draw(paper(120), tmp_path / "a.pdf", told.append)
    assert told == [50, 100]
    assert len(read((tmp_path / "a.pdf").read_bytes()).pages) == 120


def test_process_draws_the_first_page_as_a_picture(tmp_path: Path) -> None:
    Drawing(asset_dir("templates") / "paper").draw(paper(2), tmp_path / "a.png", picture=True)
    assert codes(Image.open(tmp_path / "a.png")) == [f"{CODE}0"]


def test_process_that_fails_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match="No such file"):
        Drawing(asset_dir("templates") / "paper").draw(Paper("no_such.typ", COMMON), tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []


def test_process_is_stopped_at_once(tmp_path: Path) -> None:
    drawing = Drawing(asset_dir("templates") / "paper")

    def stop(_count: int) -> None:
        drawing.stop()

    with pytest.raises(ProgramStopped):
        drawing.draw(paper(1000), tmp_path / "a.pdf", stop)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ProgramStopped):
        drawing.draw(paper(1), tmp_path / "a.pdf")


def test_batches_hold_what_they_may_in_order() -> None:
    assert list(in_batches([1, 2, 3, 4, 5], 2)) == [[1, 2], [3, 4], [5]]
    assert list(in_batches([3, 1, 1, 9, 1], 4, lambda item: item)) == [[3, 1], [1], [9], [1]]
    assert list(in_batches([], 4)) == []


@pytest.mark.parametrize("count", [1, paper_process.WORTH_HELP - 1, paper_process.WORTH_HELP + 1])
def test_codes_are_the_same_whoever_makes_them(count: int) -> None:
    texts = [f"{CODE}{number}" if number % 3 else None for number in range(count)]
    told: list[int] = []
    assert paper_process.qr_paths(texts, told.append) == [paper_process.qr_path(text) if text else None for text in texts]
    assert told == sorted(told)
    assert all(number <= count for number in told)
