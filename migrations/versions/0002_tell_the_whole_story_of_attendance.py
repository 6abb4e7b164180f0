"""tell the whole story of attendance

Safe beside the previous release: add before use, remove after disuse, hold no lock for long.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import context, op
from alembic.operations import BatchOperations
from flask import current_app

from confsvc.domain.attendance_fold import Entry, Person, fold, moment_of
from confsvc.domain.passes import sign_token
from confsvc.domain.tokens import derive_token, hash_token
from confsvc.models.base import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


STANDING = ("state", "mode", "site_id", "desk_id", "late", "substitute_id", "reason", "revision")
STANDING_TIMES = {"since": UtcDateTime(), "arrived_at": UtcDateTime()}
# Numbers that devices remember are given once only.
NUMBERED_ONCE = {"sqlite_autoincrement": True}
# What each changed table checks.
BEFORE = {
    "conferences": {
        "state": "state IN ('draft', 'published', 'in_progress', 'closed', 'postponed', 'cancelled')",
        "mode": "mode IN ('in_person', 'online', 'hybrid')",
        "address_form": "address_form IN ('comrade', 'sir_madam', 'delegate')",
        "period": "starts_at < ends_at",
    },
    "mandates": {"seats": "seats BETWEEN 0 AND 100000", "required_rank": "required_rank IN ('head', 'leader', 'any')"},
    "delegates": {"rank": "rank IN ('head', 'leader', 'staff')", "reply": "reply IN ('none', 'accepted', 'declined')"},
    "attendance_events": {
        "kind": "kind IN ('check_in', 'undo', 'excuse', 'withdraw_excuse')",
        "method": "method IN ('scan', 'name', 'organiser', 'self')",
        "mode": "mode IN ('in_person', 'online')",
        "verdict": "verdict IN ('accepted', 'repeated', 'moved', 'refused')",
    },
    "attendances": {
        "state": "state IN ('not_yet', 'present', 'excused')",
        "site_when_present": "(state = 'present') = (site_id IS NOT NULL)",
    },
    "site_tallies": {
        "counts": "named >= 0 AND vacant >= 0 AND present >= 0 AND excused >= 0 AND visiting >= 0",
        "sum": "present + excused <= named",
    },
}
AFTER = {
    "conferences": BEFORE["conferences"]
    | {
        "walk_in_rule": "walk_in_rule IN ('open', 'ask', 'refuse')",
        "online_rule": "online_rule IN ('counts', 'ask')",
        "closed_at": "(state = 'closed') = (closed_at IS NOT NULL)",
    },
    "mandates": BEFORE["mandates"] | {"uninvited_has_no_seats": "unit_id IS NOT NULL OR seats = 0"},
    "delegates": BEFORE["delegates"]
    | {"origin": "origin IN ('listed', 'substitute', 'walk_in')", "substitute_replaces": "(origin = 'substitute') = (replaces_id IS NOT NULL)"},
    "attendance_events": BEFORE["attendance_events"]
    | {
        "kind": "kind IN ('check_in', 'undo', 'leave', 'undo_leave', 'excuse', 'withdraw_excuse', 'seek', 'admit', 'deny', "
        "'substitute', 'withdraw_substitute', 'headcount', 'renew_pass', 'close')",
        "method": "method IN ('scan', 'name', 'form', 'headcount', 'organiser', 'self', 'join', 'system')",
        "amount": "(kind = 'headcount') = (amount IS NOT NULL) AND (amount IS NULL OR amount >= 0)",
    },
    "attendances": BEFORE["attendances"] | {"state": "state IN ('not_yet', 'present', 'left', 'excused', 'substituted', 'pending', 'not_admitted')"},
    "site_tallies": {
        "counts": "named >= 0 AND vacant >= 0 AND present >= 0 AND away >= 0 AND excused >= 0",
        "part_counts": "visiting >= 0 AND walk_ins >= 0 AND online >= 0 AND substitutes >= 0 AND late >= 0",
        "sum": "present + away + excused <= named",
    },
}


def _renew_checks(batch_op: BatchOperations, table: str, old: dict[str, dict[str, str]], new: dict[str, dict[str, str]]) -> None:
    for name in old[table]:
        batch_op.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
    for name, condition in new[table].items():
        batch_op.create_check_constraint(op.f(f"ck_{table}_{name}"), condition)


def _make_anew(*tables: str, **options: bool) -> None:
    """Give SQLite's tables these options, which are a matter of no other database."""
    if op.get_context().dialect.name == "sqlite":
        for table in tables:
            with op.batch_alter_table(table, schema=None, recreate="always", table_kwargs=options):
                pass


def _only_where(column: str) -> dict[str, sa.TextClause]:
    condition = sa.text(f"{column} IS NOT NULL")
    return {"sqlite_where": condition, "postgresql_where": condition}


def _tell_the_new_columns() -> None:
    """What the rows that are there know of the new columns; nothing where only SQL is written."""
    if context.is_offline_mode():
        return
    bind = op.get_bind()
    event = _table("attendance_events", "verdict", "refusal", detail=sa.JSON())
    bind.execute(event.update().where(event.c.verdict == "refused").values(refusal=event.c.detail["code"].as_string()))
    conference = _table("conferences", "id", "state", starts_at=UtcDateTime(), closed_at=UtcDateTime())
    for row in bind.execute(sa.select(conference)).all():
        if row.state == "closed":
            closed_at = _closed_at(bind, row.id, row.closed_at)
            bind.execute(conference.update().where(conference.c.id == row.id).values(closed_at=closed_at))
        _fold_anew(bind, row.id, row.starts_at + timedelta(minutes=15))
    _hash_passes(bind, lambda secret, conference_id, uid: sign_token(secret, conference_id, uid))


def _table(name: str, *columns: str, **typed: sa.types.TypeEngine[Any]) -> sa.TableClause:
    return sa.table(name, *map(sa.column, columns), *(sa.column(column, kind) for column, kind in typed.items()))


def _closed_at(bind: sa.Connection, conference_id: int, ends_at: datetime) -> datetime:
    """Nobody wrote down when: not before its end, not before the last word of a desk, and not in the future."""
    event = _table("attendance_events", "conference_id", "desk_id", recorded_at=UtcDateTime())
    said = sa.select(event.c.recorded_at).where(event.c.conference_id == conference_id, event.c.desk_id.is_not(None))
    last = bind.scalar(said.order_by(event.c.recorded_at.desc()).limit(1))
    return min(max(ends_at, last or ends_at), datetime.now(UTC))


def _fold_anew(bind: sa.Connection, conference_id: int, late_after: datetime) -> None:
    """Put states and tallies where the log leads by the rules of now: who came late, since when a mover is here."""
    delegate, attendance = _table("delegates", "id", "conference_id", "site_id"), _table("attendances", "delegate_id", *STANDING, **STANDING_TIMES)
    seats: dict[int, int] = dict(bind.execute(sa.select(delegate.c.id, delegate.c.site_id).where(delegate.c.conference_id == conference_id)).all())
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    standings = []
    entries = _entries(bind, conference_id)
    for delegate_id, seat_id in seats.items():
        standing = fold(entries[delegate_id], Person(seat_id), late_after)
        standings.append({"of": delegate_id, **standing._asdict()})
        counts[seat_id].update({standing.state: 1, "late": int(standing.late)})
        if standing.site_id not in (None, seat_id):
            counts[standing.site_id or 0]["visiting"] += 1
    if standings:
        bind.execute(attendance.update().where(attendance.c.delegate_id == sa.bindparam("of")), standings)
    tally = _table("site_tallies", "site_id", "conference_id", "present", "excused", "visiting", "late")
    for site_id in bind.scalars(sa.select(tally.c.site_id).where(tally.c.conference_id == conference_id)).all():
        counted = {key: counts[site_id][key] for key in ("present", "excused", "visiting", "late")}
        bind.execute(tally.update().where(tally.c.site_id == site_id).values(counted))


def _entries(bind: sa.Connection, conference_id: int) -> defaultdict[int, list[Entry]]:
    """Delegate id → the lines that count, in the order of the log."""
    columns = ("conference_id", "revision", "delegate_id", "kind", "site_id", "mode", "desk_id", "reason", "clock_offset_ms", "verdict", "refusal")
    event = _table("attendance_events", *columns, occurred_at=UtcDateTime(), recorded_at=UtcDateTime())
    counts = (event.c.verdict != "refused") | (event.c.refusal == "not_present")
    lines = sa.select(event).where(event.c.conference_id == conference_id, event.c.delegate_id.is_not(None), counts)
    found: defaultdict[int, list[Entry]] = defaultdict(list)
    for line in bind.execute(lines.order_by(event.c.revision)):
        moment = moment_of(line.occurred_at, line.clock_offset_ms, line.recorded_at)
        found[line.delegate_id].append(Entry(line.revision, line.kind, moment, line.site_id, line.mode, line.desk_id, line.reason))
    return found


def _hash_passes(bind: sa.Connection, token_of: Callable[[str, int, str], str]) -> None:
    """Pass tokens carry a signature from here on: codes that were printed before are unknown (and those of now, taken back)."""
    secret = current_app.extensions["confsvc"].secret
    passes = _table("passes", "id", "conference_id", "uid", "token_hash")
    hashed = [
        {"of": row.id, "hash": hash_token(token_of(secret, row.conference_id, row.uid))}
        for row in bind.execute(sa.select(passes.c.id, passes.c.conference_id, passes.c.uid))
    ]
    if hashed:
        bind.execute(passes.update().where(passes.c.id == sa.bindparam("of")).values(token_hash=sa.bindparam("hash")), hashed)


def _refuse_to_lose() -> None:
    """The tables of before cannot hold what was recorded since: they are made again only while that is nothing."""
    if context.is_offline_mode():
        return
    bind = op.get_bind()
    event, delegate = _table("attendance_events", "kind"), _table("delegates", "origin", "rehearses_id")
    old_kinds = ("check_in", "undo", "excuse", "withdraw_excuse")
    for table, is_new in ((event, event.c.kind.not_in(old_kinds)), (delegate, (delegate.c.origin != "listed") | delegate.c.rehearses_id.is_not(None))):
        if bind.scalar(sa.select(sa.func.count()).select_from(table).where(is_new)):
            raise RuntimeError(f"{table.name} holds what the previous release cannot: restore the copy that was made before the upgrade instead")
    _hash_passes(bind, lambda secret, _, uid: derive_token(secret, "pass", uid))


def upgrade() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("mandate_id", sa.Integer(), nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("status IN ('called', 'on_the_way', 'excused', 'sends_deputy', 'cleared')", name=op.f("ck_follow_ups_status")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_follow_ups_account_id")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_follow_ups_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["delegate_id"], ["delegates.id"], name=op.f("fk_follow_ups_delegate_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandates.id"], name=op.f("fk_follow_ups_mandate_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.create_index("ix_follow_ups_mandate", ["conference_id", "mandate_id", "delegate_id"], unique=False)

    op.create_table(
        "handed_over",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=False),
        sa.Column("handed_by_id", sa.Integer(), nullable=False),
        sa.Column("client_ref", sa.String(length=36), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("subject_fold", sa.String(length=200), nullable=False),
        sa.Column("happened_at", UtcDateTime(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("decision IS NULL OR decision IN ('accepted', 'rejected')", name=op.f("ck_handed_over_decision")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_handed_over_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["decided_by_id"], ["accounts.id"], name=op.f("fk_handed_over_decided_by_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_handed_over_desk_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["handed_by_id"], ["desks.id"], name=op.f("fk_handed_over_handed_by_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handed_over")),
    )
    with op.batch_alter_table("handed_over", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handed_over_desk_id"), ["desk_id"], unique=False)
        batch_op.create_index("ix_handed_over_waiting", ["conference_id", "decision", "id"], unique=False)
        batch_op.create_index("uq_handed_over_client_ref", ["conference_id", "client_ref"], unique=True)

    op.create_table(
        "online_presences",
        sa.Column("delegate_id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_online_presences_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["delegate_id"], ["delegates.id"], name=op.f("fk_online_presences_delegate_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("delegate_id", name=op.f("pk_online_presences")),
    )
    with op.batch_alter_table("online_presences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_online_presences_conference_id"), ["conference_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_online_presences_last_seen_at"), ["last_seen_at"], unique=False)

    with op.batch_alter_table("attendance_events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("other_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("amount", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("refusal", sa.String(length=20), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_attendance_events_other_id"), "delegates", ["other_id"], ["id"])
        batch_op.create_index("ix_attendance_events_other", ["other_id"], **_only_where("other_id"))
        _renew_checks(batch_op, "attendance_events", BEFORE, AFTER)

    with op.batch_alter_table("attendances", schema=None) as batch_op:
        batch_op.add_column(sa.Column("arrived_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("late", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("substitute_id", sa.Integer(), nullable=True))
        batch_op.alter_column("state", existing_type=sa.VARCHAR(length=10), type_=sa.String(length=12), existing_nullable=False)
        batch_op.create_foreign_key(batch_op.f("fk_attendances_substitute_id"), "delegates", ["substitute_id"], ["id"])
        batch_op.create_index("ix_attendances_substitute", ["substitute_id"], **_only_where("substitute_id"))
        _renew_checks(batch_op, "attendances", BEFORE, AFTER)

    op.add_column("conferences", sa.Column("closed_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE conferences SET closed_at = ends_at WHERE state = 'closed'")
    with op.batch_alter_table("conferences", schema=None, table_kwargs=NUMBERED_ONCE) as batch_op:
        batch_op.add_column(sa.Column("late_minutes", sa.Integer(), nullable=False, server_default="15"))
        batch_op.add_column(sa.Column("walk_in_rule", sa.String(length=10), nullable=False, server_default="open"))
        batch_op.add_column(sa.Column("online_rule", sa.String(length=10), nullable=False, server_default="counts"))
        batch_op.add_column(sa.Column("started_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("resumed_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("rehearses_id", sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_conferences_rehearses_id"), ["rehearses_id"])
        batch_op.create_foreign_key(batch_op.f("fk_conferences_rehearses_id"), "conferences", ["rehearses_id"], ["id"], ondelete="CASCADE")
        _renew_checks(batch_op, "conferences", BEFORE, AFTER)

    with op.batch_alter_table("delegates", schema=None, table_kwargs=NUMBERED_ONCE) as batch_op:
        batch_op.add_column(sa.Column("origin", sa.String(length=10), nullable=False, server_default="listed"))
        batch_op.add_column(sa.Column("replaces_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("rehearses_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_delegates_rehearses_id"), ["rehearses_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delegates_replaces_id"), ["replaces_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_delegates_replaces_id"), "delegates", ["replaces_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_delegates_rehearses_id"), "delegates", ["rehearses_id"], ["id"], ondelete="SET NULL")
        _renew_checks(batch_op, "delegates", BEFORE, AFTER)

    with op.batch_alter_table("mandates", schema=None) as batch_op:
        batch_op.add_column(sa.Column("liaison_name", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("liaison_phone", sa.String(length=20), nullable=False, server_default=""))
        batch_op.alter_column("unit_id", existing_type=sa.INTEGER(), nullable=True)
        _renew_checks(batch_op, "mandates", BEFORE, AFTER)

    with op.batch_alter_table("passes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revoked_revision", sa.Integer(), nullable=True))
        batch_op.create_index("ix_passes_revoked", ["conference_id", "revoked_revision"], unique=False)

    with op.batch_alter_table("site_tallies", schema=None) as batch_op:
        batch_op.add_column(sa.Column("away", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("walk_ins", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("online", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("substitutes", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("late", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("headcount", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("headcount_at", UtcDateTime(), nullable=True))
        _renew_checks(batch_op, "site_tallies", BEFORE, AFTER)
    _make_anew("sites", "desks", **NUMBERED_ONCE)
    _tell_the_new_columns()


def downgrade() -> None:
    _refuse_to_lose()
    _make_anew("sites", "desks")
    with op.batch_alter_table("site_tallies", schema=None) as batch_op:
        _renew_checks(batch_op, "site_tallies", AFTER, BEFORE)
        batch_op.drop_column("headcount_at")
        batch_op.drop_column("headcount")
        batch_op.drop_column("late")
        batch_op.drop_column("substitutes")
        batch_op.drop_column("online")
        batch_op.drop_column("walk_ins")
        batch_op.drop_column("away")

    with op.batch_alter_table("passes", schema=None) as batch_op:
        batch_op.drop_index("ix_passes_revoked")
        batch_op.drop_column("revoked_revision")

    with op.batch_alter_table("mandates", schema=None) as batch_op:
        _renew_checks(batch_op, "mandates", AFTER, BEFORE)
        batch_op.alter_column("unit_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.drop_column("liaison_phone")
        batch_op.drop_column("liaison_name")

    with op.batch_alter_table("delegates", schema=None) as batch_op:
        _renew_checks(batch_op, "delegates", AFTER, BEFORE)
        batch_op.drop_constraint(batch_op.f("fk_delegates_rehearses_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_delegates_replaces_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_delegates_replaces_id"))
        batch_op.drop_index(batch_op.f("ix_delegates_rehearses_id"))
        batch_op.drop_column("rehearses_id")
        batch_op.drop_column("replaces_id")
        batch_op.drop_column("origin")

    with op.batch_alter_table("conferences", schema=None) as batch_op:
        _renew_checks(batch_op, "conferences", AFTER, BEFORE)
        batch_op.drop_constraint(batch_op.f("fk_conferences_rehearses_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_conferences_rehearses_id"), type_="unique")
        batch_op.drop_column("rehearses_id")
        batch_op.drop_column("closed_at")
        batch_op.drop_column("started_at")
        batch_op.drop_column("resumed_at")
        batch_op.drop_column("online_rule")
        batch_op.drop_column("walk_in_rule")
        batch_op.drop_column("late_minutes")

    with op.batch_alter_table("attendances", schema=None) as batch_op:
        batch_op.drop_index("ix_attendances_substitute", **_only_where("substitute_id"))
        batch_op.drop_constraint(batch_op.f("fk_attendances_substitute_id"), type_="foreignkey")
        batch_op.alter_column("state", existing_type=sa.String(length=12), type_=sa.VARCHAR(length=10), existing_nullable=False)
        batch_op.drop_column("substitute_id")
        batch_op.drop_column("late")
        batch_op.drop_column("arrived_at")
        _renew_checks(batch_op, "attendances", AFTER, BEFORE)

    with op.batch_alter_table("attendance_events", schema=None) as batch_op:
        _renew_checks(batch_op, "attendance_events", AFTER, BEFORE)
        batch_op.drop_index("ix_attendance_events_other", **_only_where("other_id"))
        batch_op.drop_constraint(batch_op.f("fk_attendance_events_other_id"), type_="foreignkey")
        batch_op.drop_column("refusal")
        batch_op.drop_column("amount")
        batch_op.drop_column("other_id")

    with op.batch_alter_table("online_presences", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_online_presences_last_seen_at"))
        batch_op.drop_index(batch_op.f("ix_online_presences_conference_id"))

    op.drop_table("online_presences")
    with op.batch_alter_table("handed_over", schema=None) as batch_op:
        batch_op.drop_index("uq_handed_over_client_ref")
        batch_op.drop_index("ix_handed_over_waiting")
        batch_op.drop_index(batch_op.f("ix_handed_over_desk_id"))

    op.drop_table("handed_over")
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.drop_index("ix_follow_ups_mandate")

    op.drop_table("follow_ups")
