"""Collections, refunds, receipts without an owner; the headers of a notice."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant, append_only_statements

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "marketplace_collection_fact",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(length=120), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_collection_fact")),
        info={"append_only": True},
    )
    op.create_index(
        "ix_marketplace_collection_fact_subject", "marketplace_collection_fact", ["subject_id", "id"], unique=False
    )

    op.create_table(
        "marketplace_collection",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("live_key", sa.String(length=32), nullable=True),
        sa.Column("milestone_id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("contract_number", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=400), nullable=False),
        sa.Column("buyer_id", sa.String(length=32), nullable=False),
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("seller_hint", sa.String(length=24), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("paid_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("provider_ids", sa.JSON(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("next_action_at", Instant(), nullable=True),
        sa.Column("next_what", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("attention", sa.Boolean(), nullable=False),
        sa.Column("last_code", sa.String(length=120), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_marketplace_collection_amount_positive")),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_collection_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_collection_buyer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_collection")),
        sa.UniqueConstraint("live_key", name=op.f("uq_marketplace_collection_live_key")),
        sa.UniqueConstraint("number", name=op.f("uq_marketplace_collection_number")),
    )
    op.create_index("ix_marketplace_collection_agency", "marketplace_collection", ["agency_id", "id"], unique=False)
    op.create_index("ix_marketplace_collection_buyer", "marketplace_collection", ["buyer_id", "id"], unique=False)
    op.create_index("ix_marketplace_collection_milestone", "marketplace_collection", ["milestone_id"], unique=False)
    op.create_index(
        "ix_marketplace_collection_next", "marketplace_collection", ["state", "next_action_at"], unique=False
    )

    op.create_table(
        "marketplace_merchant",
        sa.Column("agency_id", sa.String(length=32), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("hint", sa.String(length=24), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["marketplace_organisation.id"], name=op.f("fk_marketplace_merchant_agency_id")
        ),
        sa.PrimaryKeyConstraint("agency_id", name=op.f("pk_marketplace_merchant")),
    )
    op.create_table(
        "marketplace_refund",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("collection_id", sa.String(length=32), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("receipt_id", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("provider_ids", sa.JSON(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("next_action_at", Instant(), nullable=True),
        sa.Column("next_what", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("attention", sa.Boolean(), nullable=False),
        sa.Column("last_code", sa.String(length=120), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_marketplace_refund_amount_positive")),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["marketplace_collection.id"], name=op.f("fk_marketplace_refund_collection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_refund")),
        sa.UniqueConstraint(
            "collection_id", "request_key", name=op.f("uq_marketplace_refund_collection_id_request_key")
        ),
        sa.UniqueConstraint("number", name=op.f("uq_marketplace_refund_number")),
    )
    op.create_index("ix_marketplace_refund_next", "marketplace_refund", ["state", "next_action_at"], unique=False)

    op.create_table(
        "marketplace_unallocated_receipt",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("collection_id", sa.String(length=32), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["marketplace_collection.id"],
            name=op.f("fk_marketplace_unallocated_receipt_collection_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_unallocated_receipt")),
        sa.UniqueConstraint("collection_id", name=op.f("uq_marketplace_unallocated_receipt_collection_id")),
    )
    op.create_index(
        "ix_marketplace_unallocated_receipt_state", "marketplace_unallocated_receipt", ["state", "id"], unique=False
    )

    op.add_column("marketplace_gateway_notice", sa.Column("headers", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "ix_marketplace_gateway_notice_state", "marketplace_gateway_notice", ["gateway", "state", "stored_at"]
    )
    for statement in append_only_statements("marketplace_collection_fact", op.get_bind().dialect.name):
        op.execute(sa.DDL(statement.replace("%", "%%")))


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_marketplace_gateway_notice_state", "marketplace_gateway_notice")
    op.drop_column("marketplace_gateway_notice", "headers")

    op.drop_index("ix_marketplace_unallocated_receipt_state", "marketplace_unallocated_receipt")

    op.drop_table("marketplace_unallocated_receipt")
    op.drop_index("ix_marketplace_refund_next", "marketplace_refund")

    op.drop_table("marketplace_refund")
    op.drop_table("marketplace_merchant")
    op.drop_index("ix_marketplace_collection_next", "marketplace_collection")
    op.drop_index("ix_marketplace_collection_milestone", "marketplace_collection")
    op.drop_index("ix_marketplace_collection_buyer", "marketplace_collection")
    op.drop_index("ix_marketplace_collection_agency", "marketplace_collection")

    op.drop_table("marketplace_collection")
    op.drop_index("ix_marketplace_collection_fact_subject", "marketplace_collection_fact")

    op.drop_table("marketplace_collection_fact")
