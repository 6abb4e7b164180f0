"""What shifts on an agenda, from when to when, and whom that concerns."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from confsvc.domain.agenda_setting import Setting
from confsvc.domain.agenda_times import ItemTime, SessionTime, Times
from confsvc.models import AgendaItem, AgendaSession, Site


@dataclass(frozen=True, slots=True)
class ItemShift:
    """One item as it was and as it becomes; `holds`: it is a fixed point, and what comes before it ends at another moment than it did."""

    item: AgendaItem
    was: ItemTime
    now: ItemTime
    holds: bool

    @property
    def slack_used(self) -> timedelta:
        """How much of the free time before a fixed point that holds is used up."""
        return max(timedelta(0), self.was.slack - self.now.slack) if self.holds else timedelta(0)

    @property
    def is_shortened(self) -> bool:
        return self.now.minutes < self.was.minutes


@dataclass(frozen=True, slots=True)
class SessionShift:
    """One session in which something shifts, with those of its items that do or that hold."""

    session: AgendaSession
    was: SessionTime
    now: SessionTime
    items: list[ItemShift] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Affected:
    """Whom the shifts concern: the items with a presenter that begin at another time, the sites they come from, the delegates on the list."""

    presented: list[ItemShift]
    sites: list[Site]
    delegates: int


def find_shifts(agenda: Sequence[AgendaSession], before: Times) -> list[SessionShift]:
    """Every session that shifts or in which something does, in the order of their new start; `before` is how it was."""
    after = Times.of(agenda)
    found: list[SessionShift] = []
    for session in sorted(agenda, key=lambda session: (session.starts_at, session.id)):
        was, now = before.sessions[session.id], after.sessions[session.id]
        items = [shift for shift in (_shift(item, before, after) for item in session.items) if shift is not None]
        if items or was.planned != now.planned:
            found.append(SessionShift(session, was, now, items))
    return found


def _shift(item: AgendaItem, before: Times, after: Times) -> ItemShift | None:
    was, now = before.items[item.id], after.items[item.id]
    if was.span != now.span or was.session_id != now.session_id:
        return ItemShift(item, was, now, holds=False)
    if now.is_fixed and was.follows != now.follows:
        return ItemShift(item, was, now, holds=True)
    return None


def find_affected(shifts: Sequence[SessionShift], setting: Setting, delegates: int) -> Affected:
    """Whom these shifts concern, of so many delegates; reads nothing."""
    moved = [shift for session in shifts for shift in session.items if not shift.holds]
    site_ids = {shift.item.site_id for shift in moved}
    sites = [site for site, _figures in setting.sites.values() if site.id in site_ids]
    presented = [shift for shift in moved if shift.item.presenter_name and shift.was.span.starts_at != shift.now.span.starts_at]
    return Affected(presented, sites, delegates)
