"""What the agency complained of answers, and until when."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLE = "marketplace_complaint"


def upgrade() -> None:
    """Add the answer, its time and its clock."""
    op.add_column(TABLE, sa.Column("answer_due_at", Instant(), nullable=True))
    op.add_column(TABLE, sa.Column("answer", sa.Text(), server_default="", nullable=False))
    op.add_column(TABLE, sa.Column("answered_at", Instant(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    for name in ("answered_at", "answer", "answer_due_at"):
        op.drop_column(TABLE, name)
