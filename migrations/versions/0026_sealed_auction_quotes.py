"""Sealed quotes of auction rooms lie in envelopes; each room has a pair of its own."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant, append_only_statements

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

ROOM, NAME = "marketplace_auction", "marketplace_auction_envelope"
KEYS = ("keeper", "envelope_key", "opening_key")


def upgrade() -> None:
    """Make them."""
    with op.batch_alter_table(ROOM) as batch:
        batch.add_column(sa.Column("sealed", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("key_envelope", sa.Text(), nullable=False, server_default=""))
        for name in KEYS:
            batch.add_column(sa.Column(name, sa.String(64), nullable=False, server_default=""))
    op.create_table(
        NAME,
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("auction_id", sa.String(32), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("envelope", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["auction_id"], [f"{ROOM}.id"], name=op.f(f"fk_{NAME}_auction_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        info={"append_only": True},
    )
    op.create_index(f"ix_{NAME}_stage", NAME, ["auction_id", "stage"])
    for statement in append_only_statements(NAME, op.get_bind().dialect.name):
        op.execute(sa.DDL(statement.replace("%", "%%")))


def downgrade() -> None:
    """Take them away; a sealed stage that runs loses its quotes."""
    op.drop_table(NAME)
    with op.batch_alter_table(ROOM) as batch:
        for name in ("sealed", "key_envelope", *KEYS):
            batch.drop_column(name)
