"""The fields of a command, separated by semicolons, as the protocol will take them: whatever it would not is refused before it is noted."""

import unicodedata
from typing import Any

from confsvc.terminal_desk.roster import fold

MOST_HEADS = 100_000
LONGEST = {"name": 200, "position": 200, "unit": 200, "reason": 500}
MAY_BE_EMPTY = ("position",)
RANK_WORDS = {"head": ("head", "1", "cap truong", "truong"), "leader": ("leader", "2", "lanh dao"), "staff": ("staff", "3", "can bo")}


class NotThis(Exception):
    """What was typed is not what the command takes; with the name of a text and its values where that says more than the usage."""

    def __init__(self, *text: str, **values: Any) -> None:
        super().__init__(*text)
        self.values = values


def fields_of(text: str, most: int, *, least: int | None = None) -> list[str]:
    """Exactly `most` fields, of which those after `least` may be missing; the last one may hold semicolons."""
    found = [part.strip() for part in text.split(";", most - 1)]
    if len(found) < (least or most) or not found[0]:
        raise NotThis
    return found + [""] * (most - len(found))


def text_of(field: str, text: str, *, least: int = 1) -> str:
    """The text without characters that no name holds, if it has the length that the protocol takes."""
    clean = "".join(letter for letter in text if unicodedata.category(letter)[0] != "C").strip()
    if not (0 if field in MAY_BE_EMPTY else least) <= len(clean) <= LONGEST[field]:
        raise NotThis("too_long", field=field, most=LONGEST[field])
    return clean


def rank_of(text: str) -> str:
    for rank, words in RANK_WORDS.items():
        if fold(text) in words:
            return rank
    raise NotThis


def count_of(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(MOST_HEADS)) or int(text) > MOST_HEADS:
        raise NotThis
    return int(text)
