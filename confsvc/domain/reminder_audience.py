"""Whom a reminder goes to, by what is true when it goes out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, select

from confsvc.domain.outbox import NewMessage
from confsvc.domain.registration_mail import read_audience
from confsvc.domain.registration_status import AWAITED, is_asked, registration_status
from confsvc.domain.tallies import has_seat
from confsvc.domain.work import Work
from confsvc.models import Attendance, CalendarEntry, Conference, Delegate, Mandate, RegistrationChange, Site


def count_reached(work: Work, conference: Conference, audience: str) -> int:
    """How many a reminder of this conference would go to just now; the caller may see it. One query."""
    if audience == "units":
        return _count(work, _units(conference))
    if audience == "delegates":
        return _count(work, _people(conference)) if conference.invited_at is not None else 0
    return _count(work, _sites(conference))


def units_to_remind(work: Work, conference: Conference, *, due_at: datetime | None = None) -> list[Mandate]:
    """Every unit that has its link and an address, and has not registered, or only in part.

    No unit is reminded that was given its link only after the reminder was due.
    """
    units = [unit.mandate for unit in read_audience(work, conference, "registration_reminder").by_mail if unit.mandate.link_uid is not None]
    if due_at is None or not units:
        return units
    given = (RegistrationChange.conference_id == conference.id, RegistrationChange.kind == "link_made", RegistrationChange.at <= due_at)
    asked = set(work.session.scalars(select(RegistrationChange.mandate_id).where(*given)))
    return [unit for unit in units if unit.id in asked]


def people_to_remind(work: Work, conference: Conference, *, due_at: datetime | None = None) -> Sequence[NewMessage]:
    """Everybody with a seat who has an entry by mail at the address they have, and has neither come nor said that they will not.

    Nobody is reminded who was invited only after the reminder was due.
    """
    if conference.invited_at is None or (due_at is not None and conference.invited_at > due_at):
        return []
    people = _people(conference).order_by(Delegate.protocol_order, Delegate.name_sort, Delegate.id)
    return [NewMessage(email, name, delegate_id=delegate_id) for delegate_id, name, email in work.session.execute(people)]


def sites_to_remind(work: Work, conference: Conference) -> Sequence[NewMessage]:
    """Whoever runs a site that takes part and has an address."""
    found = work.session.execute(_sites(conference).order_by(Site.kind, Site.sort_order, Site.id))
    return [NewMessage(email, contact or name, site_id=site_id) for site_id, contact, name, email in found]


def _units(conference: Conference) -> Select[int]:
    """The units of `units_to_remind`, without what a message to them needs."""
    awaited = registration_status(conference.registration_deadline).in_(AWAITED)
    units = select(Mandate.id).where(Mandate.conference_id == conference.id, is_asked(), awaited)
    return units.where(Mandate.liaison_email != "", Mandate.link_uid.is_not(None))


def _people(conference: Conference) -> Select[int, str, str]:
    held = exists().where(
        CalendarEntry.delegate_id == Delegate.id,
        CalendarEntry.told_to == Delegate.email,
        CalendarEntry.told_at.is_not(None),
        CalendarEntry.cancelled_at.is_(None),
    )
    people = select(Delegate.id, Delegate.full_name, Delegate.email).join(Attendance, Attendance.delegate_id == Delegate.id)
    people = people.where(Delegate.conference_id == conference.id, Delegate.email != "", Delegate.reply != "declined")
    return people.where(has_seat(), Attendance.state == "not_yet", held)


def _sites(conference: Conference) -> Select[int, str, str, str]:
    sites = select(Site.id, Site.contact_name, Site.name, Site.contact_email)
    return sites.where(Site.conference_id == conference.id, Site.attends, Site.contact_email != "")


def _count(work: Work, rows: Select[*tuple[Any, ...]]) -> int:
    return work.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
