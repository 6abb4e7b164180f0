"""What has happened, in the past tense, for those who listen after the commit; ids and known values only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AttendanceRecorded:
    """The log has new lines, the last of them number `revision`."""

    conference_id: int
    revision: int


@dataclass(frozen=True, slots=True)
class PassesChanged:
    """These passes were revoked or are valid again: desks of every site that judge without a line are to know it."""

    conference_id: int
    uids: frozenset[str]


@dataclass(frozen=True, slots=True)
class RosterChanged:
    """Delegates, seats or sites of the conference changed: boards read them anew, and the desks of these sites (None: of all)."""

    conference_id: int
    site_ids: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class ConferenceStateChanged:
    """The conference was published, started, closed, postponed or cancelled."""

    conference_id: int
    state: str


@dataclass(frozen=True, slots=True)
class DeskRevoked:
    """The desk may not act any more; its connections are to be closed."""

    desk_id: int
    site_id: int
    conference_id: int


@dataclass(frozen=True, slots=True)
class BoardLinkRevoked:
    """The public board link of the conference is dead; its viewers are to be sent away."""

    conference_id: int


@dataclass(frozen=True, slots=True)
class RehearsalWiped:
    """This conference was a rehearsal and is gone: whoever watches it is to be sent away."""

    conference_id: int


@dataclass(frozen=True, slots=True)
class FollowedUp:
    """An organiser (a name) noted something about a missing person, or about a mandate's unnamed seats (`delegate_id` None)."""

    conference_id: int
    mandate_id: int
    delegate_id: int | None
    status: str
    by: str


@dataclass(frozen=True, slots=True)
class MailPut:
    """Messages were put into the outbox: whoever sends them need not wait for its next look."""

    conference_id: int


Fact = AttendanceRecorded | PassesChanged | RosterChanged | ConferenceStateChanged | DeskRevoked | BoardLinkRevoked | RehearsalWiped | FollowedUp | MailPut
