"""Who may watch a board: organisers by their sign-in, and the bearers of the public link, which shows counts only."""

from collections.abc import Collection

from sqlalchemy import exists, or_, select

from confsvc.domain.access import organised_conference
from confsvc.domain.errors import LinkExpired
from confsvc.domain.facts import BoardLinkRevoked
from confsvc.domain.tokens import derive_token, hash_token
from confsvc.domain.work import Work
from confsvc.models import Account, Conference, ConferenceMember


def public_board(work: Work, token: str) -> Conference:
    """The conference behind a public link, of which its bearer may see counts only; raises LinkExpired."""
    conference = work.session.scalar(select(Conference).where(Conference.board_token_hash == hash_token(token)))
    if conference is None:
        raise LinkExpired
    return conference


def board_token(work: Work, conference: Conference) -> str | None:
    """The token of the public link, or None where there is none."""
    return derive_token(work.secret, "board", conference.uid, conference.board_serial) if conference.board_token_hash else None


def renew_board_link(work: Work, conference_id: int) -> Conference:
    """Give the board a new public link; one that was there before is dead. Raises NotFound."""
    conference = organised_conference(work, conference_id)
    _end_link(work, conference)
    conference.board_serial += 1
    conference.board_token_hash = hash_token(derive_token(work.secret, "board", conference.uid, conference.board_serial))
    return conference


def revoke_board_link(work: Work, conference_id: int) -> Conference:
    """Make the public link useless; raises NotFound."""
    conference = organised_conference(work, conference_id)
    _end_link(work, conference)
    return conference


def still_organising(work: Work, conference_id: int, sign_ins: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Which of these sign-ins (account and its epoch then) still may see what organisers of this conference see; one query however many."""
    member = ConferenceMember.conference_id.in_(
        select(Conference.id).where(Conference.id == conference_id).union(select(Conference.rehearses_id).where(Conference.id == conference_id))
    )
    organises = or_(Account.role == "administrator", exists().where(ConferenceMember.account_id == Account.id, member))
    found = select(Account.id, Account.session_epoch).where(
        Account.id.in_({account_id for account_id, _ in sign_ins}), Account.disabled_at.is_(None), organises
    )
    return {(account_id, epoch) for account_id, epoch in work.session.execute(found)} & set(sign_ins)


def _end_link(work: Work, conference: Conference) -> None:
    if conference.board_token_hash:
        conference.board_token_hash = None
        work.tell(BoardLinkRevoked(conference.id))
