"""The opening key of a tender in shares: one row a keeper, and how many open."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TENDER, SHARE = "marketplace_tender", "marketplace_key_share"


def upgrade() -> None:
    """Give every keeper a row. A notice that is open now cannot be carried over: let it close or cancel it before."""
    op.create_table(
        SHARE,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("keeper", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("share", sa.Text(), nullable=True),
        sa.Column("handed_in_at", Instant(), nullable=True),
        sa.Column("handed_in_by", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["marketplace_tender.id"], name=op.f("fk_marketplace_key_share_tender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_key_share")),
        sa.UniqueConstraint("tender_id", "keeper", name=op.f("uq_marketplace_key_share_tender_id_keeper")),
    )
    op.add_column(TENDER, sa.Column("threshold", sa.Integer(), server_default="1", nullable=False))
    op.drop_column(TENDER, "opening_key")


def downgrade() -> None:
    """Back to one sealed key a tender."""
    op.add_column(TENDER, sa.Column("opening_key", sa.Text(), nullable=True))
    op.drop_column(TENDER, "threshold")
    op.drop_table(SHARE)
