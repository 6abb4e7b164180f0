"""Conferences as a list, and what one of them still lacks."""

from dataclasses import dataclass

from sqlalchemy import exists, func, select

from confsvc.domain.access import visible_conferences
from confsvc.domain.lists import Page, read_page
from confsvc.domain.text import clean, like_pattern
from confsvc.domain.work import Work
from confsvc.models import AgendaItem, Conference, Delegate, Mandate, Site, SiteTally

SORTS = ("date", "title")


@dataclass(frozen=True, slots=True)
class Size:
    """How many sites a conference has, and how many people it summons."""

    sites: int = 0
    summoned: int = 0


def find_conferences(work: Work, *, query: str = "", state: str = "", sort: str = "date", number: int = 1) -> tuple[Page[Conference], dict[int, Size]]:
    """A page of the conferences this actor organises, no rehearsals, the latest first, or by title, with the sizes of those on it."""
    statement = select(Conference).where(visible_conferences(work), Conference.rehearses_id.is_(None))
    if clean(query):
        statement = statement.where(Conference.title_fold.like(like_pattern(query), escape="\\"))
    if state:
        statement = statement.where(Conference.state == state)
    order = (Conference.title_sort,) if sort == "title" else (Conference.starts_at.desc(),)
    page: Page[Conference] = read_page(work, statement.order_by(*order, Conference.id.desc()), number)
    sizes = work.session.execute(
        select(SiteTally.conference_id, func.count(), func.sum(SiteTally.named + SiteTally.vacant))
        .where(SiteTally.conference_id.in_([conference.id for conference in page.items]))
        .group_by(SiteTally.conference_id)
    )
    return page, {conference_id: Size(sites, summoned) for conference_id, sites, summoned in sizes}


def what_is_missing(work: Work, conference: Conference) -> list[str]:
    """What a conference should have before it is published and has not, most needed first; one query."""
    found = work.session.execute(
        select(
            exists().where(Site.conference_id == conference.id),
            exists().where(Site.conference_id == conference.id, Site.kind == "main"),
            exists().where(AgendaItem.conference_id == conference.id),
            exists().where(Mandate.conference_id == conference.id),
            exists().where(Delegate.conference_id == conference.id),
            exists().where(Site.conference_id == conference.id, Site.video_link != ""),
        )
    ).one()
    sites, main_site, items, mandates, delegates, site_link = found
    needed = {
        "sites": sites,
        "main_site": main_site or not sites,
        "agenda": items,
        "mandates": mandates,
        "delegates": delegates,
        "host": conference.host_name,
        "chair": conference.chair_name,
        "video_link": conference.mode == "in_person" or conference.video_link or site_link,
        "future": conference.starts_at > work.now,
    }
    return [what for what, there in needed.items() if not there]
