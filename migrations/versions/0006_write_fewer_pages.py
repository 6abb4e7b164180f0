"""write fewer pages

Safe beside the previous release: it changes indexes only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What makes even readers wait comes last: in PostgreSQL an index goes only when nobody reads the table, until all of this is done.
    op.create_index("ix_attendances_conference_id", "attendances", ["conference_id"])
    _create_some("ix_attendances_pending", "attendances", ["conference_id"], "state = 'pending'")
    _create_some("ix_passes_dead", "passes", ["conference_id", "revoked_at"], "revoked_at IS NOT NULL")
    op.drop_index("ix_attendances_state", table_name="attendances")
    op.drop_index("ix_attendances_site_id", table_name="attendances")
    _create_some("ix_attendances_site_id", "attendances", ["site_id"], "site_id IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_passes_dead", table_name="passes")
    for name in ("ix_attendances_site_id", "ix_attendances_pending", "ix_attendances_conference_id"):
        op.drop_index(name, table_name="attendances")
    op.create_index("ix_attendances_site_id", "attendances", ["site_id"])
    op.create_index("ix_attendances_state", "attendances", ["conference_id", "state"])


def _create_some(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
