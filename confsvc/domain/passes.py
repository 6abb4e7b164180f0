"""Passes and personal links: tokens that are made when shown and stored only as hashes.

A pass token can be judged by whoever holds the public key, without a line: base32 (RFC 4648, small letters, 136 characters)
of 85 bytes: version 1, the conference's id (4 bytes, big-endian), the pass's uid (16 bytes), and the Ed25519 signature
(RFC 8032, 64 bytes) of those 21.
"""

import base64
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import insert, select

from confsvc.domain.facts import PassesChanged
from confsvc.domain.tokens import derive_key, derive_token, hash_token
from confsvc.domain.work import Work
from confsvc.models import Delegate, Pass

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TOKEN_VERSION = 1


def pass_token(work: Work, issued: Pass) -> str:
    """The token in the QR code of this pass."""
    return sign_token(work.secret, issued.conference_id, issued.uid)


def sign_token(secret: str, conference_id: int, uid: str) -> str:
    """The token of the pass `uid` of this conference; the same one every time."""
    told = bytes([TOKEN_VERSION]) + conference_id.to_bytes(4) + UUID(uid).bytes
    return base64.b32encode(told + _signing_key(secret).sign(told)).decode().lower()


def public_key(work: Work) -> str:
    """What pass tokens are verified with: 32 bytes as hexadecimal digits."""
    return _signing_key(work.secret).public_key().public_bytes_raw().hex()


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
    rows = [{"conference_id": one.conference_id, "delegate_id": one.id, "issued_at": work.now, **fresh_pass(work, one.conference_id)} for one in delegates]
    if rows:
        work.session.execute(insert(Pass), rows)


def revoke_pass(work: Work, delegate_id: int, reason: str, revision: int) -> None:
    """Kill the pass of somebody, if there is one, as line `revision` of the log has it."""
    valid = work.session.scalar(select(Pass).where(Pass.delegate_id == delegate_id, Pass.revoked_at.is_(None)))
    if valid:
        valid.revoked_at, valid.revoked_reason, valid.revoked_revision = work.now, reason, revision
        work.session.flush()
        work.tell(PassesChanged(valid.conference_id, frozenset((valid.uid,))))


def restore_pass(work: Work, delegate_id: int, reason: str, revision: int) -> None:
    """Let the pass that was revoked for this reason be valid again, as line `revision` of the log has it, unless there is a newer one."""
    passes = work.session.scalars(select(Pass).where(Pass.delegate_id == delegate_id).order_by(Pass.id)).all()
    if passes and passes[-1].revoked_reason == reason:
        passes[-1].revoked_at, passes[-1].revoked_reason, passes[-1].revoked_revision = None, "", revision
        work.session.flush()
        work.tell(PassesChanged(passes[-1].conference_id, frozenset((passes[-1].uid,))))


def fresh_pass(work: Work, conference_id: int) -> dict[str, str]:
    """The columns of a pass that nobody has yet."""
    uid = work.new_id()
    return {"uid": uid, "token_hash": hash_token(sign_token(work.secret, conference_id, uid))}


@lru_cache(maxsize=4)
def _signing_key(secret: str) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415  # comes with the first pass: 6 MiB

    return Ed25519PrivateKey.from_private_bytes(derive_key(secret, "pass"))
