"""An approved order that a dispute has stopped."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say so on the order."""
    held = sa.Column("held_for_dispute", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("marketplace_payment_order", held)


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("marketplace_payment_order") as batch:
        batch.drop_column("held_for_dispute")
