"""The payloads of docs/live-protocol.md: read strictly, written exactly."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from confsvc.domain.attendance import Verdict
from confsvc.domain.board import BoardSite, BoardView, MissingRank
from confsvc.domain.check_in import Answer, CheckIn, DeskSync, UndoCheckIn
from confsvc.domain.corrections import REASON_MAX_CHARACTERS
from confsvc.domain.errors import Malformed
from confsvc.domain.figures import Figures
from confsvc.domain.roster import RosterRow
from confsvc.domain.text import clean
from confsvc.models import Conference

CODE_MAX_CHARACTERS = 500
MOMENT_MAX_CHARACTERS = 40
YEARS = range(2000, 2101)
# The largest value of an integer column.
INTEGER_MAX = 2**31 - 1

Payload = dict[str, Any]


def parse_check_in(data: Mapping[str, Any]) -> CheckIn:
    """Raises Malformed."""
    client_ref, occurred_at = _client_ref(data), _moment(data, "occurred_at")
    if data.get("method") == "scan":
        return CheckIn(client_ref, occurred_at, code=_text(data, "code", CODE_MAX_CHARACTERS))
    if data.get("method") == "name":
        return CheckIn(client_ref, occurred_at, delegate_id=parse_id(data, "delegate_id"))
    raise Malformed(field="method")


def parse_undo_check_in(data: Mapping[str, Any]) -> UndoCheckIn:
    """Raises Malformed, also for a reason that is empty."""
    reason = clean(_text(data, "reason", REASON_MAX_CHARACTERS))
    if not reason:
        raise Malformed(field="reason")
    return UndoCheckIn(_client_ref(data), _moment(data, "occurred_at"), parse_id(data, "delegate_id"), reason)


def parse_since(data: Mapping[str, Any]) -> int | None:
    """The revision a desk has seen, or None; raises Malformed."""
    if "since" not in data:
        raise Malformed(field="since")
    return None if data["since"] is None else _integer(data, "since", 0)


def parse_id(data: Mapping[str, Any], field: str) -> int:
    """An id; raises Malformed."""
    return _integer(data, field, 1)


def parse_token(data: Mapping[str, Any]) -> str:
    """The token of a link; raises Malformed."""
    return _text(data, "token", CODE_MAX_CHARACTERS)


def present_moment(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, e.g. 2023-01-16T07:00:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def present_counts(figures: Figures) -> Payload:
    return {key: getattr(figures, key) for key in ("summoned", "named", "vacant", "present", "not_yet", "excused", "visiting")}


def present_row(row: RosterRow) -> Payload:
    fields = ("id", "name", "fold", "sort", "position", "unit", "rank", "order", "expected_here", "expected_site", "state", "mode")
    return {**{key: getattr(row, key) for key in fields}, "since": _moment_or_none(row.since), "at": row.at, "desk": row.desk}


def present_verdict(verdict: Verdict) -> Payload:
    return {
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "since": _moment_or_none(verdict.since),
        "site": verdict.site,
        "desk": verdict.desk,
    }


def present_answer(answer: Answer, now: datetime) -> Payload:
    """The ack of `check_in` and `undo_check_in`."""
    row = present_row(answer.row) if answer.row else None
    return {**_head(now, answer.revision), "verdict": present_verdict(answer.verdict), "row": row, "counts": present_counts(answer.figures)}


def present_changes(rows: Iterable[RosterRow], revision: int, figures: Figures, now: datetime) -> Payload:
    """`attendance_changed`, and the ack of a `sync` since a revision."""
    return {**_head(now, revision), "rows": [present_row(row) for row in rows], "counts": present_counts(figures)}


def present_sync(sync: DeskSync, now: datetime) -> Payload:
    """The ack of a desk's `sync`."""
    if not sync.whole:
        return present_changes(sync.rows, sync.revision, sync.figures, now)
    return {
        **_head(now, sync.revision),
        "conference": present_conference(sync.view.conference),
        "site": {"id": sync.view.site.id, "name": sync.view.site.name},
        "roster": [present_row(row) for row in sync.rows],
        "counts": present_counts(sync.figures),
    }


def present_conference(conference: Conference) -> Payload:
    fields = ("id", "title", "state", "timezone", "address_form")
    return {**{key: getattr(conference, key) for key in fields}, "starts_at": present_moment(conference.starts_at)}


def present_board(view: BoardView, desks: Mapping[int, int], now: datetime) -> Payload:
    """The snapshot of a board; `desks` is the number of connected desks by site."""
    return {
        **_head(now, view.revision),
        "conference": present_conference(view.conference),
        "total": present_counts(view.total),
        "sites": [_board_site(site, desks.get(site.id, 0)) for site in view.sites],
        "missing": None if view.missing is None else [_missing(mandate) for mandate in view.missing],
    }


def _board_site(site: BoardSite, desks: int) -> Payload:
    return {"id": site.id, "name": site.name, "kind": site.kind, "desks": desks, **present_counts(site.figures)}


def _missing(mandate: MissingRank) -> Payload:
    return {
        "mandate_id": mandate.mandate_id,
        "unit": mandate.unit,
        "required_rank": mandate.required_rank,
        "site": mandate.site,
        "names": list(mandate.names),
    }


def _head(now: datetime, revision: int) -> Payload:
    return {"now": present_moment(now), "revision": revision}


def _moment_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else present_moment(moment)


def _client_ref(data: Mapping[str, Any]) -> str:
    try:
        return str(UUID(_text(data, "client_ref", 36)))
    except ValueError as error:
        raise Malformed(field="client_ref") from error


def _moment(data: Mapping[str, Any], field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(data, field, MOMENT_MAX_CHARACTERS))
    except ValueError as error:
        raise Malformed(field=field) from error
    if moment.tzinfo is None or moment.year not in YEARS:
        raise Malformed(field=field)
    return moment.astimezone(UTC)


def _text(data: Mapping[str, Any], field: str, longest: int) -> str:
    value = data.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise Malformed(field=field)
    return value


def _integer(data: Mapping[str, Any], field: str, least: int) -> int:
    value = data.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= INTEGER_MAX:
        raise Malformed(field=field)
    return value
