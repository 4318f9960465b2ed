"""Statements, matches, breaks and closed days."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "marketplace_recon_break",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("expected_fen", sa.BigInteger(), nullable=True),
        sa.Column("statement_id", sa.String(length=32), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(length=64), nullable=True),
        sa.Column("confirmed_by", sa.String(length=64), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint("proposed_by <> confirmed_by", name=op.f("ck_marketplace_recon_break_two_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_recon_break")),
        sa.UniqueConstraint("account", "key", name=op.f("uq_marketplace_recon_break_account_key")),
    )
    op.create_index("ix_marketplace_recon_break_day", "marketplace_recon_break", ["account", "day"], unique=False)
    op.create_index("ix_marketplace_recon_break_state", "marketplace_recon_break", ["state", "id"], unique=False)

    op.create_table(
        "marketplace_recon_day",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("statement_id", sa.String(length=32), nullable=False),
        sa.Column("matched_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_recon_day")),
        sa.UniqueConstraint("account", "day", name=op.f("uq_marketplace_recon_day_account_day")),
    )
    op.create_table(
        "marketplace_recon_match",
        sa.Column("statement_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("claim", sa.String(length=80), nullable=False),
        sa.Column("by_pass", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("statement_id", "seq", "claim", name=op.f("pk_marketplace_recon_match")),
    )
    op.create_index("ix_marketplace_recon_match_claim", "marketplace_recon_match", ["claim"], unique=False)

    op.create_table(
        "marketplace_statement",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("form", sa.String(length=24), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("income_fen", sa.BigInteger(), nullable=False),
        sa.Column("outgo_fen", sa.BigInteger(), nullable=False),
        sa.Column("opening_fen", sa.BigInteger(), nullable=True),
        sa.Column("closing_fen", sa.BigInteger(), nullable=True),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.Column("imported_by", sa.String(length=64), nullable=False),
        sa.Column("superseded_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_statement")),
    )
    op.create_index("ix_marketplace_statement_account", "marketplace_statement", ["account", "day"], unique=False)

    op.create_table(
        "marketplace_wanted_statement",
        sa.Column("gateway", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("next_at", Instant(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("gateway", "day", name=op.f("pk_marketplace_wanted_statement")),
    )
    op.create_index(
        op.f("ix_marketplace_wanted_statement_next_at"), "marketplace_wanted_statement", ["next_at"], unique=False
    )

    op.create_table(
        "marketplace_statement_line",
        sa.Column("statement_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("line_id", sa.String(length=128), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("fee_fen", sa.BigInteger(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("party", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["marketplace_statement.id"], name=op.f("fk_marketplace_statement_line_statement_id")
        ),
        sa.PrimaryKeyConstraint("statement_id", "seq", name=op.f("pk_marketplace_statement_line")),
        sa.UniqueConstraint("account", "line_id", name=op.f("uq_marketplace_statement_line_account_line_id")),
    )
    op.create_index("ix_marketplace_statement_line_number", "marketplace_statement_line", ["number"], unique=False)


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_marketplace_statement_line_number", "marketplace_statement_line")

    op.drop_table("marketplace_statement_line")
    op.drop_index(op.f("ix_marketplace_wanted_statement_next_at"), "marketplace_wanted_statement")

    op.drop_table("marketplace_wanted_statement")
    op.drop_index("ix_marketplace_statement_account", "marketplace_statement")

    op.drop_table("marketplace_statement")
    op.drop_index("ix_marketplace_recon_match_claim", "marketplace_recon_match")

    op.drop_table("marketplace_recon_match")
    op.drop_table("marketplace_recon_day")
    op.drop_index("ix_marketplace_recon_break_state", "marketplace_recon_break")
    op.drop_index("ix_marketplace_recon_break_day", "marketplace_recon_break")

    op.drop_table("marketplace_recon_break")
