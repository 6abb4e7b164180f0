"""The personal link: what its bearer may see, and nothing of anybody else."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased, joinedload

from confsvc.domain.agenda import read_agenda
from confsvc.domain.agenda_schedule import ScheduledSession
from confsvc.domain.errors import NotFound
from confsvc.domain.links import joining_link
from confsvc.domain.online_stages import stage_key, stage_of
from confsvc.domain.passes import link_token, pass_token
from confsvc.domain.tokens import hash_token
from confsvc.domain.work import DelegateActor, Work
from confsvc.models import Attendance, Conference, Delegate, Pass, Site


@dataclass(frozen=True, slots=True)
class Invitation:
    """All that one personal link shows; `pass_token` is what the QR code carries (empty while no pass is valid), `link_token` what the link does.

    `represented_by` sits in this person's seat, `replaces` is whose seat this person has taken. `stage` is one of `online_stages.STAGES`.
    """

    delegate: Delegate
    conference: Conference
    site: Site
    unit_name: str
    attendance: Attendance
    attended_site: str
    represented_by: Delegate | None
    replaces: str
    stage: str
    agenda: Sequence[ScheduledSession]
    pass_token: str
    link_token: str

    @property
    def stage_key(self) -> str:
        """The same exactly as long as the page says the same about joining online."""
        return stage_key(self.stage, self.attendance.since)

    @property
    def video_link(self) -> str:
        """Where this person joins by video; empty where nobody does."""
        return joining_link(self.conference, self.site)


@dataclass(frozen=True, slots=True)
class PassNotice:
    """What anybody who scans a pass is told: the conference, and whether the pass still holds."""

    conference: Conference
    revoked: bool


def find_invitation(work: Work, token: str) -> Invitation:
    """What the personal link with this token shows; raises NotFound, the same for every token that opens nothing."""
    return _read(work, Delegate.link_token_hash == hash_token(token))


def own_invitation(work: Work) -> Invitation:
    """The invitation of the delegate who acts; raises NotFound."""
    if not isinstance(work.actor, DelegateActor):
        raise NotFound(kind="invitation")
    return _read(work, Delegate.id == work.actor.delegate_id)


def acting_delegate(work: Work) -> Delegate:
    """The delegate who acts, with the conference, no draft; raises NotFound."""
    if not isinstance(work.actor, DelegateActor):
        raise NotFound(kind="invitation")
    return _delegate(work, Delegate.id == work.actor.delegate_id)


def read_pass(work: Work, token: str) -> PassNotice:
    """What the pass with this token tells a stranger; raises NotFound."""
    found = work.session.execute(
        select(Conference, Pass).join(Pass, Pass.conference_id == Conference.id).where(Pass.token_hash == hash_token(token), Conference.state != "draft")
    ).one_or_none()
    if found is None:
        raise NotFound(kind="pass")
    conference, issued = found
    return PassNotice(conference, issued.revoked_at is not None)


def _delegate(work: Work, condition: ColumnElement[bool]) -> Delegate:
    delegate = work.session.scalar(
        select(Delegate)
        .join(Delegate.conference)
        .options(joinedload(Delegate.conference), joinedload(Delegate.site), joinedload(Delegate.mandate))
        # Whoever came to a rehearsal has a row of their own there, and no page.
        .where(condition, Conference.state != "draft", Conference.rehearses_id.is_(None))
    )
    if delegate is None:
        raise NotFound(kind="invitation")
    return delegate


def _read(work: Work, condition: ColumnElement[bool]) -> Invitation:
    delegate = _delegate(work, condition)
    substitute, replaced = aliased(Delegate), aliased(Delegate)
    attendance, hall, represented_by, replaces = work.session.execute(
        select(Attendance, Site.name, substitute, replaced.full_name)
        .outerjoin(Site, Site.id == Attendance.site_id)
        .outerjoin(substitute, substitute.id == Attendance.substitute_id)
        .outerjoin(replaced, replaced.id == delegate.replaces_id)
        .where(Attendance.delegate_id == delegate.id)
    ).one()
    issued = work.session.scalar(select(Pass).where(Pass.delegate_id == delegate.id, Pass.revoked_at.is_(None)))
    return Invitation(
        delegate=delegate,
        conference=delegate.conference,
        site=delegate.site,
        unit_name=delegate.mandate.unit_name,
        attendance=attendance,
        attended_site=hall or "",
        represented_by=represented_by,
        replaces=replaces or "",
        stage=stage_of(delegate.conference, attendance, work.now),
        agenda=read_agenda(work, delegate.conference_id),
        pass_token=pass_token(work, issued) if issued else "",
        link_token=link_token(work, delegate),
    )
