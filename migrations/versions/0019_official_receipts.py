"""Receipts have files, and official ones are asked for."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NAME = "marketplace_receipt_request"


def upgrade() -> None:
    """Make them."""
    op.add_column("marketplace_payment_receipt", sa.Column("sha256", sa.String(length=64), nullable=True))
    op.add_column("marketplace_payment_receipt", sa.Column("size", sa.Integer(), nullable=True))
    media_type = sa.Column("media_type", sa.String(length=40), nullable=False, server_default="")
    op.add_column("marketplace_payment_receipt", media_type)
    op.create_table(
        NAME,
        sa.Column("order_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("ticket", sa.String(length=120), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_code", sa.String(length=120), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["marketplace_payment_order.id"], name=op.f(f"fk_{NAME}_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f(f"pk_{NAME}")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table(NAME)
    with op.batch_alter_table("marketplace_payment_receipt") as batch:
        for name in ("media_type", "size", "sha256"):
            batch.drop_column(name)
