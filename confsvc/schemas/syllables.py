"""Whether a word can be a syllable of Vietnamese: what tells the right decoding of old text from the wrong ones.

Source: the orthography of 1980 (onset, vowel group, final consonant, one tone).
"""

import re
import unicodedata
from functools import lru_cache

_ONSET = "(?:ngh|ch|gh|gi|kh|ng|nh|ph|qu|th|tr|b|c|d|đ|g|h|k|l|m|n|p|r|s|t|v|x)?"
_CLOSED = "(?:iê|yê|uô|ươ|oa|oă|oe|uâ|uê|uyê|uy|a|ă|â|e|ê|i|o|ô|ơ|u|ư|y)(?:ch|ng|nh|c|m|n|p|t)"
_OPEN = "(?:uôi|ươi|ươu|uây|uya|uyu|oai|oay|oao|oeo|iêu|yêu|uơ|uê|uy|oa|oe|ia|ua|ưa|ai|ao|au|ay|âu|ây|eo|êu|iu|oi|ôi|ơi|ui|ưi|ưu|a|e|ê|i|o|ô|ơ|u|ư|y)"
_SYLLABLE = re.compile(f"{_ONSET}(?:{_CLOSED}|{_OPEN})|gi(?:n|m|ng)?|uâ")
_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}


@lru_cache(maxsize=20_000)
def is_syllable(word: str) -> bool:
    """Whether the word is one syllable with at most one tone, as "Nguyễn", "ĐỨC" or "a"."""
    letters, tones = [], 0
    for mark in unicodedata.normalize("NFD", word.lower()):
        if mark in _TONES:
            tones += 1
        else:
            letters.append(mark)
    return tones < 2 and _SYLLABLE.fullmatch(unicodedata.normalize("NFC", "".join(letters))) is not None
