"""find lines by their refs

Safe beside the previous release: it changes an index only.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NAME = "uq_attendance_events_client_ref"


def upgrade() -> None:
    op.drop_index(NAME, table_name="attendance_events")
    op.create_index(NAME, "attendance_events", ["client_ref", "conference_id"], unique=True)


def downgrade() -> None:
    op.drop_index(NAME, table_name="attendance_events")
    op.create_index(NAME, "attendance_events", ["conference_id", "client_ref"], unique=True)
