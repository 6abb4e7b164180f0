"""Vietnamese text: cleaning, folding, ordering."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confsvc.domain.text import clean, clean_lines, fold, like_pattern, name_sort_key, text_sort_key

VIETNAMESE = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyAĐƯ áàảãạằẵểệỗợứỳ", min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Nguyễn\u00a0Văn  A ", "Nguyễn Văn A"),
        ("Nguyễn\r\nVăn A", "Nguyễn Văn A"),
        ("\u202eNguyễn\u200b Văn\u2066 A", "Nguyễn Văn A"),
        (unicodedata.normalize("NFD", "Thuỳ"), "Thuỳ"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("<script>{x}</script>", "<script>{x}</script>"),
        ("\x00\x1b[31m", "[31m"),
        ("Ha\u200b\u0300", "H\u00e0"),
    ],
)
def test_clean_keeps_what_can_be_read(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@given(st.one_of(st.text(), st.text("aeoơ \u0301\u0300\u0323\u031b\u200b\u00ad\u2028\n\ud800", max_size=8)))
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned == unicodedata.normalize("NFC", cleaned)


def test_clean_lines_keeps_the_lines() -> None:
    assert clean_lines(" một \r\n\u202ehai\n\n") == "một\nhai"


@pytest.mark.parametrize("typed", ["Đức", "ĐỨC", "đức", "Ðức", unicodedata.normalize("NFD", "Đức"), unicodedata.normalize("NFKD", "ĐỨC"), " duc "])
def test_fold_finds_duc_however_it_is_typed(typed: str) -> None:
    assert fold(typed) == "duc"


@given(VIETNAMESE)
def test_fold_is_the_same_in_every_unicode_form_and_case(text: str) -> None:
    forms = {fold(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    assert forms == {fold(text)} == {fold(text.upper())} == {fold(fold(text))}


def test_like_pattern_escapes_wildcards() -> None:
    assert like_pattern("50%_\\Đ") == "%50\\%\\_\\\\d%"


def test_names_are_ordered_the_vietnamese_way() -> None:
    names = ["Ưng", "Úc", "Oanh", "Đức", "Duy", "Dũng", "Bình", "Ấn", "Ẩn", "Ân", "Ánh", "An", "Ơn"]
    assert sorted(names, key=name_sort_key) == ["An", "Ánh", "Ân", "Ẩn", "Ấn", "Bình", "Dũng", "Duy", "Đức", "Oanh", "Ơn", "Úc", "Ưng"]


def test_the_given_name_weighs_first_then_the_middle_then_the_family_name() -> None:
    people = ["Trần Văn Bình", "Nguyễn Thị An", "Lê Văn An", "An", "Nguyễn Văn An", "Đỗ Anh Ấn"]
    assert sorted(people, key=name_sort_key) == ["An", "Nguyễn Thị An", "Lê Văn An", "Nguyễn Văn An", "Đỗ Anh Ấn", "Trần Văn Bình"]


def test_tones_are_ordered_as_cldr_says() -> None:
    assert sorted(["mạ", "má", "mã", "mả", "mà", "ma"], key=name_sort_key) == ["ma", "mà", "mả", "mã", "má", "mạ"]


def test_titles_do_not_count_in_the_order() -> None:
    assert name_sort_key("PGS. TS. Nguyễn Văn An") == name_sort_key("Nguyễn Văn An") == name_sort_key("Đồng chí Nguyễn Văn An")


@pytest.mark.parametrize("name", ["Ông", "TS.", "Bà", ""])
def test_a_name_that_is_only_a_title_still_has_a_key(name: str) -> None:
    assert isinstance(name_sort_key(name), str)


@given(st.text(max_size=300))
def test_sort_keys_are_ascii_and_fit_their_column(text: str) -> None:
    for key in (name_sort_key(text), text_sort_key(text)):
        assert key.isascii()
        assert len(key) <= 600
