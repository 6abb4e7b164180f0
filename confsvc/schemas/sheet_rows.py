"""What each row of a delegate list is: a person, a heading of a section, a total, a signature… No row is lost."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from confsvc.domain.delegate_lists import ListRow, data_row
from confsvc.domain.text import clean, fold
from confsvc.schemas.sheet_header import match_header

_ENUMERATOR = re.compile(r"(?:[IVXLC]{1,6}|\d{1,2}(?:\.\d{1,2})*)\s*(?:[.)/:-]|$)|[A-ZĐ]\s*(?:[.)-]|$)")
_NUMBERED = re.compile(r"\(?\s*\d{1,5}\s*\)?\.?")
_COUNTING = re.compile(r"\(?\s*(?:\d{1,2}|[A-Z])\s*\)?")
_TOTAL = re.compile(r"(?:tổng (?:cộng|số)|cộng\b|tổng\s*:|(?:ấn định )?danh sách (?:này )?(?:có|gồm)\b)")
_TOTAL_FOLDED = re.compile(r"(?:tong (?:cong|so)|cong|tong)\s*(?:[:=(]|\d|$)")
_PLACE_AND_DATE = re.compile(r"\bngay\b.{0,12}\bthang\b.{0,12}\bnam\b")
_SIGNATURE = re.compile(
    r"(?:nguoi (?:lap|tong hop|ky)|can bo (?:lap|tong hop)|thu truong (?:co quan|don vi)|(?:tm|kt|tl|tuq|q)\s*\.|noi nhan\s*:|"
    r"xac nhan cua|lanh dao (?:don vi|co quan)\b|luu\s*:|- luu)|\(?ky[,.]? (?:va )?(?:ghi ro|dong dau|ten)"
)
# With their marks: Trường is a school, Trương a family; Đoàn alone is a family too.
_UNIT_LIKE = re.compile(
    r"(?:điểm cầu|đầu cầu|khối|nhóm|sở|ubnd|u[ỷý] ban|ủy ban|ban|văn phòng|huyện|thành phố|thị xã|phường|xã|tỉnh|công ty|trường|bệnh viện|"
    r"đoàn (?:thanh niên|đại biểu|tncs|khối)|hội|công an|bộ chỉ huy|đảng u[ỷý]|đảng ủy|tại|thành phần|lãnh đạo|đại biểu|các|phòng|trung tâm|chi cục|cục)\b"
)
_NOT_A_NAME = re.compile(r"đ/c\s*:?\s*|đồng chí\s*:?\s*|(?:ông|bà)\s*[:.]\s*", re.IGNORECASE)
_TEXTS = ("position", "unit", "site", "note", "rank")


@dataclass(frozen=True, slots=True)
class Layout:
    """Header in row `header_row` (from 0); field → column (from 0)."""

    header_row: int
    columns: Mapping[str, int]


def read_rows(rows: Sequence[Sequence[str]], merged: Sequence[tuple[int, int, int, int]], layout: Layout) -> list[ListRow]:
    """One `ListRow` for each row, in order; the cells are Unicode, not yet cleaned."""
    reader = _Reader(layout, _fill_down(rows, merged, layout))
    return [reader.read(index, cells) for index, cells in enumerate(rows)]


def _fill_down(rows: Sequence[Sequence[str]], merged: Sequence[tuple[int, int, int, int]], layout: Layout) -> dict[tuple[int, int], str]:
    """What a merged cell says in the rows it covers, for the columns where one value may stand for many rows.

    Of ranges that overlap, which no honest workbook has, the upper one counts: each cell is looked at once.
    """
    shared = {layout.columns[field] for field in ("unit", "site") if field in layout.columns}
    filled: dict[tuple[int, int], str] = {}
    free = dict.fromkeys(shared, 0)
    for top, left, bottom, right in sorted(merged):
        if top <= layout.header_row or top >= len(rows) or left >= len(rows[top]):
            continue
        for column in shared:
            if left <= column <= right:
                filled |= {(row, column): rows[top][left] for row in range(max(top, free[column]), min(bottom + 1, len(rows)))}
                free[column] = max(free[column], bottom + 1)
    return filled


class _Reader:
    """Goes through the rows from the top, knowing what came before."""

    def __init__(self, layout: Layout, filled: Mapping[tuple[int, int], str]) -> None:
        self._layout = layout
        self._filled = filled
        self._header = dict(layout.columns)
        self._unit_above = ""
        self._closing = False

    def read(self, index: int, cells: Sequence[str]) -> ListRow:
        number, texts = index + 1, [clean(cell) for cell in cells]
        text = " ".join(dict.fromkeys(part for part in texts if part))[:500]
        kind = self._kind(index, texts)
        if kind != "data":
            if kind == "section":
                self._unit_above = ""
            return ListRow(number, kind, text)
        return self._person(index, cells, self._name(texts))

    def _kind(self, index: int, texts: Sequence[str]) -> str:
        header = self._layout.header_row
        filled = [text for text in texts if text]
        if not filled:
            return "blank"
        if index <= header:
            return "header" if index == header else "title"
        counted = _NUMBERED.fullmatch(self._at("number", texts))
        if (not counted and self._repeats_header(texts)) or (index <= header + 2 and len(filled) > 1 and all(_COUNTING.fullmatch(text) for text in filled)):
            return "header"
        return self._kind_below(texts, filled)

    def _repeats_header(self, texts: Sequence[str]) -> bool:
        named = match_header(texts)
        cells = sum(1 for text in texts if text)
        return bool(named) and len(named) * 2 >= cells and (len(named) > 1 or cells == 1)

    def _kind_below(self, texts: Sequence[str], filled: Sequence[str]) -> str:
        counted, name = self._at("number", texts), self._name(texts)
        if _NUMBERED.fullmatch(counted):
            if filled == [counted]:
                return "blank"
            if name and not self._closing:
                return "data"
        first = filled[0].lower()
        if _TOTAL.match(first) or (_TOTAL_FOLDED.match(fold(first)) and not _NUMBERED.fullmatch(counted)):
            return "total"
        if self._signs(texts, filled, name):
            return "signature"
        return "section" if self._heads(texts, filled) else "data"

    def _signs(self, texts: Sequence[str], filled: Sequence[str], name: str) -> bool:
        """Signatures end a list: after the first of their rows only a numbered person is a person again."""
        folded = [fold(text) for text in filled]
        details = sum(1 for field in ("phone", "email", "unit") if self._at(field, texts))
        signs = _SIGNATURE.match(fold(name)) if name else any(map(_SIGNATURE.match, folded))
        if signs or (len(filled) < 3 and any(map(_PLACE_AND_DATE.search, folded))):
            self._closing = True
            return True
        if self._closing and name and (_NUMBERED.fullmatch(self._at("number", texts)) or details > 1):
            self._closing = False
        return self._closing

    def _heads(self, texts: Sequence[str], filled: Sequence[str]) -> bool:
        """One text alone that is numbered like a chapter, stands in the column of numbers, or speaks of a unit or site."""
        counted = self._at("number", texts)
        words = [text for text in filled if text != counted and not text.isdecimal()]
        if not words:
            return bool(counted)
        if len(set(words)) > 1 or any(self._at(field, texts) for field in ("phone", "email", "position") if self._column(field) != self._first(texts)):
            return False
        if counted and not _NUMBERED.fullmatch(counted):
            return True
        return bool(_ENUMERATOR.match(words[0]) or _UNIT_LIKE.match(words[0].lower()))

    def _person(self, index: int, cells: Sequence[str], name: str) -> ListRow:
        texts = {field: clean(self._raw(field, index, cells)) for field in _TEXTS}
        inherited = "unit" in self._layout.columns and not texts["unit"] and bool(self._unit_above)
        if inherited:
            texts["unit"] = self._unit_above
        self._unit_above = texts["unit"]
        phone = clean(re.sub(r"[\r\n]+", "; ", self._raw("phone", index, cells)))
        email = clean(self._raw("email", index, cells))
        return data_row(index + 1, full_name=_NOT_A_NAME.sub("", name, count=1), phone=phone, email=email, unit_above=inherited, **texts)

    def _name(self, texts: Sequence[str]) -> str:
        parts = [self._at(field, texts) for field in ("full_name", "family_name", "given_name")]
        return " ".join(part for part in parts if part)

    def _column(self, field: str) -> int:
        return self._layout.columns.get(field, -1)

    def _at(self, field: str, texts: Sequence[str]) -> str:
        column = self._column(field)
        return texts[column] if 0 <= column < len(texts) else ""

    def _first(self, texts: Sequence[str]) -> int:
        return next((index for index, text in enumerate(texts) if text), -1)

    def _raw(self, field: str, index: int, cells: Sequence[str]) -> str:
        column = self._column(field)
        return self._filled.get((index, column)) or (cells[column] if 0 <= column < len(cells) else "")
