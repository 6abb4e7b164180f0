"""Invitations by mail: whom they would reach, and the one press from which on everybody on the list is kept informed."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from confsvc.domain.access import real_conference
from confsvc.domain.calendar_holding import INFORMED_STATES, read_ground
from confsvc.domain.calendar_watch import put_calendar_messages
from confsvc.domain.errors import Invalid, WrongState
from confsvc.domain.lists import PAGE_SIZE, Page, number_within
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
    counted = _people(func.count().filter(Delegate.email != ""), func.count().filter(Delegate.email == ""))
    people, without = work.session.execute(counted.where(Delegate.conference_id == conference_id), execution_options=LONG).one()
    return Reach(conference, people, letters, _without_address(work, conference_id, without, page))


def _without_address(work: Work, conference_id: int, total: int, number: int) -> Page[Delegate]:
    """A page of those who have none, by unit: only the people of units that may be on it are put in order."""
    # The people are asked for by their unit and nothing else: with the conference named too, SQLite would read all of it.
    number = number_within(total, number)
    units = (Mandate.unit_name_sort, Mandate.id)
    here = _people(Delegate.id).where(Delegate.email == "", Delegate.mandate_id == Mandate.id).correlate(Mandate).exists()
    first = select(Mandate.id).where(Mandate.conference_id == conference_id, here).order_by(*units).limit(number * PAGE_SIZE)
    ordered = _people(Delegate.id).join(Mandate, Mandate.id == Delegate.mandate_id).where(Delegate.email == "", Delegate.mandate_id.in_(first))
    shown = ordered.order_by(*units, Delegate.protocol_order, Delegate.name_sort, Delegate.id).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    ids = work.session.scalars(shown, execution_options=LONG).all() if total else []
    found = select(Delegate).where(Delegate.id.in_(ids)).options(joinedload(Delegate.mandate))
    people = {delegate.id: delegate for delegate in work.session.scalars(found)} if ids else {}
    return Page([people[delegate_id] for delegate_id in ids], total, number)


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


def _people(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(Delegate).join(Attendance, Attendance.delegate_id == Delegate.id).where(is_expected())
