"""What one calendar entry shows, free of language and of the server's address, and how two states of it differ."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

# Published, in progress and closed look the same in a calendar.
SHOWN_STATES = ("postponed", "cancelled")
# What it shows to everybody at one site, and what to one person only; the rest is no matter of the holder's, or their own doing.
_SHARED = (
    *("scope", "title", "conference", "state", "starts_at", "ends_at", "timezone", "host", "chair"),
    *("address_form", "site", "address", "video_link", "lines"),
)
_MOMENTS = ("starts_at", "ends_at", "created_at", "answered_at")
CHANGES = ("state", "title", "conference", "period", "place", "video_link", "agenda", "chair", "host", "person", "unit", "address_form", "personal_link")


@dataclass(frozen=True, slots=True)
class Content:
    """All that one entry shows; `session_id` None is the whole conference.

    `state` is one of SHOWN_STATES, "withdrawn" where only this holder is no longer to have it, or empty.
    `lines` are the times and titles under it: the sessions of the conference, or the items of the session.
    `reply` is one of models.delegate.REPLIES, given at `answered_at`.
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
    site: str
    address: str
    video_link: str
    link_token: str
    created_at: datetime
    lines: Sequence[tuple[datetime, str]]
    reply: str = "none"
    answered_at: datetime | None = None

    @property
    def declined(self) -> bool:
        return self.reply == "declined"

    @property
    def place(self) -> str:
        return ", ".join(part for part in (self.site, self.address) if part)

    def shared_mark(self) -> str:
        """The same for all whose entry shows the same but for what is personal."""
        return _digest(*(json.dumps(getattr(self, name), default=str) for name in _SHARED))

    def fingerprint(self) -> str:
        """The same exactly when a calendar shows the same; the holder's own answer is no change to them."""
        return personal_fingerprint(self.shared_mark(), self.person, self.unit, self.link_token)

    def as_json(self) -> dict[str, Any]:
        """To be kept: moments as ISO 8601."""
        kept = {field.name: getattr(self, field.name) for field in fields(self)}
        kept |= {name: kept[name] and kept[name].isoformat() for name in _MOMENTS}
        return kept | {"lines": [[at.isoformat(), title] for at, title in self.lines]}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: `what` is one of CHANGES.

    `before` and `after` are texts, but for `period` (start and end) and `agenda` (a list of moments with titles).
    """

    what: str
    before: Any
    after: Any


def personal_fingerprint(shared_mark: str, person: str, unit: str, link_token: str) -> str:
    """The fingerprint of a content with this shared mark."""
    return _digest(shared_mark, person, unit, link_token)


def content_from_json(kept: Mapping[str, Any]) -> Content:
    """What `as_json` kept."""
    values = {field.name: kept[field.name] for field in fields(Content)}
    values |= {name: values[name] and datetime.fromisoformat(values[name]) for name in _MOMENTS}
    return Content(**values | {"lines": [(datetime.fromisoformat(at), title) for at, title in kept["lines"]]})


def changes_between(before: Content, after: Content) -> tuple[Change, ...]:
    """What `after` shows differently, in the order of CHANGES."""
    pairs = zip(CHANGES, _facts(before), _facts(after), strict=True)
    return tuple(Change(what, old, new) for what, old, new in pairs if old != new)


def _facts(content: Content) -> tuple[Any, ...]:
    """In the order of CHANGES."""
    # The title of the entry for the whole conference is told once.
    conference = content.conference if content.session_id is not None else ""
    return (
        *(content.state, content.title, conference, (content.starts_at, content.ends_at), content.place, content.video_link),
        *([tuple(line) for line in content.lines], content.chair, content.host, content.person, content.unit),
        *(content.address_form, content.link_token),
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
