"""Telephone numbers and e-mail addresses as offices type them."""

import pytest

from confsvc.domain.contacts import normal_email, normal_phone, shown_phone, split_phones
from confsvc.domain.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("", ""),
        ("   ", ""),
        ("0901 234 567", "+84901234567"),
        ("901234567", "+84901234567"),
        ("901234567.0", "+84901234567"),
        ("84901234567", "+84901234567"),
        ("+84 901-234-567", "+84901234567"),
        ("0252.3822123", "+842523822123"),
        ("(0252) 3822 123", "+842523822123"),
        ("2523822123", "+842523822123"),
        ("anh Nam: 0913 123 456", "+84913123456"),
        ("0913123456 / 0252.3822123", "+84913123456"),
        ("0913 123 456; 0912 000 001", "+84913123456"),
        ("0913123456\n0912000001", "+84913123456"),
        ("0913123456 - 0912000001", "+84913123456"),
        ("+65 6123 4567", "+6561234567"),
    ],
)
def test_phone_is_told_in_one_form(typed: str, normal: str) -> None:
    assert normal_phone(typed) == normal


@pytest.mark.parametrize("typed", ["abc", "12", "091234567", "0913 123 456 789", "=1+1", "0"])
def test_phone_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        normal_phone(typed)
    assert (refusal.value.field, refusal.value.reason) == ("phone", "phone_invalid")


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("", ("", "")),
        ("0913 123 456", ("0913 123 456", "")),
        ("0913 123 456 / 0252.3822123", ("0913 123 456", "0252.3822123")),
        ("0913123456; 0912000001, 0911000002", ("0913123456", "0912000001; 0911000002")),
        ("091-312-3456", ("091-312-3456", "")),
        (" / 0913123456", ("0913123456", "")),
    ],
)
def test_second_number_is_kept_apart(typed: str, parts: tuple[str, str]) -> None:
    assert split_phones(typed) == parts


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+84913123456", "0913 123 456"), ("+842523822456", "0252 3822 456"), ("+33142685300", "+33 1 42 68 53 00"), ("", ""), ("x", "x")],
)
def test_a_number_is_shown_the_way_people_read_it(number: str, shown: str) -> None:
    assert shown_phone(number) == shown


def test_email_is_lower_case_with_a_normal_domain() -> None:
    assert normal_email(" Dina.Tran@Binhthuan.GOV.vn ") == "dina.tran@binhthuan.gov.vn"
    assert normal_email("dina@Đồng.vn") == "dina@đồng.vn"


@pytest.mark.parametrize("typed", ["", "dina", "dina@", "a b@example.org", "dũng@example.org", "a@example.org, b@example.org"])
def test_email_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        normal_email(typed)
    assert (refusal.value.field, refusal.value.reason) == ("email", "email_invalid")
