"""Agreed terms of payment, disputes, sizes of firms."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "marketplace_small_firm",
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("size", sa.String(length=8), nullable=False),
        sa.Column("declared_at", Instant(), nullable=False),
        sa.Column("declared_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_small_firm_agency_id")
        ),
        sa.PrimaryKeyConstraint("agency_id", name=op.f("pk_marketplace_small_firm")),
    )
    op.create_table(
        "marketplace_milestone_dispute",
        sa.Column("milestone_id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("disputed_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint("disputed_fen > 0", name=op.f("ck_marketplace_milestone_dispute_disputed_positive")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["marketplace_contract.id"], name=op.f("fk_marketplace_milestone_dispute_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id"], ["marketplace_milestone.id"], name=op.f("fk_marketplace_milestone_dispute_milestone_id")
        ),
        sa.PrimaryKeyConstraint("milestone_id", name=op.f("pk_marketplace_milestone_dispute")),
    )
    with op.batch_alter_table("marketplace_contract", schema=None) as batch_op:
        batch_op.add_column(sa.Column("payment_days", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("late_rate_bp", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("marketplace_contract", schema=None) as batch_op:
        batch_op.drop_column("late_rate_bp")
        batch_op.drop_column("payment_days")

    op.drop_table("marketplace_milestone_dispute")
    op.drop_table("marketplace_small_firm")
