"""A conference made after the pattern of another one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import inspect, select

from confsvc.domain.access import real_conference
from confsvc.domain.conferences import ConferenceEntry, create_conference
from confsvc.domain.letter_texts import copy_texts
from confsvc.domain.mandates import MandateEntry, invite_units
from confsvc.domain.moments import shifted, wall_clock
from confsvc.domain.reminder_rules import copy_reminders
from confsvc.domain.tallies import recount_sites
from confsvc.domain.unit_changes import present_units
from confsvc.domain.work import Work
from confsvc.models import AgendaItem, AgendaSession, Base, Conference, Mandate, Site

Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True, slots=True)
class Copy:
    """The new conference, and the invited units that are not in it because they have ended without one successor."""

    conference: Conference
    left_out: list[str]


def duplicate_conference(work: Work, conference_id: int, *, title: str, starts_at: datetime) -> Copy:
    """A draft with the same sites, agenda, invited units and texts of letters, its times moved to the new start by the wall clock.

    Units that were renamed or merged since are invited as what they are now. Delegates, links, passes, desks and
    attendance stay behind. Raises SignInRequired, NotFound or Invalid.
    """
    pattern = real_conference(work, conference_id)
    mandates = work.session.scalars(select(Mandate).where(Mandate.conference_id == pattern.id).order_by(Mandate.sort_order, Mandate.id)).all()
    sites = work.session.scalars(select(Site).where(Site.conference_id == pattern.id).order_by(Site.id)).all()
    unit_ids = {pattern.host_unit_id, *(mandate.unit_id for mandate in mandates), *(site.unit_id for site in sites)}
    present = present_units(work, {unit_id for unit_id in unit_ids if unit_id is not None})

    def moved(moment: datetime) -> datetime:
        return shifted(moment, wall_clock(starts_at, pattern.timezone) - wall_clock(pattern.starts_at, pattern.timezone), pattern.timezone)

    told = ConferenceEntry(**{field.name: getattr(pattern, field.name) for field in fields(ConferenceEntry)})
    deadline = moved(pattern.registration_deadline) if pattern.registration_deadline else None
    told = replace(told, registration_deadline=deadline if deadline and deadline > work.now else None)
    host_id = present.get(pattern.host_unit_id or 0)
    conference = create_conference(work, replace(told, title=title, starts_at=starts_at, ends_at=moved(pattern.ends_at), host_unit_id=host_id))
    copy_reminders(work, pattern.id, conference.id)
    site_ids = _copy_sites(work, sites, conference.id, present)
    _copy_agenda(work, pattern.id, conference.id, site_ids, moved)
    copy_texts(work, pattern.id, conference.id)
    invited: dict[int, MandateEntry] = {}
    for mandate in mandates:
        unit_id = present.get(mandate.unit_id or 0)
        if unit_id is not None:
            seats = mandate.seats + (invited[unit_id].seats if unit_id in invited else 0)
            liaison = (mandate.liaison_name, mandate.liaison_phone, mandate.liaison_email)
            invited[unit_id] = MandateEntry(unit_id, site_ids[mandate.site_id], seats, mandate.required_rank, mandate.sort_order, *liaison)
    invite_units(work, conference.id, list(invited.values()))
    recount_sites(work, conference.id)
    return Copy(conference, [mandate.unit_name for mandate in mandates if mandate.unit_id is not None and mandate.unit_id not in present])


def _copy_sites(work: Work, sites: Sequence[Site], conference_id: int, present: dict[int, int]) -> dict[int, int]:
    """Copies of the sites, their tree kept; old id → new id."""
    copies = {site.id: copied(site, conference_id=conference_id, parent_id=None, unit_id=present.get(site.unit_id or 0, site.unit_id)) for site in sites}
    work.session.add_all(copies.values())
    work.session.flush()
    for site in sites:
        copies[site.id].parent_id = copies[site.parent_id].id if site.parent_id else None
    work.session.flush()
    return {old_id: copy.id for old_id, copy in copies.items()}


def _copy_agenda(work: Work, pattern_id: int, conference_id: int, site_ids: dict[int, int], moved: Callable[[datetime], datetime]) -> None:
    sessions = {
        session.id: copied(session, conference_id=conference_id, uid=work.new_id(), starts_at=moved(session.starts_at), ends_at=moved(session.ends_at))
        for session in work.session.scalars(select(AgendaSession).where(AgendaSession.conference_id == pattern_id).order_by(AgendaSession.id))
    }
    work.session.add_all(sessions.values())
    work.session.flush()
    items = work.session.scalars(select(AgendaItem).where(AgendaItem.conference_id == pattern_id).order_by(AgendaItem.id)).all()
    work.session.add_all(
        copied(
            item,
            conference_id=conference_id,
            session_id=sessions[item.session_id].id,
            site_id=site_ids[item.site_id] if item.site_id else None,
            presenter_id=None,
            fixed_start=moved(item.fixed_start) if item.fixed_start else None,
        )
        for item in items
    )
    work.session.flush()


def copied(row: Row, **changes: object) -> Row:
    """A new row with the values of `row`, its id and version apart."""
    columns = [column.key for column in inspect(type(row)).columns if column.key not in ("id", "version")]
    return type(row)(**{**{column: getattr(row, column) for column in columns}, **changes})
