"""The accounts that organise a conference together."""

from sqlalchemy import delete, func, select

from confsvc.domain.access import real_conference
from confsvc.domain.accounts import find_account
from confsvc.domain.errors import Invalid, NotFound
from confsvc.domain.work import Work
from confsvc.models import Account, ConferenceMember


def list_members(work: Work, conference_id: int) -> list[Account]:
    """Who organises a conference the caller may see already, by name; one query."""
    organising = select(ConferenceMember.account_id).where(ConferenceMember.conference_id == conference_id)
    return list(work.session.scalars(select(Account).where(Account.id.in_(organising)).order_by(Account.name, Account.id)))


def add_member(work: Work, conference_id: int, email: str) -> Account:
    """Let the account with this address organise too; raises Invalid `account_unknown` or `member_already`."""
    real_conference(work, conference_id, lock=True)
    account = find_account(work, email)
    if account is None:
        raise Invalid("email", "account_unknown")
    if work.session.get(ConferenceMember, (conference_id, account.id)):
        raise Invalid("email", "member_already")
    work.session.add(ConferenceMember(conference_id=conference_id, account_id=account.id))
    work.session.flush()
    return account


def remove_member(work: Work, conference_id: int, account_id: int) -> None:
    """End an account's part in the conference; raises NotFound, or Invalid `last_member`: somebody must organise it."""
    real_conference(work, conference_id, lock=True)
    if not work.session.get(ConferenceMember, (conference_id, account_id)):
        raise NotFound(kind="member")
    if work.session.scalar(select(func.count()).where(ConferenceMember.conference_id == conference_id)) == 1:
        raise Invalid("member", "last_member")
    work.session.execute(delete(ConferenceMember).where(ConferenceMember.conference_id == conference_id, ConferenceMember.account_id == account_id))
