"""Auction rooms, and the floor of a bidding tender."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant, append_only_statements

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ENTRIES = "marketplace_auction_entry"


def upgrade() -> None:
    """Rooms, who sits in them, and their journal."""
    op.add_column("marketplace_tender", sa.Column("floor_fen", sa.BigInteger(), nullable=True))
    op.create_table(
        "marketplace_auction",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("tender_id", sa.String(32), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("face", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("face_version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["marketplace_tender.id"], name=op.f("fk_marketplace_auction_tender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_auction")),
        sa.UniqueConstraint("tender_id", name=op.f("uq_marketplace_auction_tender_id")),
        sa.UniqueConstraint("number", name=op.f("uq_marketplace_auction_number")),
    )
    op.create_index("ix_marketplace_auction_due", "marketplace_auction", ["status", "due_at"])
    op.create_index("ix_marketplace_auction_starts", "marketplace_auction", ["starts_at", "id"])
    _seats()
    _entries()


def _seats() -> None:
    table = "marketplace_auction_seat"
    op.create_table(
        table,
        sa.Column("auction_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.String(32), nullable=False),
        sa.Column("offer_id", sa.String(32), nullable=False),
        sa.Column("agency_name", sa.String(120), nullable=False),
        sa.Column("uscc", sa.String(18), nullable=False),
        sa.ForeignKeyConstraint(["auction_id"], ["marketplace_auction.id"], name=op.f(f"fk_{table}_auction_id")),
        sa.ForeignKeyConstraint(["agency_id"], ["marketplace_agency.id"], name=op.f(f"fk_{table}_agency_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["marketplace_offer.id"], name=op.f(f"fk_{table}_offer_id")),
        sa.PrimaryKeyConstraint("auction_id", "number", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("auction_id", "agency_id", name=op.f(f"uq_{table}_auction_id_agency_id")),
        sa.UniqueConstraint("offer_id", name=op.f(f"uq_{table}_offer_id")),
    )


def _entries() -> None:
    op.create_table(
        ENTRIES,
        sa.Column("auction_id", sa.String(32), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["auction_id"], ["marketplace_auction.id"], name=op.f(f"fk_{ENTRIES}_auction_id")),
        sa.PrimaryKeyConstraint("auction_id", "serial", name=op.f(f"pk_{ENTRIES}")),
        info={"append_only": True},
    )
    for statement in append_only_statements(ENTRIES, op.get_bind().dialect.name):
        op.execute(sa.DDL(statement.replace("%", "%%")))


def downgrade() -> None:
    """Take them away."""
    for table in (ENTRIES, "marketplace_auction_seat", "marketplace_auction"):
        op.drop_table(table)
    op.drop_column("marketplace_tender", "floor_fen")
