"""Who may do what: the only place that decides, asked by scoped look-up on every command."""

from sqlalchemy import ColumnElement, select, true, update

from confsvc.domain.errors import NotAllowed, NotFound, SignInRequired
from confsvc.domain.work import AccountActor, System, Work
from confsvc.models import Account, Conference, ConferenceMember


def signed_in_account(work: Work) -> Account:
    """The account of the actor, still enabled; raises SignInRequired."""
    account = work.session.get(Account, work.actor.account_id) if isinstance(work.actor, AccountActor) else None
    if account is None or account.disabled_at is not None:
        raise SignInRequired
    return account


def require_organiser(work: Work) -> None:
    """Pass for any signed-in organiser and for the server itself; raises SignInRequired."""
    if not isinstance(work.actor, System):
        signed_in_account(work)


def require_administrator(work: Work) -> None:
    """Pass for administrators and the server itself; raises SignInRequired or NotAllowed."""
    if not isinstance(work.actor, System) and signed_in_account(work).role != "administrator":
        raise NotAllowed


def visible_conferences(work: Work) -> ColumnElement[bool]:
    """The condition on `Conference` that holds for those this actor organises; administrators see all."""
    account = None if isinstance(work.actor, System) else signed_in_account(work)
    if account is None or account.role == "administrator":
        return true()
    mine = select(ConferenceMember.conference_id).where(ConferenceMember.account_id == account.id)
    return Conference.id.in_(mine)


def organised_conference(work: Work, conference_id: int) -> Conference:
    """The conference, if the actor organises it; raises SignInRequired, or NotFound for everybody else's."""
    conference = work.session.scalar(select(Conference).where(Conference.id == conference_id, visible_conferences(work)))
    if conference is None:
        raise NotFound(kind="conference")
    return conference


def lock_conference(work: Work, conference_id: int) -> None:
    """Make other writers of this conference wait until this unit ends (a no-op change takes the row lock)."""
    work.session.execute(
        update(Conference).where(Conference.id == conference_id).values(revision=Conference.revision), execution_options={"synchronize_session": False}
    )
