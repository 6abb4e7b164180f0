"""What a message holds, read strictly, however it is written."""

from typing import Any
from uuid import UUID

import pytest

from confsvc.domain.errors import Malformed
from confsvc.schemas.json_values import load_json, read_object, read_uuid

REF = "9c1f6a52-7a1b-4a35-9f0e-3a4a3b1f6a52"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"tên": ["Nguyễn", 1, -1.5, true, null]}', {"tên": ["Nguyễn", 1, -1.5, True, None]}),
        ('"half a pair: \\ud83d"', "half a pair: \ud83d"),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ('{"twice": 1, "twice": 2}', {"twice": 2}),
    ],
)
def test_json_is_taken_as_browsers_write_it(text: str, value: Any) -> None:
    assert load_json(text) == value
    assert load_json(text.encode()) == value


@pytest.mark.parametrize("text", ["", "zzz", "[1", "NaN", "[-Infinity]", "[" * 5000, "1" * 5000, '"\x01"', "\ufeff1", "{'a': 1}", b"\xff\xfe"])
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # of whichever kind: nobody tells them apart
        load_json(text)
    with pytest.raises(Malformed):
        read_object(text)


@pytest.mark.parametrize("text", [REF, REF.upper(), REF.replace("-", "")])
def test_a_reference_is_the_same_however_it_is_spelt(text: str) -> None:
    assert read_uuid({"ref": text}, "ref") == REF == str(UUID(text))
