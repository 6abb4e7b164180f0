"""The payloads of docs/live-protocol.md as the server writes them, and what a client asks for; `acts` reads what desks have done."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

from confsvc.domain.attendance import Verdict
from confsvc.domain.check_in import Answer, DeskChanges, DeskRoster
from confsvc.domain.desks import DeskView
from confsvc.domain.figures import Figures
from confsvc.domain.roster import RevokedPass, RosterRow
from confsvc.models import Conference
from confsvc.schemas.json_values import Payload, present_moment, read_id, read_integer, read_text

TOKEN_MAX_CHARACTERS = 500
COUNTS = (
    *("summoned", "named", "vacant", "present", "away", "not_yet", "excused"),
    *("visiting", "walk_ins", "online", "substitutes", "late", "headcount"),
)
ROW_FIELDS = (
    *("id", "name", "fold", "sort", "position", "unit", "rank", "required_rank", "order", "origin"),
    *("state", "mode", "at", "at_site", "desk", "late", "by"),
)
VERDICT_FIELDS = ("verdict", "reason", "site", "desk", "by")
_counts_of, _fields_of, _said_by = attrgetter(*COUNTS), attrgetter(*ROW_FIELDS), attrgetter(*VERDICT_FIELDS)


def parse_since(data: Mapping[str, Any]) -> int | None:
    """The revision a desk has seen, or None; raises Malformed."""
    return None if "since" in data and data["since"] is None else read_integer(data, "since", 0)


def parse_id(data: Mapping[str, Any], field: str) -> int:
    """An id; raises Malformed."""
    return read_id(data, field)


def parse_token(data: Mapping[str, Any]) -> str:
    """The token of a link; raises Malformed."""
    return read_text(data, "token", TOKEN_MAX_CHARACTERS)


def present_counts(figures: Figures) -> Payload:
    return dict(zip(COUNTS, _counts_of(figures), strict=True))


def present_row(row: RosterRow, site_id: int) -> Payload:
    """The row as the desks of this site see it."""
    here = {"expected_here": row.seat == site_id, "expected_site": row.seat_site}
    return {**dict(zip(ROW_FIELDS, _fields_of(row), strict=True)), **here, "pass": row.pass_uid, "since": _moment_or_none(row.since)}


def present_verdict(verdict: Verdict) -> Payload:
    said = dict(zip(VERDICT_FIELDS, _said_by(verdict), strict=True))
    return {**said, "since": _moment_or_none(verdict.since)}


def present_answer(answer: Answer, site_id: int) -> Payload:
    """What came of one act at this site, in a `record`."""
    rows = {"row": answer.row, "replaced": answer.replaced}
    return {"verdict": present_verdict(answer.verdict), **{key: row and present_row(row, site_id) for key, row in rows.items()}}


def present_outcome(said: Payload, revision: int, figures: Figures, now: datetime) -> Payload:
    """The ack of an act or a `record`: what is to be `said`, and where the site stands after it."""
    return {**_head(now, revision), **said, "counts": present_counts(figures)}


def present_changes(site_id: int, rows: Iterable[RosterRow], revoked: Iterable[RevokedPass], revision: int, figures: Figures, now: datetime) -> Payload:
    """`attendance_changed` at this site; the ack of a `sync` since a revision says a little more."""
    changed = {"rows": [present_row(row, site_id) for row in rows], "revoked": _revoked(revoked)}
    return {**_head(now, revision), **changed, "counts": present_counts(figures)}


def present_passes(revoked: Iterable[str], restored: Iterable[str], now: datetime) -> Payload:
    """`passes_revoked`: told to every site, and so without a name."""
    return {"now": present_moment(now), "revoked": [{"pass": uid, "by": None} for uid in revoked], "restored": list(restored)}


def present_sync(sync: DeskRoster | DeskChanges, now: datetime) -> Payload:
    """The ack of a desk's `sync`."""
    if isinstance(sync, DeskChanges):
        return {**present_changes(sync.site_id, sync.rows, sync.revoked, sync.revision, sync.figures, now), "restored": sync.restored}
    return {
        **_head(now, sync.revision),
        **_desk_and_site(sync.view),
        "conference": _desks_conference(sync.view.conference, sync.opens_at),
        "passes": {"key": sync.pass_key, "conference_id": sync.pass_conference_id, "revoked": _revoked(sync.revoked)},
        "roster": [present_row(row, sync.view.site.id) for row in sync.rows],
        "counts": present_counts(sync.figures),
    }


def present_pairing(view: DeskView) -> Payload:
    """What a program is told that has become a desk."""
    return {**_desk_and_site(view), "conference": {"id": view.conference.id, "title": view.conference.title}}


def present_conference(conference: Conference) -> Payload:
    """What a board is told of its conference."""
    fields = ("id", "title", "state", "timezone", "address_form")
    return {**{key: getattr(conference, key) for key in fields}, "starts_at": present_moment(conference.starts_at)}


def _desk_and_site(view: DeskView) -> Payload:
    return {"desk": {"uid": view.desk.uid, "name": view.desk.name}, "site": {"id": view.site.id, "name": view.site.name}}


def _desks_conference(conference: Conference, opens_at: datetime) -> Payload:
    return {
        **present_conference(conference),
        "opens_at": present_moment(opens_at),
        "ends_at": present_moment(conference.ends_at),
        "closed_at": _moment_or_none(conference.closed_at),
        "late_minutes": conference.late_minutes,
        "walk_ins": conference.walk_in_rule,
        "rehearsal": conference.rehearses_id is not None,
    }


def _revoked(passes: Iterable[RevokedPass]) -> list[Payload]:
    return [{"pass": dead.uid, "by": dead.by} for dead in passes]


def _head(now: datetime, revision: int) -> Payload:
    return {"now": present_moment(now), "revision": revision}


def _moment_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else present_moment(moment)
