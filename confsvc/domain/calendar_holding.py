"""What the calendar of each delegate should hold: it follows from the database at any moment, for all of them by a few statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select

from confsvc.domain.agenda import read_agenda
from confsvc.domain.agenda_schedule import ScheduledSession
from confsvc.domain.calendar_content import SHOWN_STATES, Content, personal_fingerprint
from confsvc.domain.calendar_marks import is_expected
from confsvc.domain.links import joining_link
from confsvc.domain.text import clean
from confsvc.domain.tokens import derive_token
from confsvc.domain.work import Work
from confsvc.models import Attendance, Conference, Delegate, Mandate, Site

WHOLE = "conference"
# While a conference is in one of these, what calendars hold of it is kept true.
INFORMED_STATES = ("published", "in_progress", "postponed")


@dataclass(frozen=True)
class Holder:
    """A person of the list as a calendar shows them; `state` is that of their attendance, `unit` a cleaned name."""

    delegate_id: int
    full_name: str
    position: str
    email: str
    reply: str
    replied_at: datetime | None
    link_token: str
    created_at: datetime
    origin: str
    state: str
    unit: str
    site_id: int

    @property
    def is_expected(self) -> bool:
        """Whether a seat is theirs, or they were let in without one."""
        return is_expected(self.origin, self.state)

    @cached_property
    def person(self) -> str:
        return ", ".join(part for part in map(clean, (self.full_name, self.position)) if part)


@dataclass(frozen=True)
class Ground:
    """A conference with its timed agenda and sites, from which every entry follows."""

    conference: Conference
    agenda: Sequence[ScheduledSession]
    sites: dict[int, Site]
    _plain: dict[tuple[str, int], tuple[Content, str]] = field(default_factory=dict)

    @cached_property
    def scopes(self) -> list[str]:
        """Of everything there is, the whole first."""
        return [WHOLE, *(self.scope_of(planned) for planned in self.agenda)]

    @property
    def informs(self) -> bool:
        """Whether what calendars hold of this conference is kept true by mail."""
        conference = self.conference
        return conference.invited_at is not None and conference.rehearses_id is None and conference.state in INFORMED_STATES

    @cached_property
    def told_scopes(self) -> list[str]:
        """Of what goes out by mail: one entry for the whole, or one for each session (for the whole while it has none)."""
        return self.scopes[1:] if self.conference.entry_rule == "sessions" and self.agenda else [WHOLE]

    def content(self, holder: Holder, scope: str) -> Content:
        """What this holder's entry shows; cancelled for whom nobody expects any more."""
        plain = self.plain(scope, holder.site_id)
        return replace(
            plain,
            state=plain.state if holder.is_expected else "cancelled",
            person=holder.person,
            unit=holder.unit,
            link_token=holder.link_token,
            created_at=holder.created_at,
            reply=holder.reply,
            answered_at=holder.replied_at,
        )

    def plain(self, scope: str, site_id: int) -> Content:
        """What everybody at a site is shown, without what is personal."""
        return self._shared(scope, site_id)[0]

    def fingerprint(self, holder: Holder, scope: str) -> str:
        """That of the content for somebody who is expected, without making it."""
        return personal_fingerprint(self._shared(scope, holder.site_id)[1], holder.person, holder.unit, holder.link_token)

    def ends_at(self, scope: str) -> datetime:
        return self._ends[scope]

    @cached_property
    def _ends(self) -> dict[str, datetime]:
        return {WHOLE: self.conference.ends_at, **{self.scope_of(planned): planned.session.ends_at for planned in self.agenda}}

    def _planned(self, scope: str) -> ScheduledSession:
        return next(planned for planned in self.agenda if self.scope_of(planned) == scope)

    @staticmethod
    def scope_of(planned: ScheduledSession) -> str:
        return f"session:{planned.session.uid}"

    def _shared(self, scope: str, site_id: int) -> tuple[Content, str]:
        """What everybody at a site is shown, and its mark."""
        known = self._plain.get((scope, site_id))
        if known is None:
            content = self._make(scope, self.sites[site_id])
            known = self._plain[scope, site_id] = (content, content.shared_mark())
        return known

    def _make(self, scope: str, site: Site) -> Content:
        conference = self.conference
        planned = None if scope == WHOLE else self._planned(scope)
        titled = planned.session if planned else conference
        lines = [(timed.starts_at, clean(timed.item.title)) for timed in planned.items] if planned else _sessions(self.agenda)
        return Content(
            session_id=planned.session.id if planned else None,
            scope=scope,
            title=clean(titled.title),
            conference=clean(conference.title),
            state=conference.state if conference.state in SHOWN_STATES else "",
            starts_at=titled.starts_at,
            ends_at=titled.ends_at,
            timezone=conference.timezone,
            host=clean(conference.host_name),
            chair=", ".join(part for part in map(clean, (conference.chair_name, conference.chair_position)) if part),
            person="",
            unit="",
            address_form=conference.address_form,
            site=clean(site.name),
            address=clean(site.address),
            video_link=joining_link(conference, site),
            link_token="",
            created_at=conference.created_at,
            lines=lines,
        )


def is_told_of(conference: Conference) -> bool:
    """Whether anybody is told anything of this conference, be it that it was cancelled: once people were invited, and until it is closed."""
    return conference.invited_at is not None and conference.rehearses_id is None and conference.state not in ("draft", "closed")


def read_ground(work: Work, conference: Conference, *, site_id: int | None = None) -> Ground:
    """The ground of a conference, of one site or of all; three queries."""
    wanted = Site.conference_id == conference.id if site_id is None else Site.id == site_id
    sites = work.session.scalars(select(Site).where(wanted))
    return Ground(conference, read_agenda(work, conference.id), {site.id: site for site in sites})


def read_holders(work: Work, conference_id: int, *, delegate_id: int | None = None) -> list[Holder]:
    """Everybody on the list, or the one with this id; one query."""
    columns: tuple[Any, ...] = (
        *(Delegate.id, Delegate.full_name, Delegate.position, Delegate.email, Delegate.reply, Delegate.replied_at),
        *(Delegate.link_uid, Delegate.created_at, Delegate.origin, Attendance.state, Mandate.unit_name, Delegate.site_id),
    )
    people = select(*columns).join(Mandate, Mandate.id == Delegate.mandate_id).join(Attendance, Attendance.delegate_id == Delegate.id)
    people = people.where(Delegate.conference_id == conference_id if delegate_id is None else Delegate.id == delegate_id).order_by(Delegate.id)
    rows: Any = work.session.execute(people)
    found = []
    cleaned: dict[str, str] = {}
    for delegate_id, name, position, email, reply, replied_at, link_uid, created_at, origin, state, unit, site_id in rows:
        if unit not in cleaned:
            cleaned[unit] = clean(unit)
        token = derive_token(work.secret, "link", link_uid)
        found.append(Holder(delegate_id, name, position, email, reply, replied_at, token, created_at, origin, state, cleaned[unit], site_id))
    return found


def _sessions(agenda: Sequence[ScheduledSession]) -> list[tuple[datetime, str]]:
    return [(planned.session.starts_at, clean(planned.session.title)) for planned in agenda]
