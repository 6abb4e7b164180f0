"""Derived link tokens."""

import re

from confsvc.domain.tokens import derive_token, hash_token


def test_a_token_is_160_bits_of_base32() -> None:
    assert re.fullmatch("[a-z2-7]{32}", derive_token("secret", "pass", "uid"))


def test_the_same_parts_give_the_same_token_and_any_other_part_another() -> None:
    base = derive_token("secret", "pass", "1", "23")
    others = [derive_token("secret!", "pass", "1", "23"), derive_token("secret", "link", "1", "23"), derive_token("secret", "pass", "12", "3")]
    assert derive_token("secret", "pass", "1", "23") == base
    assert len({base, *others}) == 4


def test_the_hash_ignores_case_and_space_around() -> None:
    assert hash_token(" ABC\n") == hash_token("abc") != hash_token("abd")


def test_the_hash_of_half_a_surrogate_pair_is_one_like_any_other() -> None:
    assert re.fullmatch("[0-9a-f]{64}", hash_token("\ud800"))
    assert hash_token("\ud800") != hash_token("")
