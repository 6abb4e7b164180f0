"""tell the whole story of attendance

Safe beside the previous release: add before use, remove after disuse, hold no lock for long.
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import context, op
from alembic.operations import BatchOperations
from flask import current_app

from confsvc.domain.passes import sign_token
from confsvc.domain.tokens import hash_token
from confsvc.models.base import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


# What each changed table checks; SQLite builds the table anew and forgets the checks it is not told of.
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
    if op.get_context().dialect.name != "sqlite":
        for name in old[table]:
            batch_op.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
    for name, condition in new[table].items():
        batch_op.create_check_constraint(op.f(f"ck_{table}_{name}"), condition)


def _tell_the_new_columns() -> None:
    """What the rows that are there know of the new columns; nothing where only SQL is written."""
    if context.is_offline_mode():
        return
    bind = op.get_bind()
    bind.execute(sa.text("UPDATE attendance_events SET refusal = detail->>'code' WHERE verdict = 'refused'"))
    conferences = sa.table("conferences", sa.column("id"), sa.column("starts_at", UtcDateTime()))
    attendances = sa.table(
        "attendances", sa.column("conference_id"), sa.column("state"), sa.column("since", UtcDateTime()), sa.column("arrived_at"), sa.column("late")
    )
    present = attendances.c.state == "present"
    bind.execute(attendances.update().where(present).values(arrived_at=attendances.c.since))
    for conference_id, starts_at in bind.execute(sa.select(conferences.c.id, conferences.c.starts_at)).all():
        is_late = (attendances.c.conference_id == conference_id) & (attendances.c.since > starts_at + timedelta(minutes=15))
        bind.execute(attendances.update().where(present, is_late).values(late=sa.true()))
    _sign_passes(bind)


def _sign_passes(bind: sa.Connection) -> None:
    """Pass tokens carry a signature now: the codes printed before are unknown from here on."""
    secret = current_app.extensions["confsvc"].secret
    passes = sa.table("passes", sa.column("id"), sa.column("conference_id"), sa.column("uid"), sa.column("token_hash"))
    signed = [
        {"of": row.id, "hash": hash_token(sign_token(secret, row.conference_id, row.uid))}
        for row in bind.execute(sa.select(passes.c.id, passes.c.conference_id, passes.c.uid))
    ]
    if signed:
        bind.execute(passes.update().where(passes.c.id == sa.bindparam("of")).values(token_hash=sa.bindparam("hash")), signed)


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
        _renew_checks(batch_op, "attendance_events", BEFORE, AFTER)
        batch_op.add_column(sa.Column("other_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("amount", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("refusal", sa.String(length=20), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_attendance_events_other_id"), "delegates", ["other_id"], ["id"])

    with op.batch_alter_table("attendances", schema=None) as batch_op:
        _renew_checks(batch_op, "attendances", BEFORE, AFTER)
        batch_op.add_column(sa.Column("arrived_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("late", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("substitute_id", sa.Integer(), nullable=True))
        batch_op.alter_column("state", existing_type=sa.VARCHAR(length=10), type_=sa.String(length=12), existing_nullable=False)
        batch_op.create_foreign_key(batch_op.f("fk_attendances_substitute_id"), "delegates", ["substitute_id"], ["id"])

    op.add_column("conferences", sa.Column("closed_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE conferences SET closed_at = ends_at WHERE state = 'closed'")
    with op.batch_alter_table("conferences", schema=None) as batch_op:
        _renew_checks(batch_op, "conferences", BEFORE, AFTER)
        batch_op.add_column(sa.Column("late_minutes", sa.Integer(), nullable=False, server_default="15"))
        batch_op.add_column(sa.Column("walk_in_rule", sa.String(length=10), nullable=False, server_default="open"))
        batch_op.add_column(sa.Column("online_rule", sa.String(length=10), nullable=False, server_default="counts"))
        batch_op.add_column(sa.Column("started_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("rehearses_id", sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_conferences_rehearses_id"), ["rehearses_id"])
        batch_op.create_foreign_key(batch_op.f("fk_conferences_rehearses_id"), "conferences", ["rehearses_id"], ["id"], ondelete="CASCADE")

    with op.batch_alter_table("delegates", schema=None) as batch_op:
        _renew_checks(batch_op, "delegates", BEFORE, AFTER)
        batch_op.add_column(sa.Column("origin", sa.String(length=10), nullable=False, server_default="listed"))
        batch_op.add_column(sa.Column("replaces_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("rehearses_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_delegates_rehearses_id"), ["rehearses_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delegates_replaces_id"), ["replaces_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_delegates_replaces_id"), "delegates", ["replaces_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_delegates_rehearses_id"), "delegates", ["rehearses_id"], ["id"], ondelete="CASCADE")

    with op.batch_alter_table("mandates", schema=None) as batch_op:
        _renew_checks(batch_op, "mandates", BEFORE, AFTER)
        batch_op.add_column(sa.Column("liaison_name", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("liaison_phone", sa.String(length=20), nullable=False, server_default=""))
        batch_op.alter_column("unit_id", existing_type=sa.INTEGER(), nullable=True)

    with op.batch_alter_table("passes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revoked_revision", sa.Integer(), nullable=True))
        batch_op.create_index("ix_passes_revoked", ["conference_id", "revoked_revision"], unique=False)

    with op.batch_alter_table("site_tallies", schema=None) as batch_op:
        _renew_checks(batch_op, "site_tallies", BEFORE, AFTER)
        batch_op.add_column(sa.Column("away", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("walk_ins", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("online", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("substitutes", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("late", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("headcount", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("headcount_at", UtcDateTime(), nullable=True))
    _tell_the_new_columns()


def downgrade() -> None:
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
        batch_op.drop_column("online_rule")
        batch_op.drop_column("walk_in_rule")
        batch_op.drop_column("late_minutes")

    with op.batch_alter_table("attendances", schema=None) as batch_op:
        _renew_checks(batch_op, "attendances", AFTER, BEFORE)
        batch_op.drop_constraint(batch_op.f("fk_attendances_substitute_id"), type_="foreignkey")
        batch_op.alter_column("state", existing_type=sa.String(length=12), type_=sa.VARCHAR(length=10), existing_nullable=False)
        batch_op.drop_column("substitute_id")
        batch_op.drop_column("late")
        batch_op.drop_column("arrived_at")

    with op.batch_alter_table("attendance_events", schema=None) as batch_op:
        _renew_checks(batch_op, "attendance_events", AFTER, BEFORE)
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
