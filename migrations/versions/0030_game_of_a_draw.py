"""A notice whose draw uses a lottery names the game and its calendar; a frozen pool, the numbers that count."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

COLUMNS = (("marketplace_draw_plan", "lottery"), ("marketplace_draw_pool", "awaited"))


def upgrade() -> None:
    """Make the columns; the tables keep their triggers, so they are not made anew."""
    for table, name in COLUMNS:
        op.add_column(table, sa.Column(name, sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    """Take them away."""
    for table, name in COLUMNS:
        op.drop_column(table, name)
