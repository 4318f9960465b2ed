"""When the newest send of a refund was begun: until it has settled, `not found` proves nothing."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a refund that is still open is held to have left when it was made."""
    with op.batch_alter_table("marketplace_refund", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sent_at", Instant(), nullable=True))
    op.execute("UPDATE marketplace_refund SET sent_at = made_at WHERE state IN ('created', 'accepted')")


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("marketplace_refund", schema=None) as batch_op:
        batch_op.drop_column("sent_at")
