"""Postings by account: thin indexes that carry the amount in the place of the moment."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLE = "marketplace_ledger_posting"


def upgrade() -> None:
    """Put the amount in the place of the moment."""
    _replace("amount_fen")


def downgrade() -> None:
    """Put the moment back."""
    _replace("created_at")


def _replace(second: str) -> None:
    for side in ("debit", "credit"):
        op.drop_index(f"ix_{TABLE}_{side}", table_name=TABLE)
        op.create_index(f"ix_{TABLE}_{side}", TABLE, [f"{side}_id", second])
