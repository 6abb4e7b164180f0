"""Who may do what: the only place that decides, asked by scoped look-up on every command."""

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.sql.base import ExecutableOption

from confsvc.domain.errors import NotAllowed, NotFound, SignInRequired, WrongState
from confsvc.domain.work import AccountActor, System, Work
from confsvc.models import Account, Conference, ConferenceMember, Delegate


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
    """The condition on `Conference` that holds for those this actor organises, and their rehearsals; administrators see all."""
    account = None if isinstance(work.actor, System) else signed_in_account(work)
    if account is None or account.role == "administrator":
        return true()
    mine = select(ConferenceMember.conference_id).where(ConferenceMember.account_id == account.id)
    return or_(Conference.id.in_(mine), Conference.rehearses_id.in_(mine))


def organised_conference(work: Work, conference_id: int, *, lock: bool = False) -> Conference:
    """The conference, if the actor organises it; raises SignInRequired, or NotFound for everybody else's.

    `lock` makes other writers of this conference wait until this unit ends, and reads it as the last of them left it:
    ask for it before anything is read that the change depends on.
    """
    wanted = select(Conference).where(Conference.id == conference_id, visible_conferences(work))
    if lock:
        wanted = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    conference = work.session.scalar(wanted)
    if conference is None:
        raise NotFound(kind="conference")
    return conference


def real_conference(work: Work, conference_id: int, *, lock: bool = False) -> Conference:
    """The same, but raises WrongState for a rehearsal: what stands in one is a copy that nobody changes by hand."""
    conference = organised_conference(work, conference_id, lock=lock)
    if conference.rehearses_id is not None:
        raise WrongState(state="rehearsal", step="change_plan")
    return conference


def delegate_of(work: Work, conference_id: int, delegate_id: int, *loaded: ExecutableOption) -> Delegate:
    """The delegate of a conference the caller may see already, with what is to be `loaded`; raises NotFound."""
    found = work.session.scalar(select(Delegate).where(Delegate.id == delegate_id, Delegate.conference_id == conference_id).options(*loaded))
    if found is None:
        raise NotFound(kind="delegate")
    return found


def acting_account_id(work: Work) -> int | None:
    """The account that acts; None for the server itself."""
    return work.actor.account_id if isinstance(work.actor, AccountActor) else None
