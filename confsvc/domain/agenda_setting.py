"""What an agenda is held against: the sites it speaks of with their figures, and those who present."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, or_, select

from confsvc.domain.access import organised_conference
from confsvc.domain.figures import Figures
from confsvc.domain.text import fold, like_pattern
from confsvc.domain.work import Work
from confsvc.models import AgendaItem, Attendance, Conference, Delegate, Mandate, Site, SiteTally

FOUND_MOST = 20
WORDS_MOST = 6


@dataclass(frozen=True, slots=True)
class Presenter:
    """What the agenda says of a delegate who presents; `coming` is False for one who declined or is excused."""

    id: int
    name: str
    position: str
    unit: str
    site_id: int
    site: str
    coming: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """The conference, its main site and those that items come from with their figures by id, the presenters by the id of the delegate."""

    conference: Conference
    sites: Mapping[int, tuple[Site, Figures]]
    presenters: Mapping[int, Presenter]


def read_setting(work: Work, conference: Conference) -> Setting:
    """The setting of a conference the caller may see already; two queries."""
    speaking = select(AgendaItem.presenter_id).where(AgendaItem.conference_id == conference.id, AgendaItem.presenter_id.is_not(None))
    presenters = _read(work, _presenters(conference.id).where(Delegate.id.in_(speaking)))
    spoken_of = select(AgendaItem.site_id).where(AgendaItem.conference_id == conference.id, AgendaItem.site_id.is_not(None))
    sites = (
        select(Site, SiteTally)
        .join(SiteTally, SiteTally.site_id == Site.id)
        .where(Site.conference_id == conference.id, or_(Site.kind == "main", Site.id.in_(spoken_of)))
        .order_by(Site.kind, Site.sort_order, Site.id)
    )
    figures = {site.id: (site, Figures.of(tally)) for site, tally in work.session.execute(sites)}
    return Setting(conference, figures, {presenter.id: presenter for presenter in presenters})


def find_presenters(work: Work, conference_id: int, query: str, *, chosen_id: int | None = None) -> list[Presenter]:
    """The first delegates of an organised conference whose name or unit holds every word of `query`, in protocol order; the chosen one first."""
    organised_conference(work, conference_id)
    people = _presenters(conference_id)
    chosen = _read(work, people.where(Delegate.id == chosen_id)) if chosen_id is not None else []
    words = fold(query).split()[:WORDS_MOST]
    if not words:
        return chosen
    for pattern in map(like_pattern, words):
        people = people.where(Delegate.name_fold.like(pattern, escape="\\") | Mandate.unit_name_fold.like(pattern, escape="\\"))
    order = (Delegate.protocol_order, Delegate.name_sort, Delegate.id)
    found = _read(work, people.order_by(*order).limit(FOUND_MOST))
    return chosen + [presenter for presenter in found if presenter.id != chosen_id]


def _presenters(conference_id: int) -> Select[Delegate, str, str, str]:
    return (
        select(Delegate, Mandate.unit_name, Site.name, Attendance.state)
        .join(Mandate, Mandate.id == Delegate.mandate_id)
        .join(Site, Site.id == Delegate.site_id)
        .outerjoin(Attendance, Attendance.delegate_id == Delegate.id)
        .where(Delegate.conference_id == conference_id)
    )


def _read(work: Work, statement: Select[Delegate, str, str, str]) -> list[Presenter]:
    return [
        Presenter(person.id, person.full_name, person.position, unit, person.site_id, site, person.reply != "declined" and state != "excused")
        for person, unit, site, state in work.session.execute(statement)
    ]
