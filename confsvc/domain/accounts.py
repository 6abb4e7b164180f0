"""Organisers' accounts: made on the command line, opened with a password."""

from dataclasses import dataclass

from sqlalchemy import select

from confsvc.domain.access import require_administrator, signed_in_account
from confsvc.domain.contacts import normal_email
from confsvc.domain.errors import Invalid
from confsvc.domain.passwords import Passwords
from confsvc.domain.text import clean
from confsvc.domain.work import Work
from confsvc.models import Account

PASSWORD_MIN_CHARACTERS = 12
PASSWORD_MAX_CHARACTERS = 200


@dataclass(frozen=True)
class PasswordChange:
    """A checked wish for another password: the hash it was checked against, and the new one."""

    checked: str
    hashed: str


def require_good_password(password: str, field: str = "password") -> None:
    """Raise Invalid where a password is too short to be safe or too long to be hashed."""
    if len(password) < PASSWORD_MIN_CHARACTERS:
        raise Invalid(field, "password_short")
    if len(password) > PASSWORD_MAX_CHARACTERS:
        raise Invalid(field, "too_long")


def create_account(work: Work, passwords: Passwords, *, email: str, name: str, password: str, role: str = "organiser") -> Account:
    """A new account; raises Invalid for a taken or broken address or a short password."""
    require_administrator(work)
    email, name = normal_email(email), clean(name)
    if not name:
        raise Invalid("name", "required")
    require_good_password(password)
    if work.session.scalar(select(Account.id).where(Account.email == email)):
        raise Invalid("email", "email_taken")
    account = Account(email=email, name=name, password_hash=passwords.hash(password), role=role, created_at=work.now)
    work.session.add(account)
    work.session.flush()
    return account


def account_email(typed: str) -> str:
    """The one spelling under which an account is looked up and attempts at it are counted; "" stays ""."""
    try:
        return normal_email(clean(typed))
    except Invalid:
        return clean(typed).lower()


def find_account(work: Work, email: str) -> Account | None:
    """The enabled account with this address."""
    return work.session.scalar(select(Account).where(Account.email == account_email(email), Account.disabled_at.is_(None)))


def prepare_password(account: Account, passwords: Passwords, *, current: str, new: str) -> PasswordChange:
    """The slow part of `change_password`, for outside of any unit of work; raises Invalid `password_wrong`."""
    if not passwords.verify(account.password_hash, current):
        raise Invalid("current", "password_wrong")
    require_good_password(new, "new")
    return PasswordChange(account.password_hash, passwords.hash(new))


def change_password(work: Work, change: PasswordChange) -> Account:
    """Replace the signed-in account's password and end its other sign-ins; raises Invalid where it is not the one checked any more."""
    account = signed_in_account(work)
    if account.password_hash != change.checked:
        raise Invalid("current", "password_wrong")
    account.password_hash = change.hashed
    account.session_epoch += 1
    return account


def reset_password(work: Work, passwords: Passwords, *, email: str, password: str) -> Account:
    """Set a new password for the account with this address and end its sign-ins; for administrators."""
    require_administrator(work)
    account = find_account(work, email)
    if account is None:
        raise Invalid("email", "email_invalid")
    require_good_password(password)
    account.password_hash = passwords.hash(password)
    account.session_epoch += 1
    return account


def get_account(work: Work, account_id: int) -> Account | None:
    """The enabled account with this id."""
    account = work.session.get(Account, account_id)
    return account if account and account.disabled_at is None else None
