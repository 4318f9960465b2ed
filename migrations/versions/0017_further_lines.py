"""Budget lines that a tender draws on after its first."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.add_column("marketplace_tender", sa.Column("further_line_ids", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("marketplace_tender") as batch:
        batch.drop_column("further_line_ids")
