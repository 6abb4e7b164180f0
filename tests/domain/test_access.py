"""Who may do what."""

import pytest

from confsvc.domain.access import organised_conference, require_administrator, require_organiser
from confsvc.domain.errors import NotAllowed, NotFound, SignInRequired
from confsvc.domain.work import AccountActor, Actor, Anonymous, DelegateActor, DeskActor
from tests.conftest import NOW, BeginWork
from tests.factories import acting, make_account, make_conference


@pytest.fixture
def conference_id(begin: BeginWork) -> int:
    with begin() as work:
        conference = make_conference(work, make_account(work, "olga"))
        make_conference(work, make_account(work, "mallory"), title="Mallory's own")
        make_account(work, "ada", role="administrator")
        make_account(work, "gone", disabled_at=NOW)
        return conference.id


def test_organisers_see_their_own_and_administrators_all(begin: BeginWork, conference_id: int) -> None:
    for account_id in (1, 3):
        with begin(AccountActor(account_id)) as work:
            assert organised_conference(work, conference_id).id == conference_id


def test_the_outsider_is_told_nothing(begin: BeginWork, conference_id: int) -> None:
    with begin(AccountActor(2)) as work, pytest.raises(NotFound):
        organised_conference(work, conference_id)


@pytest.mark.parametrize("actor", [Anonymous(), DeskActor(1), DelegateActor(1), AccountActor(4), AccountActor(99)])
def test_whoever_is_not_signed_in_is_asked_to(begin: BeginWork, conference_id: int, actor: Actor) -> None:
    with begin(actor) as work, pytest.raises(SignInRequired):
        organised_conference(work, conference_id)
    with begin(actor) as work, pytest.raises(SignInRequired):
        require_organiser(work)


def test_administration_is_for_administrators(begin: BeginWork, conference_id: int) -> None:
    with begin(AccountActor(3)) as work:
        require_administrator(work)
    with begin(AccountActor(1)) as work, pytest.raises(NotAllowed):
        require_administrator(work)


def test_acting_names_the_account(begin: BeginWork) -> None:
    with begin() as work:
        account = make_account(work)
        assert acting(account) == AccountActor(account.id)
