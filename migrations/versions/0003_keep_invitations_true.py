"""keep invitations true: outbox, registration, feeds

Not safe beside the previous release: `calendar_entries.session_id` goes and `scope` takes its place in one step. Servers are stopped first.
"""

import sqlalchemy as sa
from alembic import op

from confsvc.models.base import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Numbers that devices remember are given once only.
NUMBERED_ONCE = {"sqlite_autoincrement": True}
WITHOUT_SESSION = {"sqlite_where": sa.text("session_id IS NULL"), "postgresql_where": sa.text("session_id IS NULL")}


def upgrade() -> None:
    op.create_table(
        "letter_texts",
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("locale IN ('vi', 'en')", name=op.f("ck_letter_texts_locale")),
        sa.CheckConstraint(
            "kind IN ('invitation', 'update', 'cancellation', 'registration', 'registration_reminder', 'reminder', 'operator_reminder', 'counter_declined')",
            name=op.f("ck_letter_texts_kind"),
        ),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_letter_texts_conference_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("conference_id", "kind", "locale", name=op.f("pk_letter_texts")),
    )
    op.create_table(
        "mailings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("paused_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('calendar', 'registration', 'registration_reminder', 'reminder', 'operator_reminder', 'counter_declined')",
            name=op.f("ck_mailings_purpose"),
        ),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_mailings_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["created_by_id"], ["accounts.id"], name=op.f("fk_mailings_created_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailings")),
    )
    with op.batch_alter_table("mailings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mailings_conference_id"), ["conference_id"], unique=False)

    op.create_table(
        "reminders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("minutes_before", sa.Integer(), nullable=False),
        sa.Column("done_for", UtcDateTime(), nullable=True),
        sa.CheckConstraint("audience IN ('units', 'delegates', 'operators')", name=op.f("ck_reminders_audience")),
        sa.CheckConstraint("minutes_before BETWEEN 1 AND 129600", name=op.f("ck_reminders_minutes_before")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_reminders_conference_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
    )
    with op.batch_alter_table("reminders", schema=None) as batch_op:
        batch_op.create_index("uq_reminders_audience", ["conference_id", "audience", "minutes_before"], unique=True)

    op.create_table(
        "feed_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("mandate_id", sa.Integer(), nullable=True),
        sa.Column("delegate_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('site', 'unit', 'presenter', 'host')", name=op.f("ck_feed_links_kind")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_feed_links_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["created_by_id"], ["accounts.id"], name=op.f("fk_feed_links_created_by_id")),
        sa.ForeignKeyConstraint(["delegate_id"], ["delegates.id"], name=op.f("fk_feed_links_delegate_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandates.id"], name=op.f("fk_feed_links_mandate_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_feed_links_site_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_feed_links_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feed_links_token_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_feed_links_uid")),
    )
    with op.batch_alter_table("feed_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feed_links_conference_id"), ["conference_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feed_links_delegate_id"), ["delegate_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feed_links_mandate_id"), ["mandate_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feed_links_site_id"), ["site_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feed_links_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "registration_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("mandate_id", sa.Integer(), nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('named', 'imported', 'changed', 'removed', 'substituted', 'declined', 'taken_back', 'link_made', 'link_sent', 'link_opened', "
            "'link_revoked')",
            name=op.f("ck_registration_changes_kind"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_registration_changes_account_id")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_registration_changes_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["delegate_id"], ["delegates.id"], name=op.f("fk_registration_changes_delegate_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandates.id"], name=op.f("fk_registration_changes_mandate_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_changes")),
    )
    with op.batch_alter_table("registration_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registration_changes_conference_id"), ["conference_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_registration_changes_delegate_id"), ["delegate_id"], unique=False)
        batch_op.create_index("ix_registration_changes_mandate", ["mandate_id", "id"], unique=False)

    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("mailing_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("mandate_id", sa.Integer(), nullable=True),
        sa.Column("delegate_id", sa.Integer(), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("to_name", sa.String(length=200), nullable=False),
        sa.Column("to_address", sa.String(length=254), nullable=False),
        sa.Column("to_fold", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=True),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "purpose IN ('calendar', 'registration', 'registration_reminder', 'reminder', 'operator_reminder', 'counter_declined')",
            name=op.f("ck_messages_purpose"),
        ),
        sa.CheckConstraint("state IN ('waiting', 'ready', 'sent', 'failed', 'bounced', 'dropped')", name=op.f("ck_messages_state")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_messages_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["delegate_id"], ["delegates.id"], name=op.f("fk_messages_delegate_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["entry_id"], ["calendar_entries.id"], name=op.f("fk_messages_entry_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailings.id"], name=op.f("fk_messages_mailing_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandates.id"], name=op.f("fk_messages_mandate_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_messages_site_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("message_id", name=op.f("uq_messages_message_id")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index("ix_messages_conference", ["conference_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_messages_delegate_id"), ["delegate_id"], unique=False)
        batch_op.create_index(
            "ix_messages_due",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('waiting', 'ready')"),
            postgresql_where=sa.text("state IN ('waiting', 'ready')"),
        )
        batch_op.create_index("ix_messages_mailing", ["mailing_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_messages_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_messages_mandate_id"), ["mandate_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_messages_site_id"), ["site_id"], unique=False)
        batch_op.create_index(
            "uq_messages_entry_waiting",
            ["entry_id"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting' AND NOT is_test"),
            postgresql_where=sa.text("state = 'waiting' AND NOT is_test"),
        )

    op.create_table(
        "received",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=True),
        sa.Column("delegate_id", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("from_address", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('reply', 'counter', 'bounce', 'other')", name=op.f("ck_received_kind")),
        sa.CheckConstraint("outcome IN ('taken', 'shown', 'refused', 'ignored', 'settled')", name=op.f("ck_received_outcome")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_received_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["delegate_id"], ["delegates.id"], name=op.f("fk_received_delegate_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["entry_id"], ["calendar_entries.id"], name=op.f("fk_received_entry_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["settled_by_id"], ["accounts.id"], name=op.f("fk_received_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received")),
        sa.UniqueConstraint("digest", name=op.f("uq_received_digest")),
    )
    with op.batch_alter_table("received", schema=None) as batch_op:
        batch_op.create_index("ix_received_conference", ["conference_id", "outcome", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_received_delegate_id"), ["delegate_id"], unique=False)

    with op.batch_alter_table("calendar_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("conference_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("feed_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("scope", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("shown", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("told_to", sa.String(length=254), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("told", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("told_fingerprint", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("told_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("cancelled_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE calendar_entries SET conference_id = (SELECT conference_id FROM delegates WHERE delegates.id = delegate_id), scope = 'conference'")
    session = "(SELECT 'session:' || agenda_sessions.uid FROM agenda_sessions WHERE agenda_sessions.id = session_id)"
    op.execute(f"UPDATE calendar_entries SET scope = {session} WHERE session_id IS NOT NULL")  # noqa: S608  # made of constants
    with op.batch_alter_table("calendar_entries", schema=None) as batch_op:
        batch_op.alter_column("conference_id", existing_type=sa.INTEGER(), nullable=False)
        batch_op.alter_column("scope", existing_type=sa.String(length=60), nullable=False)
        batch_op.alter_column("delegate_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.drop_index(batch_op.f("ix_calendar_entries_session_id"))
        batch_op.drop_index(batch_op.f("uq_calendar_entries_session"))
        batch_op.drop_index(batch_op.f("uq_calendar_entries_whole"), **WITHOUT_SESSION)
        batch_op.create_index(batch_op.f("ix_calendar_entries_conference_id"), ["conference_id"], unique=False)
        batch_op.create_index("uq_calendar_entries_delegate", ["delegate_id", "scope"], unique=True)
        batch_op.create_index("uq_calendar_entries_feed", ["feed_id", "scope"], unique=True)
        batch_op.drop_constraint(batch_op.f("fk_calendar_entries_delegate_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_calendar_entries_session_id"), type_="foreignkey")
        batch_op.create_foreign_key(batch_op.f("fk_calendar_entries_feed_id"), "feed_links", ["feed_id"], ["id"], ondelete="CASCADE")
        batch_op.create_foreign_key(batch_op.f("fk_calendar_entries_conference_id"), "conferences", ["conference_id"], ["id"], ondelete="CASCADE")
        batch_op.create_foreign_key(batch_op.f("fk_calendar_entries_delegate_id"), "delegates", ["delegate_id"], ["id"], ondelete="SET NULL")
        batch_op.drop_column("session_id")

    with op.batch_alter_table("conferences", schema=None, table_kwargs=NUMBERED_ONCE) as batch_op:
        batch_op.add_column(sa.Column("registration_deadline", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("entry_rule", sa.String(length=12), nullable=False, server_default="conference"))
        batch_op.add_column(sa.Column("update_rule", sa.String(length=12), nullable=False, server_default="automatic"))
        batch_op.add_column(sa.Column("mail_languages", sa.String(length=5), nullable=False, server_default="vi"))
        batch_op.add_column(sa.Column("invited_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("calendar_stale_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("web_address", sa.String(length=300), nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_conferences_calendar_stale_at"), ["calendar_stale_at"], unique=False)
        batch_op.create_check_constraint(op.f("ck_conferences_entry_rule"), "entry_rule IN ('conference', 'sessions')")
        batch_op.create_check_constraint(op.f("ck_conferences_update_rule"), "update_rule IN ('automatic', 'ask')")
        batch_op.create_check_constraint(op.f("ck_conferences_mail_languages"), "mail_languages IN ('vi', 'en', 'both')")

    with op.batch_alter_table("mandates", schema=None) as batch_op:
        batch_op.add_column(sa.Column("liaison_email", sa.String(length=254), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("link_uid", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("link_token_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("link_expires_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("link_opened_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("registered_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("declined_seats", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("declined_reason", sa.String(length=500), nullable=False, server_default=""))
        batch_op.create_unique_constraint(batch_op.f("uq_mandates_link_token_hash"), ["link_token_hash"])
        batch_op.create_unique_constraint(batch_op.f("uq_mandates_link_uid"), ["link_uid"])
        batch_op.create_check_constraint(op.f("ck_mandates_declined_seats"), "declined_seats BETWEEN 0 AND seats")

    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.add_column(sa.Column("contact_email", sa.String(length=254), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("sites", schema=None, table_kwargs=NUMBERED_ONCE) as batch_op:
        batch_op.drop_column("contact_email")

    with op.batch_alter_table("mandates", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_mandates_declined_seats"), type_="check")
        batch_op.drop_constraint(batch_op.f("uq_mandates_link_uid"), type_="unique")
        batch_op.drop_constraint(batch_op.f("uq_mandates_link_token_hash"), type_="unique")
        batch_op.drop_column("declined_reason")
        batch_op.drop_column("declined_seats")
        batch_op.drop_column("registered_at")
        batch_op.drop_column("link_opened_at")
        batch_op.drop_column("link_expires_at")
        batch_op.drop_column("link_token_hash")
        batch_op.drop_column("link_uid")
        batch_op.drop_column("liaison_email")

    with op.batch_alter_table("conferences", schema=None, table_kwargs=NUMBERED_ONCE) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conferences_calendar_stale_at"))
        for name in ("mail_languages", "update_rule", "entry_rule"):
            batch_op.drop_constraint(op.f(f"ck_conferences_{name}"), type_="check")
        batch_op.drop_column("web_address")
        batch_op.drop_column("calendar_stale_at")
        batch_op.drop_column("invited_at")
        batch_op.drop_column("mail_languages")
        batch_op.drop_column("update_rule")
        batch_op.drop_column("entry_rule")
        batch_op.drop_column("registration_deadline")

    # The tables of before know entries of living delegates and sessions only, each handed out by a link.
    op.execute("DELETE FROM calendar_entries WHERE delegate_id IS NULL")
    with op.batch_alter_table("calendar_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("session_id", sa.INTEGER(), nullable=True))
    op.execute("UPDATE calendar_entries SET session_id = (SELECT id FROM agenda_sessions WHERE 'session:' || agenda_sessions.uid = scope)")
    op.execute("DELETE FROM calendar_entries WHERE session_id IS NULL AND scope <> 'conference'")
    with op.batch_alter_table("calendar_entries", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_calendar_entries_delegate_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_calendar_entries_conference_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_calendar_entries_feed_id"), type_="foreignkey")
        batch_op.create_foreign_key(batch_op.f("fk_calendar_entries_session_id"), "agenda_sessions", ["session_id"], ["id"], ondelete="CASCADE")
        batch_op.create_foreign_key(batch_op.f("fk_calendar_entries_delegate_id"), "delegates", ["delegate_id"], ["id"], ondelete="CASCADE")
        batch_op.drop_index("uq_calendar_entries_feed")
        batch_op.drop_index("uq_calendar_entries_delegate")
        batch_op.drop_index(batch_op.f("ix_calendar_entries_conference_id"))
        batch_op.create_index(batch_op.f("uq_calendar_entries_whole"), ["delegate_id"], unique=True, **WITHOUT_SESSION)
        batch_op.create_index(batch_op.f("uq_calendar_entries_session"), ["delegate_id", "session_id"], unique=True)
        batch_op.create_index(batch_op.f("ix_calendar_entries_session_id"), ["session_id"], unique=False)
        batch_op.alter_column("delegate_id", existing_type=sa.INTEGER(), nullable=False)
        for column in ("cancelled_at", "told_at", "told_fingerprint", "told", "told_to", "shown", "scope", "feed_id", "conference_id"):
            batch_op.drop_column(column)

    with op.batch_alter_table("received", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_received_delegate_id"))
        batch_op.drop_index("ix_received_conference")

    op.drop_table("received")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_messages_entry_waiting",
            sqlite_where=sa.text("state = 'waiting' AND NOT is_test"),
            postgresql_where=sa.text("state = 'waiting' AND NOT is_test"),
        )
        batch_op.drop_index(batch_op.f("ix_messages_site_id"))
        batch_op.drop_index(batch_op.f("ix_messages_mandate_id"))
        batch_op.drop_index("ix_messages_mailing")
        batch_op.drop_index("ix_messages_due", sqlite_where=sa.text("state IN ('waiting', 'ready')"), postgresql_where=sa.text("state IN ('waiting', 'ready')"))
        batch_op.drop_index(batch_op.f("ix_messages_entry_id"))
        batch_op.drop_index(batch_op.f("ix_messages_delegate_id"))
        batch_op.drop_index("ix_messages_conference")

    op.drop_table("messages")
    with op.batch_alter_table("registration_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_registration_changes_mandate")
        batch_op.drop_index(batch_op.f("ix_registration_changes_delegate_id"))
        batch_op.drop_index(batch_op.f("ix_registration_changes_conference_id"))

    op.drop_table("registration_changes")
    with op.batch_alter_table("feed_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feed_links_unit_id"))
        batch_op.drop_index(batch_op.f("ix_feed_links_site_id"))
        batch_op.drop_index(batch_op.f("ix_feed_links_mandate_id"))
        batch_op.drop_index(batch_op.f("ix_feed_links_delegate_id"))
        batch_op.drop_index(batch_op.f("ix_feed_links_conference_id"))

    op.drop_table("feed_links")
    with op.batch_alter_table("reminders", schema=None) as batch_op:
        batch_op.drop_index("uq_reminders_audience")

    op.drop_table("reminders")
    with op.batch_alter_table("mailings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mailings_conference_id"))

    op.drop_table("mailings")
    op.drop_table("letter_texts")
