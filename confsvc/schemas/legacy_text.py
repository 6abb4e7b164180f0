"""Vietnamese text from before Unicode: TCVN3 (ABC fonts), VNI and Windows-1258, seen through Windows-1252.

Sources: TCVN 5712:1993 (VN3 set), the VNI-Windows chart (a vowel followed by a byte for its marks), Python's cp1258.
In TCVN3 ư is U+00AD, the soft hyphen: decode before `domain.text.clean`, which takes invisible characters out.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from confsvc.schemas.separated_text import WINDOWS_1252
from confsvc.schemas.syllables import is_syllable

ENCODINGS = ("unicode", "cp1258", "tcvn3", "vni")
SAMPLE_WORDS = 3000
# So many words must become Vietnamese by a decoding before it is believed.
LEAST_GAIN = 2
# …and so many for each word that can only be Unicode.
LEAST_SHARE = 0.1

_LOWER = "a:µ¸¶·¹ ă:»¾¼½Æ â:ÇÊÈÉË e:ÌÐÎÏÑ ê:ÒÕÓÔÖ i:×ÝØÜÞ o:ßãáâä ô:åèæçé ơ:êíëìî u:ïóñòô ư:õøö÷ù y:úýûüþ"
_TONES = "\u0300\u0301\u0309\u0303\u0323"
_LETTERS = dict(zip("¡¢£¤¥¦§¨©ª«¬\u00ad®", "ĂÂÊÔƠƯĐăâêôơưđ", strict=True))


def _compose(letter: str, marks: str) -> str:
    return unicodedata.normalize("NFC", letter + marks)


TCVN3 = _LETTERS | {
    code: _compose(group[0], tone) for group in (part.partition(":")[::2] for part in _LOWER.split()) for code, tone in zip(group[1], _TONES, strict=True)
}
_VNI_TONES = dict(zip("øùûõï", _TONES, strict=True))
_VNI_MARKS = {
    **_VNI_TONES,
    "â": "\u0302",
    **{code: "\u0302" + tone for code, tone in zip("àáåãä", _TONES, strict=True)},
    "ê": "\u0306",
    **{code: "\u0306" + tone for code, tone in zip("èéúüë", _TONES, strict=True)},
}
_VNI_ALONE = {"æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "ñ": "đ", "ô": "ơ", "ö": "ư"}
_VNI = re.compile(f"([ae])([{''.join(_VNI_MARKS)}])|(o)([øùûõïâàáåãä])|([uyôö])([{''.join(_VNI_TONES)}])|([{''.join(_VNI_ALONE)}])", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_](?:[^\s\d_,.;:()\"/-])*")
_BYTES = {character: number for number, character in enumerate(WINDOWS_1252)}


def decode_cell(text: str, encoding: str) -> str:
    """The text in Unicode; a cell that is Unicode already, in a file that otherwise is not, stays as it is."""
    if encoding == "unicode" or text.isascii() or any(c not in _BYTES for c in text):
        return text
    decoded = _DECODERS[encoding](text)
    return text if _weigh(text) > _weigh(decoded) else decoded


def detect_encoding(cells: Iterable[str]) -> str:
    """The encoding in which most words are Vietnamese syllables; "unicode" unless another is clearly better."""
    words, beyond = _sample(cells)
    # A soft hyphen inside Unicode text is invisible and says nothing.
    standing = sum(_weigh(word.replace("\u00ad", "")) for word in words)
    scores = {encoding: sum(_weigh(_DECODERS[encoding](word)) for word in words) for encoding in ENCODINGS[1:]}
    best = max(scores, key=lambda encoding: scores[encoding])
    return best if scores[best] - standing >= max(LEAST_GAIN, beyond * LEAST_SHARE) else "unicode"


def _sample(cells: Iterable[str]) -> tuple[list[str], int]:
    """Words whose letters beyond ASCII could be bytes of an old encoding, and the number of words where they cannot."""
    words: list[str] = []
    beyond = 0
    for cell in cells:
        if cell.isascii():
            continue
        for word in cell.split():
            if word.isascii():
                continue
            if all(c in _BYTES for c in word):
                words.append(word)
            else:
                beyond += 1
        if len(words) + beyond > SAMPLE_WORDS:
            break
    return words, beyond


def _weigh(text: str) -> int:
    return sum(_weigh_word(word) for word in _WORD.findall(text))


@lru_cache(maxsize=20_000)
def _weigh_word(word: str) -> int:
    """1 for a Vietnamese syllable with marks, -1 for what cannot be one, 0 for plain ASCII."""
    if word.isascii():
        return 0
    return 1 if is_syllable(word) else -1


def _from_tcvn3(text: str) -> str:
    return " ".join(_raise_capitals("".join(TCVN3.get(c, c) for c in word)) for word in text.split(" "))


def _raise_capitals(word: str) -> str:
    """The capital fonts (.VnTimeH) have the codes of small letters: "NGUYễN" was NGUYỄN."""
    plain = [c for c in word if c.isascii() and c.isalpha()]
    return word.upper() if len(plain) > 1 and all(c.isupper() for c in plain) else word


def _from_vni(text: str) -> str:
    def letter(match: re.Match[str]) -> str:
        base, mark = next((match[i], match[i + 1]) for i in (1, 3, 5) if match[i]) if match.lastindex and match.lastindex < 7 else (match[7], "")
        plain = _VNI_ALONE.get(base.lower(), base.lower())
        made = _compose(plain, _VNI_MARKS[mark.lower()]) if mark else plain
        return made.upper() if base.isupper() else made

    return _VNI.sub(letter, text)


def _from_cp1258(text: str) -> str:
    codes = bytes(_BYTES[c] for c in text)
    return unicodedata.normalize("NFC", codes.decode("cp1258", "replace"))


_DECODERS = {"cp1258": _from_cp1258, "tcvn3": _from_tcvn3, "vni": _from_vni}
