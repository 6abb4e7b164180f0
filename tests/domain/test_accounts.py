"""Accounts: how an address is spelled, and when a password may be replaced."""

import pytest

from confsvc.domain.accounts import account_email, change_password, find_account, prepare_password, reset_password
from confsvc.domain.errors import Invalid
from confsvc.domain.passwords import Passwords
from confsvc.domain.work import AccountActor
from tests.conftest import BeginWork
from tests.factories import make_account

PASSWORDS = Passwords(32)
FIRST, SECOND, THIRD = "the first password", "the second password", "the third password"


@pytest.mark.parametrize("typed", [" Olga@Example.org\n", "ol\u200bga@example.org", "olga@example.org\ufeff", "\u202eolga@EXAMPLE.ORG", "olga@example.org"])
def test_an_address_is_found_in_the_spelling_that_is_counted(begin: BeginWork, typed: str) -> None:
    with begin() as work:
        olga = make_account(work)
        assert (account_email(typed), find_account(work, typed)) == ("olga@example.org", olga)


@pytest.mark.parametrize(("typed", "key"), [("", ""), (" Olga ", "olga"), ("\ud800@x", "@x")])
def test_what_is_no_address_has_one_spelling_too(typed: str, key: str) -> None:
    assert account_email(typed) == key


def test_a_password_replaced_meanwhile_is_not_replaced_again(begin: BeginWork) -> None:
    with begin() as work:
        olga = make_account(work, password_hash=PASSWORDS.hash(FIRST))
    change = prepare_password(olga, PASSWORDS, current=FIRST, new=THIRD)
    with begin() as work:
        reset_password(work, PASSWORDS, email=olga.email, password=SECOND)
    with begin(AccountActor(olga.id)) as work, pytest.raises(Invalid) as refused:
        change_password(work, change)
    assert (refused.value.field, refused.value.reason) == ("current", "password_wrong")
    with begin() as work:
        found = find_account(work, olga.email)
        assert found
        assert (PASSWORDS.verify(found.password_hash, SECOND), found.session_epoch) == (True, 1)


def test_a_checked_password_is_replaced_and_ends_the_sign_ins(begin: BeginWork) -> None:
    with begin() as work:
        olga = make_account(work, password_hash=PASSWORDS.hash(FIRST))
    change = prepare_password(olga, PASSWORDS, current=FIRST, new=SECOND)
    with begin(AccountActor(olga.id)) as work:
        changed = change_password(work, change)
        assert (PASSWORDS.verify(changed.password_hash, SECOND), changed.session_epoch) == (True, 1)
