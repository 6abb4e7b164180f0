"""Vietnamese text: one spelling at the door, one fold for search, one key for order.

Sources: Unicode UAX #15 (NFC), CLDR root and vi collation (alphabet and tone order).
"""

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_D_STROKE = str.maketrans({"đ": "d", "Đ": "D", "Ð": "D", "ð": "d"})
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: chr(ord("A") + i) for i, letter in enumerate(_ALPHABET)}
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_TITLES = re.compile(r"^(?:(?:pgs|gs|ts|ths|bs|ks|cn|ls|ds|đ/c|đại tá|thượng tá|trung tá|thiếu tá|đại úy|thượng úy|ông|bà|đồng chí)\b\.?\s*)+", re.IGNORECASE)


def clean(text: str) -> str:
    """NFC, one line: control and invisible format characters (line ends, bidi marks, zero width) gone, spaces single."""
    composed = unicodedata.normalize("NFC", text)
    if not composed.isprintable():  # else no character is of the kinds below but the plain space, as in most texts
        kept = (" " if unicodedata.category(c) in ("Cc", "Zs", "Zl", "Zp") else c for c in composed if unicodedata.category(c) not in ("Cf", "Cs", "Co"))
        # Again, as an invisible character may have stood between a letter and its mark.
        composed = unicodedata.normalize("NFC", "".join(kept))
    return _SPACES.sub(" ", composed).strip()


def clean_lines(text: str) -> str:
    """`clean` line by line, for notes of several lines."""
    return "\n".join(clean(line) for line in text.splitlines()).strip()


def fold(text: str) -> str:
    """What search compares: no marks, no case, đ as d; "Đức", "ĐỨC" and their NFD forms all give "duc"."""
    decomposed = unicodedata.normalize("NFKD", clean(text).translate(_D_STROKE))
    return clean("".join(c for c in decomposed if not unicodedata.combining(c)).casefold())


def like_pattern(query: str) -> str:
    """A LIKE pattern (escape character `\\`) that finds the folded `query` anywhere."""
    escaped = fold(query).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def name_sort_key(full_name: str) -> str:
    """An ASCII key whose byte order is the Vietnamese order of names: given name, middle names, family name.

    Letters of all syllables weigh first, tones second (none, huyền, hỏi, ngã, sắc, nặng); titles do not count.
    """
    syllables = clean(_TITLES.sub("", clean(full_name)) or full_name).split(" ")
    ordered = [syllables[-1], *syllables[1:-1], *syllables[:1]] if len(syllables) > 1 else syllables
    return _join([_weigh(s) for s in ordered])


def text_sort_key(text: str) -> str:
    """`name_sort_key` for titles and unit names, read from left to right."""
    return _join([_weigh(s) for s in clean(text).split(" ")])


def _join(weighed: list[tuple[str, str]]) -> str:
    letters, tones = zip(*weighed, strict=True)
    return "!".join(letters)[:400] + " " + "".join(tones)[:190]


def _weigh(syllable: str) -> tuple[str, str]:
    letters, tone = "", "0"
    for mark in unicodedata.normalize("NFD", syllable.lower()):
        if mark in _TONES:
            tone = _TONES[mark]
        elif unicodedata.combining(mark) and letters:
            letters = letters[:-1] + unicodedata.normalize("NFC", letters[-1] + mark)
        else:
            letters += mark
    return "".join(_RANK.get(c, c if c.isascii() and c.isdigit() else "~") for c in letters), tone
