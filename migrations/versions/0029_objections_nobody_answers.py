"""Objections that nobody answers in time: since when, until when they wait, and the complaint about it."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

NAME = "marketplace_objection"
KINDS = ("objection.reply_due", "objection.lapse")


def upgrade() -> None:
    """Make room for them; those that wait get the promise that they were made without."""
    with op.batch_alter_table(NAME) as batch:
        batch.add_column(sa.Column("silent_at", Instant(), nullable=True))
        batch.add_column(sa.Column("waits_until", Instant(), nullable=True))
        batch.add_column(sa.Column("complaint", sa.String(20), nullable=False, server_default=""))
    op.execute(
        "INSERT INTO marketplace_deadline (id, kind, subject, due_at, tries) "
        f"SELECT id, '{KINDS[0]}', id, reply_due_at, 0 FROM {NAME} WHERE status = 'pending'"
    )


def downgrade() -> None:
    """Take them away; objections wait for an answer without a clock again."""
    for kind in KINDS:
        op.execute(f"DELETE FROM marketplace_deadline WHERE kind = '{kind}'")
    with op.batch_alter_table(NAME) as batch:
        for name in ("silent_at", "waits_until", "complaint"):
            batch.drop_column(name)
