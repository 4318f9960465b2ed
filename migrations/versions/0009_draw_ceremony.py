"""The ceremony of a draw: what the notice plans, the frozen pool, what is revealed and entered, the witnesses."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant, append_only_statements

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PLAN, POOL = "marketplace_draw_plan", "marketplace_draw_pool"
ENTRY, WITNESS = "marketplace_draw_entry", "marketplace_draw_witness"


def upgrade() -> None:
    """Make the four tables; all but the witnesses refuse change."""
    op.create_table(
        PLAN,
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("reveal_minutes", sa.Integer(), nullable=False),
        sa.Column("named_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tender_id", name=op.f(f"pk_{PLAN}")),
    )
    op.create_table(
        POOL,
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("pool_hash", sa.String(length=64), nullable=False),
        sa.Column("excluded", sa.JSON(), nullable=False),
        sa.Column("frozen_at", Instant(), nullable=False),
        sa.Column("reveal_due_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tender_id", name=op.f(f"pk_{POOL}")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{POOL}_number")),
    )
    op.create_index(op.f(f"ix_{POOL}_reveal_due_at"), POOL, ["reveal_due_at"])
    op.create_table(
        ENTRY,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["tender_id"], [f"{POOL}.tender_id"], name=op.f(f"fk_{ENTRY}_tender_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{ENTRY}")),
        sa.UniqueConstraint(
            "tender_id", "source", "entered_by", name=op.f(f"uq_{ENTRY}_tender_id_source_entered_by")
        ),
    )
    op.create_table(
        WITNESS,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tender_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("organisation", sa.String(length=120), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.Column("named_at", Instant(), nullable=False),
        sa.Column("signed_at", Instant(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{WITNESS}")),
        sa.UniqueConstraint("tender_id", "name", name=op.f(f"uq_{WITNESS}_tender_id_name")),
    )
    for table in (PLAN, POOL, ENTRY):
        for statement in append_only_statements(table, op.get_bind().dialect.name):
            op.execute(sa.DDL(statement.replace("%", "%%")))


def downgrade() -> None:
    """Drop them."""
    for table in (WITNESS, ENTRY, POOL, PLAN):
        op.drop_table(table)
