"""Invitations by mail: whom they would reach, and the one press from which on everybody on the list is kept informed."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from confsvc.domain.access import real_conference
from confsvc.domain.calendar_holding import INFORMED_STATES, read_ground
from confsvc.domain.calendar_watch import put_calendar_messages
from confsvc.domain.errors import Invalid, WrongState
from confsvc.domain.lists import Page, read_page
from confsvc.domain.work import LONG, Work
from confsvc.models import Attendance, Conference, Delegate, Mailing, Mandate


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom invitations would reach: so many `people`, each by `letters_each` letters; `without_address` cannot be reached."""

    conference: Conference
    people: int
    letters_each: int
    without_address: Page[Delegate]

    @property
    def letters(self) -> int:
        return self.people * self.letters_each


def read_reach(work: Work, conference_id: int, *, page: int = 1) -> Reach:
    """For whoever organises it, eight statements however many people; raises SignInRequired, NotFound or WrongState (a rehearsal)."""
    conference = real_conference(work, conference_id)
    ground = read_ground(work, conference, site_id=0)
    letters = sum(ground.ends_at(scope) > work.now for scope in ground.told_scopes)
    people = work.session.scalar(_people(conference_id, Delegate.email != "").with_only_columns(func.count()), execution_options=LONG) or 0
    without = _people(conference_id, Delegate.email == "").join(Mandate, Mandate.id == Delegate.mandate_id)
    listed = without.options(joinedload(Delegate.mandate)).order_by(
        Mandate.unit_name_sort, Mandate.id, Delegate.protocol_order, Delegate.name_sort, Delegate.id
    )
    return Reach(conference, people, letters, read_page(work, listed, page))


def why_not_yet(work: Work, reach: Reach) -> str:
    """Why no invitations can be sent now: `draft`, `over`, `nobody`, or empty if they can."""
    conference = reach.conference
    if conference.state == "draft":
        return "draft"
    if conference.state not in INFORMED_STATES or not reach.letters_each or (conference.state != "postponed" and conference.ends_at <= work.now):
        return "over"
    return "" if reach.people else "nobody"


def send_invitations(work: Work, conference_id: int, *, web_address: str) -> Mailing | None:
    """Invite everybody on the list who has an address, and keep them informed from now on; whoever is named later is invited then.

    A second press invites nobody twice. None where everybody has been told already. Raises SignInRequired, NotFound, WrongState (a draft,
    or one that is over) or Invalid `nobody_to_invite`.
    """
    conference = real_conference(work, conference_id, lock=True)
    reason = why_not_yet(work, read_reach(work, conference_id))
    if reason == "nobody":
        raise Invalid("invitations", "nobody_to_invite")
    if reason:
        raise WrongState(state=conference.state, step="invite")
    if conference.invited_at is None:
        conference.invited_at = work.now
    conference.web_address = web_address
    work.session.flush()
    return put_calendar_messages(work, conference_id, web_address=web_address)


def is_expected() -> ColumnElement[bool]:
    """Whether a seat is theirs, or they were let in without one. Needs Delegate and Attendance."""
    return and_(Attendance.state != "substituted", or_(Delegate.origin == "listed", Attendance.state.not_in(("pending", "not_admitted"))))


def _people(conference_id: int, condition: ColumnElement[bool]) -> Select[Delegate]:
    people = select(Delegate).join(Attendance, Attendance.delegate_id == Delegate.id)
    return people.where(Delegate.conference_id == conference_id, is_expected(), condition)
