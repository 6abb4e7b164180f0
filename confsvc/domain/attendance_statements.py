"""The statements of `attendance_log`, which run on the unit's connection (`Work.rows`), since none of them loads an object."""

from typing import Any, cast

from sqlalchemy import BindParameter, ColumnElement, Table, and_, bindparam, func, insert, or_, select, update

from confsvc.domain.prepared import Prepared, PreparedForEach, is_one_of
from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, Desk, Pass, Site, SiteTally

# Refused because of what else the log said just then. What it says changes when a desk that was offline comes back, so
# these lines keep their place in the fold: the order in which lines come in decides nothing.
FOLDED_REFUSALS = ("substituted", "not_present", "not_left")
COUNTS = ("named", "present", "away", "excused", "visiting", "walk_ins", "online", "substitutes", "late")
STANDING_COLUMNS = ("state", "mode", "site_id", "desk_id", "since", "arrived_at", "late", "substitute_id", "reason", "revision")


def _table(model: Any) -> Table:
    return cast("Table", model.__table__)


def counted_line() -> ColumnElement[bool]:
    """The lines that the fold reads."""
    return or_(AttendanceEvent.verdict != "refused", *(AttendanceEvent.refusal == refusal for refusal in FOLDED_REFUSALS))


_event, _conference, _delegate = _table(AttendanceEvent).c, _table(Conference).c, _table(Delegate).c
_pass, _tally, _state = _table(Pass).c, _table(SiteTally).c, _table(Attendance).c
_of_conference: BindParameter[int] = bindparam("conference_id")

# The plan of a prepared statement is kept: one made while the log was empty would read all of it for each check-in of the morning.
BY_INDEX = Prepared(select(func.set_config("enable_seqscan", "off", True)))
TAKE_TURN = Prepared(
    update(_table(Conference))
    .where(_conference.id == _of_conference)
    .values(revision=_conference.revision)
    .returning(
        *(_conference.id, _conference.revision, _conference.state, _conference.starts_at, _conference.check_in_minutes, _conference.late_minutes),
        *(_conference.started_at, _conference.resumed_at, _conference.closed_at, _conference.rehearses_id),
    )
)
COUNT_LINES = Prepared(update(_table(Conference)).where(_conference.id == bindparam("of")).values(revision=bindparam("counted")))
EARLIER_VERDICTS = Prepared(
    select(_event.client_ref, _event.conference_id, _event.verdict, _event.refusal, _event.delegate_id, _event.revision, _event.detail).where(
        is_one_of(_event.client_ref, "client_refs")
    )
)
LINES_TYPED = Prepared(
    select(func.count())
    .select_from(_table(AttendanceEvent))
    .where(_event.site_id == bindparam("site_id"), _event.desk_id == bindparam("desk_id"), _event.method == "form")
)
PASSES = Prepared(
    select(_pass.token_hash, _pass.delegate_id, _pass.conference_id, _pass.revoked_at, _pass.revoked_reason).where(is_one_of(_pass.token_hash, "hashes"))
)
# Asked for by ids together with their conference, SQLite would walk through all of the conference: whoever reads them looks at it.
STAND_INS = Prepared(select(_delegate.rehearses_id, _delegate.id, _delegate.conference_id).where(is_one_of(_delegate.rehearses_id, "delegate_ids")))
WHO_CAME_FOR = Prepared(select(_delegate.id).where(is_one_of(_delegate.replaces_id, "delegate_ids")))
_PERSON = select(_delegate.id, _delegate.conference_id, _delegate.site_id, _delegate.origin, _delegate.replaces_id)
EVERYBODY = Prepared(_PERSON.where(_delegate.conference_id == _of_conference))
PERSONS = Prepared(_PERSON.where(is_one_of(_delegate.id, "delegate_ids")))
_LINES = (
    select(
        *(_event.delegate_id, _event.revision, _event.kind, _event.site_id, _event.mode, _event.desk_id, _event.reason, _event.other_id),
        *(_event.occurred_at, _event.clock_offset_ms, _event.recorded_at),
    )
    .where(counted_line(), _event.delegate_id.is_not(None))
    .order_by(_event.revision)
)
EVERY_LINE = Prepared(_LINES.where(_event.conference_id == _of_conference))
LINES_OF = Prepared(_LINES.where(is_one_of(_event.delegate_id, "delegate_ids")))
SITE_NAMES = Prepared(select(Site.id, Site.name, Site.conference_id).where(is_one_of(Site.id, "ids")))
DESK_NAMES = Prepared(select(Desk.id, Desk.name, Desk.conference_id).where(is_one_of(Desk.id, "ids")))
PERSON_NAMES = Prepared(select(Delegate.id, Delegate.full_name, Delegate.conference_id).where(is_one_of(Delegate.id, "ids")))
APPEND_LINES = PreparedForEach(
    {column.name: column.type for column in _event},
    lambda given: insert(_table(AttendanceEvent)).from_select(list(given), select(*given.values()), include_defaults=False),
)
PUT_STANDING = PreparedForEach(
    {"of": _state.delegate_id.type, **{f"new_{name}": _state[name].type for name in STANDING_COLUMNS}},
    lambda given: update(_table(Attendance)).where(_state.delegate_id == given["of"]).values({_state[name]: given[f"new_{name}"] for name in STANDING_COLUMNS}),
)
ADD_TO_TALLY = PreparedForEach(
    {"of": _tally.site_id.type, "at_revision": _tally.revision.type, **{f"more_{name}": _tally[name].type for name in COUNTS}},
    lambda given: (
        update(_table(SiteTally))
        .where(_tally.site_id == given["of"])
        .values({_tally.revision: given["at_revision"], **{_tally[name]: _tally[name] + given[f"more_{name}"] for name in COUNTS}})
    ),
)
_moment, _amount = bindparam("moment", type_=_tally.headcount_at.type), bindparam("amount", type_=_tally.headcount.type)
_is_later = or_(_tally.headcount_at.is_(None), _tally.headcount_at < _moment, and_(_tally.headcount_at == _moment, _tally.headcount < _amount))
NOTE_HEADCOUNT = Prepared(
    update(_table(SiteTally))
    .where(_tally.site_id == bindparam("of"), _is_later)
    .values(headcount=_amount, headcount_at=_moment, revision=bindparam("at_revision"))
)
