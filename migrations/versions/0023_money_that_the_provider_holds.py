"""Collections that the provider holds until acceptance, and their settlements."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

NAME, COLLECTION = "marketplace_settlement", "marketplace_collection"


def upgrade() -> None:
    """Make them."""
    with op.batch_alter_table(COLLECTION) as batch:
        batch.add_column(sa.Column("hold_days", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("hold_state", sa.String(length=12), nullable=False, server_default=""))
        batch.add_column(sa.Column("release_reason", sa.String(length=400), nullable=False, server_default=""))
        batch.add_column(sa.Column("release_asked_by", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("released_by", sa.String(length=64), nullable=True))
        batch.create_check_constraint(op.f(f"ck_{COLLECTION}_two_persons"), "release_asked_by <> released_by")
    op.create_table(
        NAME,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("collection_id", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
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
        sa.CheckConstraint("amount_fen > 0", name=op.f(f"ck_{NAME}_amount_positive")),
        sa.ForeignKeyConstraint(["collection_id"], [f"{COLLECTION}.id"], name=op.f(f"fk_{NAME}_collection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{NAME}_number")),
    )
    op.create_index(f"ix_{NAME}_next", NAME, ["state", "next_action_at"])
    op.create_index(f"ix_{NAME}_collection", NAME, ["collection_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table(NAME)
    with op.batch_alter_table(COLLECTION) as batch:
        batch.drop_constraint(op.f(f"ck_{COLLECTION}_two_persons"), type_="check")
        for name in ("released_by", "release_asked_by", "release_reason", "hold_state", "hold_days"):
            batch.drop_column(name)
