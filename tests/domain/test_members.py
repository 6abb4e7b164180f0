"""Who organises a conference."""

import pytest

from confsvc.domain.errors import Invalid, NotFound, SignInRequired
from confsvc.domain.members import add_member, list_members, remove_member
from confsvc.domain.work import Anonymous
from confsvc.models import Account
from tests.conftest import NOW, BeginWork
from tests.factories import acting, make_account, make_conference

Cast = tuple[int, Account, Account, Account]


@pytest.fixture
def cast(begin: BeginWork) -> Cast:
    """olga's conference, olga, oscar who may join, mallory."""
    with begin() as work:
        olga, oscar, mallory = (make_account(work, name) for name in ("olga", "oscar", "mallory"))
        make_account(work, "gone", disabled_at=NOW)
        make_conference(work, mallory)
        return make_conference(work, olga).id, olga, oscar, mallory


def test_an_organiser_lets_another_one_in_and_goes(begin: BeginWork, cast: Cast) -> None:
    conference_id, olga, oscar, _ = cast
    with begin(acting(olga)) as work:
        assert add_member(work, conference_id, " OSCAR@example.org ").id == oscar.id
    with begin(acting(oscar)) as work:
        assert [member.name for member in list_members(work, conference_id)] == ["Olga", "Oscar"]
        remove_member(work, conference_id, olga.id)
        assert [member.name for member in list_members(work, conference_id)] == ["Oscar"]
    with begin(acting(olga)) as work, pytest.raises(NotFound):
        add_member(work, conference_id, "olga@example.org")


@pytest.mark.parametrize(
    ("email", "reason"), [("nobody@example.org", "account_unknown"), ("gone@example.org", "account_unknown"), ("olga@example.org", "member_already")]
)
def test_who_cannot_join_is_refused(begin: BeginWork, cast: Cast, email: str, reason: str) -> None:
    with begin(acting(cast[1])) as work, pytest.raises(Invalid) as caught:
        add_member(work, cast[0], email)
    assert (caught.value.field, caught.value.reason) == ("email", reason)


def test_the_last_organiser_stays(begin: BeginWork, cast: Cast) -> None:
    conference_id, olga, oscar, _ = cast
    with begin(acting(olga)) as work:
        with pytest.raises(NotFound):
            remove_member(work, conference_id, oscar.id)
        with pytest.raises(Invalid) as caught:
            remove_member(work, conference_id, olga.id)
    assert caught.value.reason == "last_member"


def test_the_outsider_changes_nothing(begin: BeginWork, cast: Cast) -> None:
    conference_id, olga, _, mallory = cast
    with begin(acting(mallory)) as work:
        for command in (lambda: add_member(work, conference_id, "mallory@example.org"), lambda: remove_member(work, conference_id, olga.id)):
            with pytest.raises(NotFound):
                command()
    with begin(Anonymous()) as work, pytest.raises(SignInRequired):
        add_member(work, conference_id, "mallory@example.org")
