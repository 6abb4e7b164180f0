"""What people paste: from Excel with a header or without, with numbers, titles and totals around, in old encodings, or typed by hand."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsvc.domain.errors import Invalid
from confsvc.domain.registration_people import PersonEntry
from confsvc.schemas.pasted_people import PASTE_MAX_ROWS, read_pasted

UNIT = "Sở Y tế"
AN = PersonEntry("Trần Thị An", "Giám đốc", "head", "0913 123 456", "an@example.org")
BINH = PersonEntry("Lê Văn Bình", "Phó Giám đốc", "leader", "", "")


@pytest.mark.parametrize(
    "pasted",
    [
        "STT\tHọ và tên\tChức vụ\tĐiện thoại\tEmail\n1\tTrần Thị An\tGiám đốc\t0913 123 456\tan@example.org\n2\tLê Văn Bình\tPhó Giám đốc\t\t\n",
        "1\tTrần Thị An\tGiám đốc\t0913 123 456\tan@example.org\r\n2\tLê Văn Bình\tPhó Giám đốc\t\t",
        "Trần Thị An\tGiám đốc\t0913 123 456\tan@example.org\n\nLê Văn Bình\tPhó Giám đốc\t\t\n",
        "Trần Thị An; Giám đốc; 0913 123 456; an@example.org\nLê Văn Bình; Phó Giám đốc",
        "Email\tSố điện thoại\tHọ và tên\tChức danh\nan@example.org\t0913 123 456\tTrần Thị An\tGiám đốc\n\t\tLê Văn Bình\tPhó Giám đốc\nTổng cộng: 2",
    ],
)
def test_people_are_found_whatever_the_columns(pasted: str) -> None:
    assert read_pasted(pasted, UNIT) == [AN, BINH]


def test_names_alone_are_enough() -> None:
    assert read_pasted("Trần Thị An\nLê Văn Bình\n", UNIT) == [PersonEntry("Trần Thị An"), PersonEntry("Lê Văn Bình")]


def test_rank_that_is_said_counts_before_the_position() -> None:
    assert [one.rank for one in read_pasted("Họ và tên\tChức vụ\tCấp\nTrần Thị An\tGiám đốc\tlãnh đạo", UNIT)] == ["leader"]


def test_cell_with_a_line_end_is_one_cell() -> None:
    [one] = read_pasted('Họ và tên\tĐiện thoại\nTrần Thị An\t"0913 123 456\n0252 3 822 000"', UNIT)
    assert one.phone == "0913 123 456; 0252 3 822 000"


@pytest.mark.parametrize("pasted", ["", "\n\t\n", "STT\tHọ và tên\tChức vụ\n", "x" * 200_001, "Trần Thị An\n" * (PASTE_MAX_ROWS + 1)])
def test_nothing_or_too_much_is_said_so(pasted: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_pasted(pasted, UNIT)
    assert caught.value.field == "pasted"


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(pasted: str) -> None:
    with suppress(Invalid):
        assert all(any((one.full_name, one.position, one.phone, one.email)) for one in read_pasted(pasted, UNIT))
