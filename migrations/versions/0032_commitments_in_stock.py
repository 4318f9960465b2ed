"""Keepers deposit commitments beforehand; a notice takes them and says where they come from."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

NAME, COMMITMENT = "marketplace_draw_deposit", "marketplace_draw_commitment"


def upgrade() -> None:
    """Make them; the commitments keep their triggers, so their table is not made anew."""
    op.create_table(
        NAME,
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("keeper", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.Column("deposited_at", Instant(), nullable=False),
        sa.Column("used_for", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("digest", name=op.f(f"uq_{NAME}_digest")),
        sa.UniqueConstraint("keeper", "used_for", name=op.f(f"uq_{NAME}_keeper_used_for")),
    )
    op.add_column(COMMITMENT, sa.Column("deposited_at", Instant(), nullable=True))
    op.add_column(COMMITMENT, sa.Column("alone", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Take them away; what lies in stock is lost, notices that took from it keep their commitments."""
    for name in ("alone", "deposited_at"):
        op.drop_column(COMMITMENT, name)
    op.drop_table(NAME)
