"""What a printed letter of invitation says: to whom, when, where, signed for which unit."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from confsvc.domain.access import organised_conference
from confsvc.domain.agenda import read_agenda
from confsvc.domain.agenda_schedule import ScheduledSession
from confsvc.domain.errors import NotFound
from confsvc.domain.sites import list_sites
from confsvc.domain.work import Work
from confsvc.models import Conference, Mandate, Site, Unit


@dataclass(frozen=True, slots=True)
class LetterGround:
    """Everything letters say that stands in the conference. `mandates` are the invited units, each with its site loaded.

    `superior` is the name of the unit above the host, as both stand today; empty where there is none.
    """

    conference: Conference
    superior: str
    mandates: Sequence[Mandate]
    sites: Sequence[Site]
    agenda: Sequence[ScheduledSession]


def read_letter_ground(work: Work, conference_id: int) -> LetterGround:
    """The ground of every letter of this conference; raises NotFound for one the actor does not organise. Six queries."""
    conference = organised_conference(work, conference_id)
    invited = (
        select(Mandate)
        .join(Mandate.site)
        .options(contains_eager(Mandate.site))
        .where(Mandate.conference_id == conference_id, Mandate.unit_id.is_not(None), Mandate.seats > 0)
        .order_by(Mandate.sort_order, Mandate.unit_name_sort, Mandate.id)
    )
    return LetterGround(
        conference=conference,
        superior=_superior(work, conference),
        mandates=work.session.scalars(invited).all(),
        sites=list_sites(work, conference_id),
        agenda=read_agenda(work, conference_id),
    )


def addressed(ground: LetterGround, mandate_id: int | None) -> list[Mandate]:
    """The units that get a letter of their own: the one asked for, else every one; raises NotFound for one that is not invited here."""
    found = [mandate for mandate in ground.mandates if mandate_id in (None, mandate.id)]
    if mandate_id is not None and not found:
        raise NotFound(kind="mandate")
    return found


def _superior(work: Work, conference: Conference) -> str:
    above = select(Unit.name).where(Unit.id == select(Unit.parent_id).where(Unit.id == conference.host_unit_id).scalar_subquery())
    return work.session.scalar(above) or ""
