"""Objections that nobody answers in time: since when, until when they wait, and the complaint about it."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

NAME = "marketplace_objection"


def upgrade() -> None:
    """Make room for them."""
    with op.batch_alter_table(NAME) as batch:
        batch.add_column(sa.Column("silent_at", Instant(), nullable=True))
        batch.add_column(sa.Column("waits_until", Instant(), nullable=True))
        batch.add_column(sa.Column("complaint", sa.String(20), nullable=False, server_default=""))


def downgrade() -> None:
    """Take them away; objections wait for an answer again."""
    with op.batch_alter_table(NAME) as batch:
        for name in ("silent_at", "waits_until", "complaint"):
            batch.drop_column(name)
