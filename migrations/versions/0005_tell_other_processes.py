"""tell other processes

Safe beside the previous release: it only adds.
"""

import sqlalchemy as sa
from alembic import op

from confsvc.models.base import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "told_facts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(length=36), nullable=False),
        sa.Column("told_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_told_facts")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_told_facts_told_at"), "told_facts", ["told_at"])
    op.create_table(
        "workers",
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("beats", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_workers")),
    )
    op.create_table(
        "worker_desks",
        sa.Column("worker_uid", sa.String(length=36), nullable=False),
        sa.Column("desk_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["worker_uid"], ["workers.uid"], name=op.f("fk_worker_desks_worker_uid"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("worker_uid", "desk_id", name=op.f("pk_worker_desks")),
    )
    op.create_index("ix_worker_desks_version", "worker_desks", ["worker_uid", "version"])


def downgrade() -> None:
    op.drop_table("worker_desks")
    op.drop_table("workers")
    op.drop_table("told_facts")
