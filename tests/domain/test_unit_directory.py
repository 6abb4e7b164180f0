"""Suggestions for unknown names: good ones, and never a burden to the server."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

import pytest

from confsvc.domain import unit_directory as directories
from confsvc.domain.unit_directory import MOST_COMPARED, MOST_SUGGESTED, SUGGESTED_CHARACTERS, Directory, UnitChoice, unit_directory


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that were compared letter by letter, one for each slow comparison."""
    found: list[str] = []

    class Counting(SequenceMatcher[str]):
        key = ""

        def set_seq1(self, a: Sequence[str]) -> None:
            self.key = "".join(a)
            super().set_seq1(a)

        def ratio(self) -> float:
            found.append(self.key)
            return super().ratio()

    monkeypatch.setattr(directories, "SequenceMatcher", Counting)
    return found


def directory(*names: str, **more: Any) -> Directory[UnitChoice]:
    return unit_directory([], [UnitChoice(number, name, **more) for number, name in enumerate(names)])


def test_the_likest_names_come_first() -> None:
    units = directory("Sở Nội vụ", "Sở Tư pháp", "Sở Ngoại vụ", "Chi cục Nội vụ", "Huyện Tuy Phong")
    assert units.nearest("Sở Nộii vụ") == ["Sở Nội vụ", "Sở Ngoại vụ"]
    assert units.nearest("Bưu điện") == []


def test_a_text_is_compared_once_however_many_rows_say_it(compared: list[str]) -> None:
    units = directory("Sở Nội vụ", "Sở Ngoại vụ")
    first = units.nearest("Sở Nội vụu")
    count = len(compared)
    assert (units.nearest("Sở Nội vụu"), len(compared)) == (first, count)


def test_suggestions_end_after_so_many_texts(compared: list[str]) -> None:
    units = directory(*[f"Phòng Nội vụ huyện số {n}" for n in range(200)])
    answers = [units.nearest(f"Phòng Nội vụ huyện x{n}") for n in range(MOST_SUGGESTED * 4)]
    assert [bool(answer) for answer in answers] == [True] * MOST_SUGGESTED + [False] * MOST_SUGGESTED * 3
    assert len(compared) <= MOST_SUGGESTED * MOST_COMPARED


def test_a_long_text_gets_none_and_does_not_use_up_the_others(compared: list[str]) -> None:
    units = directory("Sở Nội vụ")
    assert [units.nearest("Sở Nội vụ " + "x" * SUGGESTED_CHARACTERS + str(n)) for n in range(MOST_SUGGESTED)] == [[]] * MOST_SUGGESTED
    assert compared == []
    assert units.nearest("Sở Nội vụu") == ["Sở Nội vụ"]


def test_names_that_cannot_be_like_it_are_not_compared_letter_by_letter(compared: list[str]) -> None:
    units = directory(*[f"Sở {'rất dài ' * 10}{n}" for n in range(30)], "Sở Y tế")
    assert units.nearest("Sở Y tếe") == ["Sở Y tế"]
    assert compared == ["so y te"]


def test_a_text_longer_than_any_name_is_nobodys() -> None:
    units = directory("Sở Nội vụ")
    assert [len(units.find(text)) for text in ("Sở Nội vụ", "Sở Nội vụ" + " " * 300)] == [1, 0]
