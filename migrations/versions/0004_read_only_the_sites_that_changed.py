"""read only the sites that changed

Safe beside the previous release: add before use, remove after disuse, hold no lock for long.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("site_tallies", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
        batch_op.create_index("ix_site_tallies_revision", ["conference_id", "revision"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("site_tallies", schema=None) as batch_op:
        batch_op.drop_index("ix_site_tallies_revision")
        batch_op.drop_column("revision")
