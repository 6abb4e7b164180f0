"""A form is carried out once; where it led to is remembered, however long the address."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from confsvc.domain.submissions import KEPT, earlier_outcome, remember_outcome
from confsvc.domain.work import Work
from tests.conftest import NOW
from tests.factories import acting, make_account

BeginWork = Callable[..., AbstractContextManager[Work]]


def test_a_long_address_is_remembered_for_its_own_account_and_a_day(begin: BeginWork) -> None:
    long = "/conferences/1/delegates?q=" + "đ" * 2000
    with begin() as work:
        olga, mallory = make_account(work), make_account(work, "mallory")
    with begin(acting(olga)) as work:
        remember_outcome(work, "key", long)
    with begin(acting(mallory)) as work:
        assert earlier_outcome(work, "key") is None
    with begin(acting(olga)) as work:
        assert earlier_outcome(work, "key") == long
    with begin(acting(olga), now=NOW + KEPT + timedelta(seconds=1)) as work:
        remember_outcome(work, "another", "/")
        assert earlier_outcome(work, "key") is None
