"""create tables

Safe beside the previous release: add before use, remove after disuse, hold no lock for long.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('administrator', 'organiser')", name=op.f("ck_accounts_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("email", name=op.f("uq_accounts_email")),
    )
    op.create_table(
        "units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=50), nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_fold", sa.String(length=200), nullable=False),
        sa.Column("short_name", sa.String(length=80), nullable=False),
        sa.Column("search_fold", sa.String(length=400), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name=op.f("ck_units_not_own_parent")),
        sa.CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_from <= valid_to", name=op.f("ck_units_period")),
        sa.ForeignKeyConstraint(["parent_id"], ["units.id"], name=op.f("fk_units_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
    )
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_units_name_fold"), ["name_fold"], unique=False)
        batch_op.create_index(batch_op.f("ix_units_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(
            "uq_units_living_code",
            ["code"],
            unique=True,
            sqlite_where=sa.text("valid_to IS NULL AND code <> ''"),
            postgresql_where=sa.text("valid_to IS NULL AND code <> ''"),
        )

    op.create_table(
        "conferences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("title_fold", sa.String(length=300), nullable=False),
        sa.Column("title_sort", sa.String(length=600).with_variant(sa.String(length=600, collation="C"), "postgresql"), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("host_unit_id", sa.Integer(), nullable=True),
        sa.Column("host_name", sa.String(length=200), nullable=False),
        sa.Column("chair_name", sa.String(length=200), nullable=False),
        sa.Column("chair_position", sa.String(length=200), nullable=False),
        sa.Column("address_form", sa.String(length=20), nullable=False),
        sa.Column("video_link", sa.String(length=500), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("check_in_minutes", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("board_token_hash", sa.String(length=64), nullable=True),
        sa.Column("board_serial", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("address_form IN ('comrade', 'sir_madam', 'delegate')", name=op.f("ck_conferences_address_form")),
        sa.CheckConstraint("mode IN ('in_person', 'online', 'hybrid')", name=op.f("ck_conferences_mode")),
        sa.CheckConstraint("state IN ('draft', 'published', 'in_progress', 'closed', 'postponed', 'cancelled')", name=op.f("ck_conferences_state")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_conferences_period")),
        sa.ForeignKeyConstraint(["host_unit_id"], ["units.id"], name=op.f("fk_conferences_host_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conferences")),
        sa.UniqueConstraint("board_token_hash", name=op.f("uq_conferences_board_token_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_conferences_uid")),
    )
    with op.batch_alter_table("conferences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conferences_host_unit_id"), ["host_unit_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_conferences_starts_at"), ["starts_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_conferences_state"), ["state"], unique=False)

    op.create_table(
        "submissions",
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_submissions_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_submissions")),
    )
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_submissions_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_submissions_created_at"), ["created_at"], unique=False)

    op.create_table(
        "unit_moves",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("from_parent_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["from_parent_id"], ["units.id"], name=op.f("fk_unit_moves_from_parent_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_unit_moves_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", "on_date", name=op.f("pk_unit_moves")),
    )
    with op.batch_alter_table("unit_moves", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_moves_from_parent_id"), ["from_parent_id"], unique=False)

    op.create_table(
        "unit_successions",
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.CheckConstraint("kind IN ('rename', 'merge', 'split')", name=op.f("ck_unit_successions_kind")),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_unit_successions_not_to_itself")),
        sa.ForeignKeyConstraint(["from_id"], ["units.id"], name=op.f("fk_unit_successions_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["units.id"], name=op.f("fk_unit_successions_to_id")),
        sa.PrimaryKeyConstraint("from_id", "to_id", name=op.f("pk_unit_successions")),
    )
    with op.batch_alter_table("unit_successions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unit_successions_to_id"), ["to_id"], unique=False)

    op.create_table(
        "agenda_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_agenda_sessions_conference_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_sessions")),
        sa.UniqueConstraint("uid", name=op.f("uq_agenda_sessions_uid")),
    )
    with op.batch_alter_table("agenda_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agenda_sessions_conference_id"), ["conference_id"], unique=False)

    op.create_table(
        "conference_members",
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_conference_members_account_id")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_conference_members_conference_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("conference_id", "account_id", name=op.f("pk_conference_members")),
    )
    with op.batch_alter_table("conference_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conference_members_account_id"), ["account_id"], unique=False)

    op.create_table(
        "delegate_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=False),
        sa.Column("encoding", sa.String(length=10), nullable=False),
        sa.Column("sheet", sa.Integer(), nullable=False),
        sa.Column("header_row", sa.Integer(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("sheets", sa.JSON(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_delegate_imports_account_id")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_delegate_imports_conference_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegate_imports")),
    )
    with op.batch_alter_table("delegate_imports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delegate_imports_conference_id"), ["conference_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delegate_imports_created_at"), ["created_at"], unique=False)

    op.create_table(
        "sites",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_fold", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("video_link", sa.String(length=500), nullable=False),
        sa.Column("contact_name", sa.String(length=200), nullable=False),
        sa.Column("contact_phone", sa.String(length=60), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("attends", sa.Boolean(), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('main', 'remote')", name=op.f("ck_sites_kind")),
        sa.CheckConstraint("capacity IS NULL OR capacity > 0", name=op.f("ck_sites_capacity")),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name=op.f("ck_sites_not_own_parent")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_sites_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["parent_id"], ["sites.id"], name=op.f("fk_sites_parent_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_sites_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
    )
    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.create_index("ix_sites_order", ["conference_id", "sort_order"], unique=False)
        batch_op.create_index(batch_op.f("ix_sites_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sites_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index(
            "uq_sites_one_main", ["conference_id"], unique=True, sqlite_where=sa.text("kind = 'main'"), postgresql_where=sa.text("kind = 'main'")
        )

    op.create_table(
        "mandates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("unit_name", sa.String(length=200), nullable=False),
        sa.Column("unit_name_fold", sa.String(length=200), nullable=False),
        sa.Column("unit_name_sort", sa.String(length=600).with_variant(sa.String(length=600, collation="C"), "postgresql"), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("required_rank", sa.String(length=10), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("required_rank IN ('head', 'leader', 'any')", name=op.f("ck_mandates_required_rank")),
        sa.CheckConstraint("seats BETWEEN 0 AND 100000", name=op.f("ck_mandates_seats")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_mandates_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_mandates_site_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_mandates_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
    )
    with op.batch_alter_table("mandates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mandates_conference_id"), ["conference_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mandates_site_id"), ["site_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mandates_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index("uq_mandates_unit", ["conference_id", "unit_id"], unique=True)

    op.create_table(
        "pairings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_pairings_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["created_by_id"], ["accounts.id"], name=op.f("fk_pairings_created_by_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_pairings_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairings")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_pairings_token_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_pairings_uid")),
    )
    with op.batch_alter_table("pairings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pairings_conference_id"), ["conference_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pairings_site_id"), ["site_id"], unique=False)

    op.create_table(
        "site_tallies",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("named", sa.Integer(), nullable=False),
        sa.Column("vacant", sa.Integer(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("excused", sa.Integer(), nullable=False),
        sa.Column("visiting", sa.Integer(), nullable=False),
        sa.CheckConstraint("named >= 0 AND vacant >= 0 AND present >= 0 AND excused >= 0 AND visiting >= 0", name=op.f("ck_site_tallies_counts")),
        sa.CheckConstraint("present + excused <= named", name=op.f("ck_site_tallies_sum")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_site_tallies_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_site_tallies_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_site_tallies")),
    )
    with op.batch_alter_table("site_tallies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_tallies_conference_id"), ["conference_id"], unique=False)

    op.create_table(
        "delegates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("mandate_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("name_fold", sa.String(length=200), nullable=False),
        sa.Column("name_sort", sa.String(length=600).with_variant(sa.String(length=600, collation="C"), "postgresql"), nullable=False),
        sa.Column("position", sa.String(length=200), nullable=False),
        sa.Column("position_fold", sa.String(length=200), nullable=False),
        sa.Column("rank", sa.String(length=10), nullable=False),
        sa.Column("protocol_order", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("phone_typed", sa.String(length=60), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("reply", sa.String(length=10), nullable=False),
        sa.Column("reply_reason", sa.String(length=500), nullable=False),
        sa.Column("replied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link_uid", sa.String(length=36), nullable=False),
        sa.Column("link_token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("rank IN ('head', 'leader', 'staff')", name=op.f("ck_delegates_rank")),
        sa.CheckConstraint("reply IN ('none', 'accepted', 'declined')", name=op.f("ck_delegates_reply")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_delegates_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandates.id"], name=op.f("fk_delegates_mandate_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_delegates_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegates")),
        sa.UniqueConstraint("link_token_hash", name=op.f("uq_delegates_link_token_hash")),
        sa.UniqueConstraint("link_uid", name=op.f("uq_delegates_link_uid")),
    )
    with op.batch_alter_table("delegates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delegates_conference_id"), ["conference_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delegates_mandate_id"), ["mandate_id"], unique=False)
        batch_op.create_index("ix_delegates_name", ["conference_id", "name_sort"], unique=False)
        batch_op.create_index("ix_delegates_protocol", ["conference_id", "protocol_order", "name_sort"], unique=False)
        batch_op.create_index(batch_op.f("ix_delegates_site_id"), ["site_id"], unique=False)

    op.create_table(
        "desks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("pairing_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("paired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_desks_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["pairing_id"], ["pairings.id"], name=op.f("fk_desks_pairing_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_desks_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desks")),
        sa.UniqueConstraint("pairing_id", name=op.f("uq_desks_pairing_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_desks_token_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_desks_uid")),
    )
    with op.batch_alter_table("desks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desks_conference_id"), ["conference_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_desks_site_id"), ["site_id"], unique=False)

    op.create_table(
        "agenda_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("presenter_id", sa.Integer(), nullable=True),
        sa.Column("presenter_name", sa.String(length=200), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("planned_minutes", sa.Integer(), nullable=False),
        sa.Column("fixed_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('introduction', 'opening', 'report', 'speech', 'discussion', 'commendation', 'directing_speech', 'conclusion', 'break', 'other')",
            name=op.f("ck_agenda_items_kind"),
        ),
        sa.CheckConstraint("planned_minutes BETWEEN 1 AND 1440", name=op.f("ck_agenda_items_planned_minutes")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_agenda_items_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["presenter_id"], ["delegates.id"], name=op.f("fk_agenda_items_presenter_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["session_id"], ["agenda_sessions.id"], name=op.f("fk_agenda_items_session_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_agenda_items_site_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_items")),
    )
    with op.batch_alter_table("agenda_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agenda_items_conference_id"), ["conference_id"], unique=False)
        batch_op.create_index("ix_agenda_items_order", ["session_id", "sort_order"], unique=False)
        batch_op.create_index(batch_op.f("ix_agenda_items_presenter_id"), ["presenter_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_agenda_items_site_id"), ["site_id"], unique=False)

    op.create_table(
        "attendance_events",
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("desk_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("client_ref", sa.String(length=36), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_offset_ms", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind IN ('check_in', 'undo', 'excuse', 'withdraw_excuse')", name=op.f("ck_attendance_events_kind")),
        sa.CheckConstraint("method IN ('scan', 'name', 'organiser', 'self')", name=op.f("ck_attendance_events_method")),
        sa.CheckConstraint("mode IN ('in_person', 'online')", name=op.f("ck_attendance_events_mode")),
        sa.CheckConstraint("verdict IN ('accepted', 'repeated', 'moved', 'refused')", name=op.f("ck_attendance_events_verdict")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_attendance_events_account_id")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_attendance_events_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["delegate_id"], ["delegates.id"], name=op.f("fk_attendance_events_delegate_id")),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_attendance_events_desk_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_attendance_events_site_id")),
        sa.PrimaryKeyConstraint("conference_id", "revision", name=op.f("pk_attendance_events")),
    )
    with op.batch_alter_table("attendance_events", schema=None) as batch_op:
        batch_op.create_index("ix_attendance_events_delegate", ["delegate_id", "revision"], unique=False)
        batch_op.create_index("ix_attendance_events_site", ["site_id", "revision"], unique=False)
        batch_op.create_index("uq_attendance_events_client_ref", ["conference_id", "client_ref"], unique=True)

    op.create_table(
        "attendances",
        sa.Column("delegate_id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("desk_id", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'present') = (site_id IS NOT NULL)", name=op.f("ck_attendances_site_when_present")),
        sa.CheckConstraint("state IN ('not_yet', 'present', 'excused')", name=op.f("ck_attendances_state")),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_attendances_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["delegate_id"], ["delegates.id"], name=op.f("fk_attendances_delegate_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["desk_id"], ["desks.id"], name=op.f("fk_attendances_desk_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_attendances_site_id")),
        sa.PrimaryKeyConstraint("delegate_id", name=op.f("pk_attendances")),
    )
    with op.batch_alter_table("attendances", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attendances_site_id"), ["site_id"], unique=False)
        batch_op.create_index("ix_attendances_state", ["conference_id", "state"], unique=False)

    op.create_table(
        "calendar_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["delegate_id"], ["delegates.id"], name=op.f("fk_calendar_entries_delegate_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["session_id"], ["agenda_sessions.id"], name=op.f("fk_calendar_entries_session_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_entries")),
        sa.UniqueConstraint("uid", name=op.f("uq_calendar_entries_uid")),
    )
    with op.batch_alter_table("calendar_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_entries_session_id"), ["session_id"], unique=False)
        batch_op.create_index("uq_calendar_entries_session", ["delegate_id", "session_id"], unique=True)
        batch_op.create_index(
            "uq_calendar_entries_whole",
            ["delegate_id"],
            unique=True,
            sqlite_where=sa.text("session_id IS NULL"),
            postgresql_where=sa.text("session_id IS NULL"),
        )

    op.create_table(
        "passes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("delegate_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name=op.f("fk_passes_conference_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["delegate_id"], ["delegates.id"], name=op.f("fk_passes_delegate_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passes")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_passes_token_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_passes_uid")),
    )
    with op.batch_alter_table("passes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passes_conference_id"), ["conference_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_passes_delegate_id"), ["delegate_id"], unique=False)
        batch_op.create_index(
            "uq_passes_valid", ["delegate_id"], unique=True, sqlite_where=sa.text("revoked_at IS NULL"), postgresql_where=sa.text("revoked_at IS NULL")
        )


def downgrade() -> None:
    with op.batch_alter_table("passes", schema=None) as batch_op:
        batch_op.drop_index("uq_passes_valid", sqlite_where=sa.text("revoked_at IS NULL"), postgresql_where=sa.text("revoked_at IS NULL"))
        batch_op.drop_index(batch_op.f("ix_passes_delegate_id"))
        batch_op.drop_index(batch_op.f("ix_passes_conference_id"))

    op.drop_table("passes")
    with op.batch_alter_table("calendar_entries", schema=None) as batch_op:
        batch_op.drop_index("uq_calendar_entries_whole", sqlite_where=sa.text("session_id IS NULL"), postgresql_where=sa.text("session_id IS NULL"))
        batch_op.drop_index("uq_calendar_entries_session")
        batch_op.drop_index(batch_op.f("ix_calendar_entries_session_id"))

    op.drop_table("calendar_entries")
    with op.batch_alter_table("attendances", schema=None) as batch_op:
        batch_op.drop_index("ix_attendances_state")
        batch_op.drop_index(batch_op.f("ix_attendances_site_id"))

    op.drop_table("attendances")
    with op.batch_alter_table("attendance_events", schema=None) as batch_op:
        batch_op.drop_index("uq_attendance_events_client_ref")
        batch_op.drop_index("ix_attendance_events_site")
        batch_op.drop_index("ix_attendance_events_delegate")

    op.drop_table("attendance_events")
    with op.batch_alter_table("agenda_items", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agenda_items_site_id"))
        batch_op.drop_index(batch_op.f("ix_agenda_items_presenter_id"))
        batch_op.drop_index("ix_agenda_items_order")
        batch_op.drop_index(batch_op.f("ix_agenda_items_conference_id"))

    op.drop_table("agenda_items")
    with op.batch_alter_table("desks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_desks_site_id"))
        batch_op.drop_index(batch_op.f("ix_desks_conference_id"))

    op.drop_table("desks")
    with op.batch_alter_table("delegates", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delegates_site_id"))
        batch_op.drop_index("ix_delegates_protocol")
        batch_op.drop_index("ix_delegates_name")
        batch_op.drop_index(batch_op.f("ix_delegates_mandate_id"))
        batch_op.drop_index(batch_op.f("ix_delegates_conference_id"))

    op.drop_table("delegates")
    with op.batch_alter_table("site_tallies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_site_tallies_conference_id"))

    op.drop_table("site_tallies")
    with op.batch_alter_table("pairings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pairings_site_id"))
        batch_op.drop_index(batch_op.f("ix_pairings_conference_id"))

    op.drop_table("pairings")
    with op.batch_alter_table("mandates", schema=None) as batch_op:
        batch_op.drop_index("uq_mandates_unit")
        batch_op.drop_index(batch_op.f("ix_mandates_unit_id"))
        batch_op.drop_index(batch_op.f("ix_mandates_site_id"))
        batch_op.drop_index(batch_op.f("ix_mandates_conference_id"))

    op.drop_table("mandates")
    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.drop_index("uq_sites_one_main", sqlite_where=sa.text("kind = 'main'"), postgresql_where=sa.text("kind = 'main'"))
        batch_op.drop_index(batch_op.f("ix_sites_unit_id"))
        batch_op.drop_index(batch_op.f("ix_sites_parent_id"))
        batch_op.drop_index("ix_sites_order")

    op.drop_table("sites")
    with op.batch_alter_table("delegate_imports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delegate_imports_created_at"))
        batch_op.drop_index(batch_op.f("ix_delegate_imports_conference_id"))

    op.drop_table("delegate_imports")
    with op.batch_alter_table("conference_members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conference_members_account_id"))

    op.drop_table("conference_members")
    with op.batch_alter_table("agenda_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agenda_sessions_conference_id"))

    op.drop_table("agenda_sessions")
    with op.batch_alter_table("unit_successions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_successions_to_id"))

    op.drop_table("unit_successions")
    with op.batch_alter_table("unit_moves", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_moves_from_parent_id"))

    op.drop_table("unit_moves")
    with op.batch_alter_table("submissions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_submissions_created_at"))
        batch_op.drop_index(batch_op.f("ix_submissions_account_id"))

    op.drop_table("submissions")
    with op.batch_alter_table("conferences", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conferences_state"))
        batch_op.drop_index(batch_op.f("ix_conferences_starts_at"))
        batch_op.drop_index(batch_op.f("ix_conferences_host_unit_id"))

    op.drop_table("conferences")
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_units_living_code", sqlite_where=sa.text("valid_to IS NULL AND code <> ''"), postgresql_where=sa.text("valid_to IS NULL AND code <> ''")
        )
        batch_op.drop_index(batch_op.f("ix_units_parent_id"))
        batch_op.drop_index(batch_op.f("ix_units_name_fold"))

    op.drop_table("units")
    op.drop_table("accounts")
