"""Where the header of a delegate list is, and which column holds what."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from confsvc.domain.text import fold

HEADER_ROWS = 15
LEAST_COLUMNS = 2
SAMPLE_ROWS = 50

# Folded; the longest that begins a heading wins: "so dien thoai lien he" is a phone, "ho va ten dem" a family name.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "number": ("stt", "tt", "so tt", "so thu tu", "no"),
    "full_name": ("ho va ten", "ho ten", "ho va ten dai bieu", "ten dai bieu", "dai bieu", "ho ten dai bieu", "ho va chu lot va ten", "full name", "name"),
    "family_name": ("ho dem", "ho va dem", "ho va ten dem", "ho ten dem", "ho lot", "ho va chu lot", "ho chu lot", "ho va ten lot", "ho va ten chu dem", "ho"),
    "given_name": ("ten", "ten goi", "ten rieng"),
    "position": ("chuc vu", "chuc danh", "chuc vu chuc danh", "position", "title"),
    "unit": ("don vi", "co quan", "co quan don vi", "don vi cong tac", "co quan cong tac", "ten don vi", "noi cong tac", "to chuc", "unit", "organisation"),
    "site": ("diem cau", "dau cau", "diem du", "dia diem du", "diem cau du hop", "site"),
    "phone": ("dien thoai", "so dien thoai", "sdt", "dt", "so dt", "dtdd", "di dong", "dien thoai di dong", "so di dong", "so may", "phone", "mobile"),
    "email": ("email", "e mail", "thu dien tu", "dia chi email", "dia chi thu dien tu", "hop thu", "hop thu dien tu", "mail"),
    "note": ("ghi chu", "note", "notes"),
    "rank": ("cap", "hang", "cap truong", "rank"),
}
_FIELD_OF = {heading: field for field, headings in SYNONYMS.items() for heading in headings}
# These may be followed by more words; the others must be the whole heading ("ten co quan" is no name).
_LONGEST_FIRST = sorted((heading for heading in _FIELD_OF if len(heading) > 4), key=len, reverse=True)
_ASIDE = re.compile(r"\([^)]*\)|[^a-z0-9]+")


@lru_cache(maxsize=4096)
def field_of(heading: str) -> str | None:
    """The field a heading names: "Số ĐT" is `phone`, "Họ và tên (viết hoa)" is `full_name`; None for others."""
    key = " ".join(_ASIDE.sub(" ", fold(heading)).split())
    if key in _FIELD_OF:
        return _FIELD_OF[key]
    found = next((known for known in _LONGEST_FIRST if key.startswith(known + " ")), None)
    return _FIELD_OF[found] if found and len(key) < 60 else None


def match_header(row: Sequence[str]) -> dict[str, int]:
    """Field → column (from 0) for the headings in this row; the first of two that say the same."""
    columns: dict[str, int] = {}
    for index, cell in enumerate(row):
        field = field_of(cell) if cell and len(cell) < 120 else None
        if field:
            columns.setdefault(field, index)
    return columns


def is_header(columns: Mapping[str, int]) -> bool:
    """Whether these headings are enough for a delegate list: a name and something else."""
    return names_people(columns) and len(columns) >= LEAST_COLUMNS


def names_people(columns: Mapping[str, int]) -> bool:
    return "full_name" in columns or "given_name" in columns


def find_header(rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]] | None:
    """Index of the header row (from 0) and its columns, or None; of several candidates the one that names most."""
    candidates = [(index, read_header(rows, index)) for index, row in enumerate(rows[:HEADER_ROWS]) if is_header(match_header(row))]
    return max(candidates, key=lambda candidate: (len(candidate[1]), -candidate[0]), default=None)


def read_header(rows: Sequence[Sequence[str]], index: int) -> dict[str, int]:
    """The columns of the header in row `index`: with a second line of headings under it, and a name cut in two."""
    columns = match_header(rows[index])
    below = rows[index + 1] if index + 1 < len(rows) else []
    second = match_header(below)
    if second and all(field_of(cell) for cell in below if cell):
        columns |= {field: column for field, column in second.items() if field not in columns or field in ("family_name", "given_name")}
    return _split_name(rows, index, columns)


def _split_name(rows: Sequence[Sequence[str]], index: int, columns: dict[str, int]) -> dict[str, int]:
    """One heading "Họ và tên" over two columns stands for a family name and a given name."""
    if "family_name" in columns and "given_name" in columns:
        return {field: column for field, column in columns.items() if field != "full_name"}
    if "given_name" in columns and "full_name" not in columns:
        return {"full_name" if field == "given_name" else field: column for field, column in columns.items()}
    columns = {field: column for field, column in columns.items() if field != "family_name"}
    name = columns.get("full_name")
    if name is None or _cell(rows[index], name + 1) or name + 1 in columns.values():
        return columns
    sample = [row for row in rows[index + 1 : index + 1 + SAMPLE_ROWS] if _cell(row, name)]
    cut = [row for row in sample if _given_name(_cell(row, name + 1))]
    if len(cut) * 5 < len(sample) * 3 or not cut:
        return columns
    return {**{field: column for field, column in columns.items() if field != "full_name"}, "family_name": name, "given_name": name + 1}


def _given_name(text: str) -> bool:
    return bool(text) and len(text.split()) <= 2 and not any(c.isdigit() for c in text)


def _cell(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""
