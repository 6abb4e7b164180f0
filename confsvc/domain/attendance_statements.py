"""The statements of `attendance_log`, built once.

Putting a statement together costs several times what running it does, and a check-in needs a dozen of them; built here
they are also found in the compiler's cache without being looked through. They run on the unit's connection (`Work.rows`),
since none of them loads an object.
"""

from typing import Any, cast

from sqlalchemy import BindParameter, ColumnElement, Table, and_, bindparam, func, insert, or_, select, update

from confsvc.models import Attendance, AttendanceEvent, Conference, Delegate, Desk, Pass, Site, SiteTally

# Refused because of what else the log said just then. What it says changes when a desk that was offline comes back, so
# these lines keep their place in the fold: the order in which lines come in decides nothing.
FOLDED_REFUSALS = ("substituted", "not_present", "not_left")
COUNTS = ("named", "present", "away", "excused", "visiting", "walk_ins", "online", "substitutes", "late")
STANDING_COLUMNS = ("state", "mode", "site_id", "desk_id", "since", "arrived_at", "late", "substitute_id", "reason", "revision")


def _table(model: Any) -> Table:
    return cast("Table", model.__table__)


def _many(name: str) -> Any:
    return bindparam(name, expanding=True)


def counted_line() -> ColumnElement[bool]:
    """The lines that the fold reads."""
    return or_(AttendanceEvent.verdict != "refused", AttendanceEvent.refusal.in_(FOLDED_REFUSALS))


_event, _conference, _delegate = _table(AttendanceEvent).c, _table(Conference).c, _table(Delegate).c
_pass, _tally, _state = _table(Pass).c, _table(SiteTally).c, _table(Attendance).c
_of_conference: BindParameter[int] = bindparam("conference_id")

TAKE_TURN = (
    update(_table(Conference))
    .where(_conference.id == _of_conference)
    .values(revision=_conference.revision)
    .returning(
        *(_conference.id, _conference.revision, _conference.state, _conference.starts_at, _conference.check_in_minutes, _conference.late_minutes),
        *(_conference.started_at, _conference.resumed_at, _conference.closed_at, _conference.rehearses_id),
    )
)
COUNT_LINES = update(_table(Conference)).where(_conference.id == bindparam("of")).values(revision=bindparam("counted"))

EARLIER_VERDICTS = select(_event.client_ref, _event.verdict, _event.refusal, _event.delegate_id, _event.revision, _event.detail).where(
    _event.conference_id == _of_conference, _event.client_ref.in_(_many("client_refs"))
)
LINES_TYPED = (
    select(func.count())
    .select_from(_table(AttendanceEvent))
    .where(_event.site_id == bindparam("site_id"), _event.desk_id == bindparam("desk_id"), _event.method == "form")
)

PASSES = select(_pass.token_hash, _pass.delegate_id, _pass.conference_id, _pass.revoked_at, _pass.revoked_reason).where(_pass.token_hash.in_(_many("hashes")))
STAND_INS = select(_delegate.rehearses_id, _delegate.id).where(_delegate.conference_id == _of_conference, _delegate.rehearses_id.in_(_many("delegate_ids")))
WHO_CAME_FOR = select(_delegate.id).where(_delegate.replaces_id.in_(_many("delegate_ids")))
_PERSON = select(_delegate.id, _delegate.conference_id, _delegate.site_id, _delegate.origin, _delegate.replaces_id)
EVERYBODY = _PERSON.where(_delegate.conference_id == _of_conference)
# Asked for by ids together with their conference, SQLite would walk through all of the conference: whoever reads these looks at it.
PERSONS = _PERSON.where(_delegate.id.in_(_many("delegate_ids")))

_LINES = (
    select(
        *(_event.delegate_id, _event.revision, _event.kind, _event.site_id, _event.mode, _event.desk_id, _event.reason, _event.other_id),
        *(_event.occurred_at, _event.clock_offset_ms, _event.recorded_at),
    )
    .where(counted_line(), _event.delegate_id.is_not(None))
    .order_by(_event.revision)
)
EVERY_LINE = _LINES.where(_event.conference_id == _of_conference)
LINES_OF = _LINES.where(_event.delegate_id.in_(_many("delegate_ids")))

SITE_NAMES = select(Site.id, Site.name, Site.conference_id).where(Site.id.in_(_many("ids")))
DESK_NAMES = select(Desk.id, Desk.name, Desk.conference_id).where(Desk.id.in_(_many("ids")))
PERSON_NAMES = select(Delegate.id, Delegate.full_name, Delegate.conference_id).where(Delegate.id.in_(_many("ids")))

APPEND_LINES = insert(_table(AttendanceEvent))
PUT_STANDING = (
    update(_table(Attendance)).where(_state.delegate_id == bindparam("of")).values({column: bindparam(f"new_{column}") for column in STANDING_COLUMNS})
)
ADD_TO_TALLY = (
    update(_table(SiteTally))
    .where(_tally.site_id == bindparam("of"))
    .values({key: _tally[key] + bindparam(f"more_{key}") for key in COUNTS} | {"revision": bindparam("at_revision")})
)
_moment, _amount = bindparam("moment", type_=_tally.headcount_at.type), bindparam("amount", type_=_tally.headcount.type)
_is_later = or_(_tally.headcount_at.is_(None), _tally.headcount_at < _moment, and_(_tally.headcount_at == _moment, _tally.headcount < _amount))
NOTE_HEADCOUNT = (
    update(_table(SiteTally))
    .where(_tally.site_id == bindparam("of"), _is_later)
    .values(headcount=_amount, headcount_at=_moment, revision=bindparam("at_revision"))
)
