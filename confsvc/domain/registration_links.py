"""The link by which a unit names its delegates: made, opened, renewed, revoked.

Whoever holds it may change this one unit's list and nothing else. It lives until the conference is over; its token is derived from
`Mandate.link_uid`, which goes when the link is revoked, and stored as a hash only.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from confsvc.domain.access import organised_conference, real_conference
from confsvc.domain.errors import LinkExpired, NotFound, WrongState
from confsvc.domain.planning import SETTLED_STATES
from confsvc.domain.registration_changes import write_change
from confsvc.domain.tokens import derive_token, hash_token
from confsvc.domain.work import LiaisonActor, Work
from confsvc.models import Conference, Mandate

# A link that is opened again and again is one line of the history an hour.
OPENED_ANEW = timedelta(hours=1)


def registration_token(work: Work, mandate: Mandate) -> str:
    """The token of the unit's link, or "" for a unit that has none, or none any more."""
    return derive_token(work.secret, "registration", mandate.link_uid) if mandate.link_uid else ""


def find_liaison(work: Work, token: str) -> tuple[Conference, Mandate]:
    """Conference and unit (with its site) of the link with this token.

    Raises NotFound, the same for every token that opens nothing, or LinkExpired for a link that was revoked (`why` = "revoked") or
    whose conference is over ("over", with its `title`).
    """
    return _find(work, Mandate.link_token_hash == hash_token(token))


def liaison_of(work: Work) -> tuple[Conference, Mandate]:
    """The same for the liaison who acts; other writers of the conference wait until this unit ends."""
    if not isinstance(work.actor, LiaisonActor):
        raise NotFound(kind="registration")
    own = Mandate.id == work.actor.mandate_id
    # Before anything is read that the change depends on.
    work.session.execute(select(Conference.id).where(Conference.id.in_(select(Mandate.conference_id).where(own))).with_for_update(key_share=True))
    return _find(work, own)


def note_opened(work: Work, token: str) -> None:
    """Write down that the link was opened; once an hour, and the first time."""
    conference, mandate = find_liaison(work, token)
    if is_opened_anew(work, mandate):
        mandate.link_opened_at = work.now
        write_change(work, conference, mandate.id, "link_opened")


def is_opened_anew(work: Work, mandate: Mandate) -> bool:
    """Whether opening the link now is worth a line of the history."""
    return mandate.link_opened_at is None or work.now - mandate.link_opened_at >= OPENED_ANEW


def make_link(work: Work, conference_id: int, mandate_id: int, *, web_address: str = "") -> Mandate:
    """Give the unit a new link; one that was there before opens nothing any more. Raises NotFound or WrongState.

    `web_address` is where the links of the conference's mail lead from now on ("" leaves it as it is): reminders go out by themselves.
    """
    conference, mandate = _linked(work, conference_id, mandate_id)
    conference.web_address = web_address or conference.web_address
    give_link(work, conference, mandate)
    return mandate


def give_link(work: Work, conference: Conference, mandate: Mandate) -> None:
    """`make_link` for a mandate the caller may change; a conference that is over gives none (WrongState)."""
    if conference.state in SETTLED_STATES or mandate.unit_id is None:
        raise WrongState(state=conference.state, step="register")
    mandate.link_uid = work.new_id()
    mandate.link_token_hash = hash_token(derive_token(work.secret, "registration", mandate.link_uid))
    mandate.link_expires_at = mandate.link_opened_at = None
    write_change(work, conference, mandate.id, "link_made")
    work.session.flush()


def revoke_link(work: Work, conference_id: int, mandate_id: int) -> Mandate:
    """Let the unit's link open nothing from now on, if it has one. Raises NotFound."""
    conference, mandate = _linked(work, conference_id, mandate_id)
    if mandate.link_uid is not None:
        # The hash stays, so that whoever opens the link is told what became of it.
        mandate.link_uid, mandate.link_expires_at = None, work.now
        write_change(work, conference, mandate.id, "link_revoked")
    work.session.flush()
    return mandate


def _linked(work: Work, conference_id: int, mandate_id: int) -> tuple[Conference, Mandate]:
    conference = real_conference(work, conference_id, lock=True)
    return conference, mandate_of(work, conference_id, mandate_id)


def mandate_of(work: Work, conference_id: int, mandate_id: int) -> Mandate:
    """The mandate, with its site, of a conference the caller may see already; raises NotFound, also for units that were not invited."""
    found = select(Mandate).where(Mandate.id == mandate_id, Mandate.conference_id == conference_id, Mandate.unit_id.is_not(None))
    mandate = work.session.scalar(found.options(joinedload(Mandate.site)).execution_options(populate_existing=True))
    if mandate is None:
        raise NotFound(kind="mandate")
    return mandate


def organised_mandate(work: Work, conference_id: int, mandate_id: int) -> tuple[Conference, Mandate]:
    """Conference and unit for an organiser; raises SignInRequired or NotFound."""
    return organised_conference(work, conference_id), mandate_of(work, conference_id, mandate_id)


def _find(work: Work, condition: ColumnElement[bool]) -> tuple[Conference, Mandate]:
    wanted = select(Conference, Mandate).join(Mandate, Mandate.conference_id == Conference.id).options(joinedload(Mandate.site))
    # Not in a draft that nobody was told of, and never in a rehearsal.
    wanted = wanted.where(condition, Conference.state != "draft", Conference.rehearses_id.is_(None)).execution_options(populate_existing=True)
    found = work.session.execute(wanted).one_or_none()
    if found is None:
        raise NotFound(kind="registration")
    conference, mandate = found
    if mandate.link_token_hash is None:
        raise NotFound(kind="registration")
    if mandate.link_uid is None:
        raise LinkExpired(why="revoked", title=conference.title)
    if conference.state != "postponed" and work.now >= conference.ends_at:
        raise LinkExpired(why="over", title=conference.title)
    return conference, mandate
