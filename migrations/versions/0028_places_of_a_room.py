"""Where an offer came out of a live room, kept until the award."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

NAME = "marketplace_offer"


def upgrade() -> None:
    """Make room for it."""
    with op.batch_alter_table(NAME) as batch:
        batch.add_column(sa.Column("place", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take it away; a tender that waits for an explanation after its room ranks equals by the draw."""
    with op.batch_alter_table(NAME) as batch:
        batch.drop_column("place")
