"""Versions of a notice: which one a bid was sealed for, and from which one on bids count."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COLUMNS = (
    ("marketplace_tender", "notice_version"),
    ("marketplace_tender", "counts_from"),
    ("marketplace_bid", "notice_version"),
)


def upgrade() -> None:
    """Everything published so far is the first version."""
    for table, name in COLUMNS:
        op.add_column(table, sa.Column(name, sa.Integer(), server_default="1", nullable=False))


def downgrade() -> None:
    """Forget the versions."""
    for table, name in reversed(COLUMNS):
        op.drop_column(table, name)
