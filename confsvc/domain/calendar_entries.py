"""What each delegate's calendar holds: the shown content of every entry, and a SEQUENCE that rises exactly when it changed."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select

from confsvc.domain.agenda_schedule import ScheduledSession
from confsvc.domain.invitations import Invitation, acting_delegate, own_invitation
from confsvc.domain.text import clean
from confsvc.domain.work import Work
from confsvc.models import CalendarEntry, Delegate

# Published, in progress and closed look the same in a calendar.
SHOWN_STATES = ("postponed", "cancelled")


@dataclass(frozen=True, slots=True)
class Content:
    """All that one entry shows, free of language and of the server's address; `session_id` None is the whole conference.

    `state` is one of SHOWN_STATES or empty; `lines` are the times and titles under it: the sessions of the conference, or the items of the session.
    """

    session_id: int | None
    scope: str
    title: str
    conference: str
    state: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    host: str
    chair: str
    person: str
    unit: str
    address_form: str
    declined: bool
    site: str
    address: str
    video_link: str
    link_token: str
    created_at: datetime
    lines: Sequence[tuple[datetime, str]]

    def fingerprint(self) -> str:
        """The same exactly when a calendar shows the same."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as handed out: its content, its identity and how often it changed."""

    content: Content
    uid: str
    sequence: int
    changed_at: datetime


def read_entries(work: Work, invitation: Invitation) -> list[Entry] | None:
    """The delegate's entries, the whole conference first; None if one was never handed out or has changed since."""
    rows = _rows(work, invitation.delegate)
    entries = []
    for content in _contents(invitation):
        row = rows.get(content.scope)
        if row is None or row.fingerprint != content.fingerprint():
            return None
        entries.append(_entry(content, row))
    return entries


def hand_out_entries(work: Work) -> list[Entry]:
    """The entries of the delegate who acts; writes down what is new or changed. Raises NotFound."""
    # Two downloads at once must not both count the change: the second waits here and then sees the rows of the first.
    work.session.execute(select(Delegate.id).where(Delegate.id == acting_delegate(work).id).with_for_update())
    invitation = own_invitation(work)
    rows = _rows(work, invitation.delegate)
    entries = []
    for content in _contents(invitation):
        row = rows.get(content.scope)
        fingerprint = content.fingerprint()
        if row is None:
            row = CalendarEntry(
                conference_id=invitation.conference.id,
                delegate_id=invitation.delegate.id,
                scope=content.scope,
                uid=work.new_id(),
                sequence=0,
                fingerprint=fingerprint,
                changed_at=work.now,
            )
            work.session.add(row)
        elif row.fingerprint != fingerprint:
            row.sequence, row.fingerprint, row.changed_at = row.sequence + 1, fingerprint, work.now
        entries.append(_entry(content, row))
    work.session.flush()
    return entries


def _rows(work: Work, delegate: Delegate) -> dict[str, CalendarEntry]:
    found = work.session.scalars(select(CalendarEntry).where(CalendarEntry.delegate_id == delegate.id))
    return {row.scope: row for row in found}


def _entry(content: Content, row: CalendarEntry) -> Entry:
    return Entry(content, row.uid, row.sequence, row.changed_at)


def _contents(invitation: Invitation) -> list[Content]:
    sessions = [(planned.session.starts_at, clean(planned.session.title)) for planned in invitation.agenda]
    conference = invitation.conference
    whole = _content(invitation, None, "conference", conference.title, conference.starts_at, conference.ends_at, sessions)
    return [whole, *(_session_content(invitation, planned) for planned in invitation.agenda)]


def _session_content(invitation: Invitation, planned: ScheduledSession) -> Content:
    session = planned.session
    items = [(timed.starts_at, clean(timed.item.title)) for timed in planned.items]
    return _content(invitation, session.id, f"session:{session.uid}", session.title, session.starts_at, session.ends_at, items)


def _content(
    invitation: Invitation, session_id: int | None, scope: str, title: str, starts_at: datetime, ends_at: datetime, lines: Sequence[tuple[datetime, str]]
) -> Content:
    conference, delegate, site = invitation.conference, invitation.delegate, invitation.site
    return Content(
        session_id=session_id,
        scope=scope,
        title=clean(title),
        conference=clean(conference.title),
        state=conference.state if conference.state in SHOWN_STATES else "",
        starts_at=starts_at,
        ends_at=ends_at,
        timezone=conference.timezone,
        host=clean(conference.host_name),
        chair=_joined(conference.chair_name, conference.chair_position),
        person=_joined(delegate.full_name, delegate.position),
        unit=clean(invitation.unit_name),
        address_form=conference.address_form,
        declined=delegate.reply == "declined",
        site=clean(site.name),
        address=clean(site.address),
        video_link=invitation.video_link,
        link_token=invitation.link_token,
        created_at=delegate.created_at,
        lines=lines,
    )


def _joined(*parts: str) -> str:
    return ", ".join(part for part in map(clean, parts) if part)
