"""Changes of running contracts that both sides agree to, and what was taken off a milestone."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NAME = "marketplace_contract_change"


def upgrade() -> None:
    """Make them."""
    op.add_column("marketplace_milestone", sa.Column("reduced_fen", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        NAME,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("open_key", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("milestone_id", sa.String(length=32), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f(f"ck_{NAME}_amount_positive")),
        sa.ForeignKeyConstraint(["contract_id"], ["marketplace_contract.id"], name=op.f(f"fk_{NAME}_contract_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["marketplace_milestone.id"], name=op.f(f"fk_{NAME}_milestone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("contract_id", "seq", name=op.f(f"uq_{NAME}_contract_id_seq")),
        sa.UniqueConstraint("open_key", name=op.f(f"uq_{NAME}_open_key")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table(NAME)
    with op.batch_alter_table("marketplace_milestone") as batch:
        batch.drop_column("reduced_fen")
