"""Every text on screen is there in Vietnamese, says as much as the English one, and nothing else is kept."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from confsvc.translations.catalogue import HERE, merged_catalogue, missing_texts, unused_texts, used_texts

PLACEHOLDER = re.compile(r"%\((\w+)\)([a-z])")
FEATURE_FILES = sorted(HERE.glob("*/*.po"))


def test_vietnamese_is_complete() -> None:
    assert len(used_texts()) > 100
    assert missing_texts("vi") == {}


def test_nothing_is_translated_that_nobody_asks_for() -> None:
    assert unused_texts("vi") == []


@pytest.mark.parametrize("path", FEATURE_FILES, ids=lambda path: path.name)
def test_file_is_well_formed_and_of_its_language(path: Path) -> None:
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    assert (str(catalogue.locale), catalogue.charset, catalogue.num_plurals) == (path.parent.name, "utf-8", 1)
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []


def test_translations_carry_the_same_placeholders() -> None:
    wrong = []
    for message in merged_catalogue("vi"):
        texts = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = [message.string] if isinstance(message.string, str) else list(message.string or [])
        wanted = set().union(*(PLACEHOLDER.findall(text) for text in texts))
        wrong += [text for text in strings if set(PLACEHOLDER.findall(text)) != wanted]
    assert wrong == []


def test_translations_are_written_in_composed_letters() -> None:
    """Decomposed letters look the same and are found by no search."""
    assert [path.name for path in FEATURE_FILES if re.search("[\u0300-\u036f]", path.read_text())] == []
