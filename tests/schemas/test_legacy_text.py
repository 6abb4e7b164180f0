"""Old Vietnamese encodings are told apart and read, and Unicode is left alone."""

import unicodedata

import pytest

from confsvc.schemas.legacy_text import TCVN3, decode_cell, detect_encoding
from confsvc.schemas.separated_text import decode_bytes

# What `iconv -f TCVN5712-1 -t UTF-8` says for the bytes of the VN3 set, 0xA1 to 0xFE.
ICONV = (
    "ĂÂÊÔƠƯĐăâêôơưđ" "àảãáạ" "ằẳẵắ" "ặầẩẫấậè" "ẻẽéẹềểễếệìỉ" "ĩíịò" "ỏõóọồổỗốộờởỡớợù" "ủũúụừửữứựỳỷỹýỵ"
)  # fmt: skip
BYTES = [
    *range(0xA1, 0xAF), *range(0xB5, 0xBA), *range(0xBB, 0xBF), *range(0xC6, 0xCD), *range(0xCE, 0xD9), *range(0xDC, 0xE0), *range(0xE1, 0xF0),
    *range(0xF1, 0xFF),
]  # fmt: skip


def seen(codes: bytes) -> str:
    """Bytes of an old font as a workbook holds them: as if they were Windows-1252."""
    return codes.decode("cp1252")


def to_tcvn3(text: str) -> str:
    back = {letter: code for code, letter in TCVN3.items()}
    return "".join(back.get(c, c) for c in unicodedata.normalize("NFC", text))


def test_tcvn3_table_is_the_one_of_iconv() -> None:
    assert {seen(bytes([code])): letter for code, letter in zip(BYTES, ICONV, strict=True)} == TCVN3


@pytest.mark.parametrize(
    ("old", "encoding", "text"),
    [
        ("NguyÔn V¨n A", "tcvn3", "Nguyễn Văn A"),
        ("TiÕng ViÖt", "tcvn3", "Tiếng Việt"),
        ("Tr\u00ad¬ng ThÞ Th\u00b6o", "tcvn3", "Trương Thị Thảo"),
        ("§ç M¹nh §øc", "tcvn3", "Đỗ Mạnh Đức"),
        ("NGUYÔN V¡N A", "tcvn3", "NGUYỄN VĂN A"),
        ("Tieáng Vieät", "vni", "Tiếng Việt"),
        ("Nguyeãn Vaên Ñöùc", "vni", "Nguyễn Văn Đức"),
        ("Traàn Thò Höôøng", "vni", "Trần Thị Hường"),
        ("NGUYEÃN THÒ YEÁN", "vni", "NGUYỄN THỊ YẾN"),
    ],
)
def test_old_text_is_read(old: str, encoding: str, text: str) -> None:
    assert decode_cell(old, encoding) == text
    assert detect_encoding([old]) == encoding


def test_cp1258_decodes_to_composed_letters() -> None:
    codes = unicodedata.normalize("NFC", "Nguyễn Thị Thuỳ")
    shaped = "".join(c if c in "êâăôơưđĐ" else unicodedata.normalize("NFD", c) for c in codes)
    # Windows-1258 has the letters with circumflex, breve and horn, and the tones as combining marks.
    shaped = shaped.replace("ễ", "ê\u0303").replace("e\u0302\u0303", "ê\u0303").replace("i\u0323", "i\u0323")
    text = decode_bytes(shaped.encode("cp1258"))
    assert detect_encoding([text]) == "cp1258"
    assert decode_cell(text, "cp1258") == "Nguyễn Thị Thuỳ"
    assert len(decode_cell(text, "cp1258")) == 15


@pytest.mark.parametrize(
    "text",
    ["Nguyễn Văn A", "Hoàng Lê Hà", "Sở Nội vụ, UBND tỉnh", "Müller Café naïve", "Bùi Thị Bé", "Trần\u00ad Hùng", "Đào Duy Từ", "Quách Tĩnh Hải"],
)
def test_unicode_is_left_alone(text: str) -> None:
    assert detect_encoding([text]) == "unicode"
    assert detect_encoding([unicodedata.normalize("NFD", text)]) == "unicode"


@pytest.mark.parametrize("encoding", ["tcvn3", "vni"])
def test_unicode_cell_in_an_old_file_stays(encoding: str) -> None:
    assert decode_cell("Nguyễn Văn Đức", encoding) == "Nguyễn Văn Đức"
    assert decode_cell("Hà Tài", encoding) == "Hà Tài"


def test_every_lower_case_letter_comes_back_from_tcvn3() -> None:
    letters = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ"
    assert "".join(TCVN3.get(c, c) for c in to_tcvn3(letters)) == letters
