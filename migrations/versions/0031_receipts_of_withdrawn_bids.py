"""A bid remembers the digests that were withdrawn; objections are found by their agency."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

BID, OBJECTION = "marketplace_bid", "marketplace_objection"


def upgrade() -> None:
    """Add it; a bid that is withdrawn now is the first on its list."""
    with op.batch_alter_table(BID) as batch:
        batch.add_column(sa.Column("withdrawn", sa.Text(), nullable=False, server_default=""))
    bid = sa.table(BID, *(sa.column(name) for name in ("withdrawn", "withdrawn_at", "digest")))
    op.execute(bid.update().where(bid.c.withdrawn_at.is_not(None)).values(withdrawn=bid.c.digest))
    op.create_index("ix_marketplace_objection_agency", OBJECTION, ["agency_id", "id"])


def downgrade() -> None:
    """Take it away; receipts of withdrawn bids are then found only until the agency bids again."""
    op.drop_index("ix_marketplace_objection_agency", OBJECTION)
    with op.batch_alter_table(BID) as batch:
        batch.drop_column("withdrawn")
