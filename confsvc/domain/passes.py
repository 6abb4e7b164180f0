"""Passes and personal links: tokens that are derived when shown and stored only as hashes."""

from collections.abc import Sequence

from sqlalchemy import insert, select

from confsvc.domain.tokens import derive_token, hash_token
from confsvc.domain.work import Work
from confsvc.models import Delegate, Pass


def pass_token(work: Work, issued: Pass) -> str:
    """The token in the QR code of this pass."""
    return derive_token(work.secret, "pass", issued.uid)


def link_token(work: Work, delegate: Delegate) -> str:
    """The token of the delegate's personal link."""
    return derive_token(work.secret, "link", delegate.link_uid)


def renew_link(work: Work, delegate: Delegate) -> None:
    """Give the delegate a personal link; one that was there before is dead. Works on rows not yet flushed."""
    for column, value in fresh_link(work).items():
        setattr(delegate, column, value)


def fresh_link(work: Work) -> dict[str, str]:
    """The columns of a personal link that nobody has yet."""
    uid = work.new_id()
    return {"link_uid": uid, "link_token_hash": hash_token(derive_token(work.secret, "link", uid))}


def valid_pass(work: Work, delegate_id: int) -> Pass:
    """The delegate's one pass that is not revoked."""
    return work.session.scalars(select(Pass).where(Pass.delegate_id == delegate_id, Pass.revoked_at.is_(None))).one()


def issue_passes(work: Work, delegates: Sequence[Delegate]) -> None:
    """Give each delegate, flushed already, a pass; one statement however many."""
    rows = [{"conference_id": one.conference_id, "delegate_id": one.id, "issued_at": work.now, **fresh_pass(work)} for one in delegates]
    if rows:
        work.session.execute(insert(Pass), rows)


def fresh_pass(work: Work) -> dict[str, str]:
    """The columns of a pass that nobody has yet."""
    uid = work.new_id()
    return {"uid": uid, "token_hash": hash_token(derive_token(work.secret, "pass", uid))}
