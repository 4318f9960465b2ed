"""Agreed late rates on payment orders; changes of contracts: increases and reductions that both sides agree to."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    with op.batch_alter_table("marketplace_payment_order") as batch:
        batch.add_column(sa.Column("late_rate_bp", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("marketplace_payment_order") as batch:
        batch.drop_column("late_rate_bp")
