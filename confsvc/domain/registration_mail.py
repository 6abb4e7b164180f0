"""Writing to units: their link for the first time, and a reminder to all who have not registered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import exists, select

from confsvc.domain.access import real_conference
from confsvc.domain.errors import Invalid, WrongState
from confsvc.domain.outbox import NewMessage, put_mailing
from confsvc.domain.registration import may_change, person_on_list, unit_at
from confsvc.domain.registration_changes import write_change
from confsvc.domain.registration_links import give_link, mandate_of
from confsvc.domain.registration_list import Registration, awaited_units, unsent_units
from confsvc.domain.work import Work
from confsvc.models import CalendarEntry, Conference, Delegate, Mailing, Mandate, Message

Choose = Callable[[Work, Conference], list[Registration]]
# Nobody is written to more often because a unit asks for it.
WRITTEN_LATELY = timedelta(hours=1)
# What is written to whom.
AUDIENCES: dict[str, Choose] = {"registration": unsent_units, "registration_reminder": awaited_units}


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a run reaches, and whom it does not: units without an address, and those whose link was revoked."""

    everybody: Sequence[Registration]

    @property
    def by_mail(self) -> list[Registration]:
        return [unit for unit in self.everybody if _is_reached(unit.mandate)]

    @property
    def unreached(self) -> list[Registration]:
        return [unit for unit in self.everybody if not _is_reached(unit.mandate)]


def read_audience(work: Work, conference: Conference, purpose: str) -> Audience:
    """Whom a run of this purpose would be for; of a conference the caller may see. Two queries."""
    return Audience(AUDIENCES[purpose](work, conference))


def write_to_units(work: Work, conference_id: int, purpose: str, *, web_address: str) -> Mailing:
    """Put a message for every unit of the purpose's audience that has an address into the outbox; units without a link get one.

    Raises NotFound, WrongState unless units may register just now, Invalid `nobody_to_write` where no unit is reached.
    """
    conference = _writing(work, conference_id)
    audience = read_audience(work, conference, purpose)
    if not audience.by_mail:
        raise Invalid("rows", "nobody_to_write")
    return _put(work, conference, purpose, [unit.mandate for unit in audience.by_mail], web_address)


def send_link(work: Work, conference_id: int, mandate_id: int, *, web_address: str) -> Mailing:
    """Send one unit its link, made if it has none. Raises as `write_to_units`, and Invalid `liaison_email` without an address."""
    conference = _writing(work, conference_id)
    mandate = mandate_of(work, conference_id, mandate_id)
    if not mandate.liaison_email:
        raise Invalid("liaison_email", "unit_without_address")
    if mandate.link_uid is None:
        give_link(work, conference, mandate)
    return _put(work, conference, "registration", [mandate], web_address)


def remind_person(work: Work, conference_id: int, mandate_id: int, delegate_id: int) -> Mailing:
    """Write once more to somebody on the unit's list who was invited by mail: the bearer of the unit's link never sees theirs.

    Raises as `registration.change_person`, and Invalid `email`: without an address (`person_without_address`), not invited by mail yet
    (`not_invited_yet`), or written to a short while ago (`written_to_lately`).
    """
    conference, mandate = unit_at(work, conference_id, mandate_id)
    if conference.state != "published" or not may_write(work, conference):
        raise WrongState(state=conference.state, step="register")
    delegate, _attendance = person_on_list(work, mandate, delegate_id)
    if not delegate.email:
        raise Invalid("email", "person_without_address")
    if delegate.id not in invited_people(work, conference.id, [delegate.id]):
        raise Invalid("email", "not_invited_yet")
    lately = exists().where(Message.delegate_id == delegate.id, Message.purpose == "reminder", Message.created_at > work.now - WRITTEN_LATELY)
    if work.session.scalar(select(lately)):
        raise Invalid("email", "written_to_lately")
    return put_mailing(work, conference.id, "reminder", [NewMessage(delegate.email, delegate.full_name, delegate_id=delegate.id)])


def invited_people(work: Work, conference_id: int, delegate_ids: Sequence[int]) -> set[int]:
    """Who of these holds an entry that was sent to the address they have now; of a conference the caller may see. One query."""
    told = select(CalendarEntry.delegate_id).join(Delegate, Delegate.id == CalendarEntry.delegate_id)
    held = (CalendarEntry.told_to == Delegate.email, CalendarEntry.told_at.is_not(None), CalendarEntry.cancelled_at.is_(None))
    return set(work.session.scalars(told.where(CalendarEntry.conference_id == conference_id, Delegate.id.in_(delegate_ids), Delegate.email != "", *held)))


def make_missing_links(work: Work, conference_id: int, *, web_address: str = "") -> int:
    """Give a link to every awaited unit that never had one, to be handed over by other means; how many. Raises NotFound or WrongState.

    `web_address` as in `make_link`.
    """
    conference = _writing(work, conference_id)
    conference.web_address = web_address or conference.web_address
    return _give_missing(work, conference, [unit.mandate for unit in awaited_units(work, conference)])


def may_write(work: Work, conference: Conference) -> bool:
    """Whether units can be written to: they are to know of the conference, may still register, and its date lies ahead."""
    return conference.state != "draft" and conference.rehearses_id is None and may_change(work, conference) and work.now < conference.starts_at


def _writing(work: Work, conference_id: int) -> Conference:
    conference = real_conference(work, conference_id, lock=True)
    if not may_write(work, conference):
        raise WrongState(state=conference.state, step="write_to_units")
    return conference


def _put(work: Work, conference: Conference, purpose: str, mandates: Sequence[Mandate], web_address: str) -> Mailing:
    _give_missing(work, conference, mandates)
    for mandate in mandates:
        write_change(work, conference, mandate.id, "link_sent", name=mandate.liaison_name, detail={"purpose": purpose, "address": mandate.liaison_email})
    messages = [NewMessage(mandate.liaison_email, mandate.liaison_name or mandate.unit_name, mandate_id=mandate.id) for mandate in mandates]
    return put_mailing(work, conference.id, purpose, messages, web_address=web_address)


def _give_missing(work: Work, conference: Conference, mandates: Sequence[Mandate]) -> int:
    # A link that was revoked is given back by hand only.
    without = [mandate for mandate in mandates if mandate.link_token_hash is None]
    for mandate in without:
        give_link(work, conference, mandate)
    return len(without)


def _is_reached(mandate: Mandate) -> bool:
    return bool(mandate.liaison_email) and (mandate.link_uid is not None or mandate.link_token_hash is None)
