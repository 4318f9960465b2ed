"""Questions, amendments and ends of notices; relations between organisations."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant, append_only_statements

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TENDER = "marketplace_tender"
AMENDMENT = "marketplace_amendment"
CLARIFICATION = "marketplace_clarification"
OWNER = "marketplace_organisation"
RELATION = "marketplace_relation"
PARTY = "organisation_id_kind_party_key_live"
STATEMENT = "marketplace_relation_statement"


def _to(target: str, table: str, column: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{column}")


def upgrade() -> None:
    """New tables, and what a tender says of its authority and its end."""
    with op.batch_alter_table(TENDER) as batch:
        batch.add_column(sa.Column("authority_id", sa.String(32), nullable=True))
        batch.add_column(sa.Column("ended_kind", sa.String(12), nullable=True))
        batch.add_column(sa.Column("reposts_id", sa.String(32), nullable=True))
        batch.create_foreign_key("fk_marketplace_tender_reposts_id", TENDER, ["reposts_id"], ["id"])
        batch.create_index("ix_marketplace_tender_reposts_id", ["reposts_id"])
    _changes()
    _relations()


def _changes() -> None:
    op.create_table(
        AMENDMENT,
        sa.PrimaryKeyConstraint("id", name=f"pk_{AMENDMENT}"),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("tender_id", sa.String(32), _to(TENDER, AMENDMENT, "tender_id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("effect", sa.String(12), nullable=False),
        sa.Column("closes_at", Instant(), nullable=False),
        sa.Column("amended_at", Instant(), nullable=False),
        sa.UniqueConstraint("tender_id", "version", name="uq_marketplace_amendment_tender_id_version"),
    )
    for statement in append_only_statements(AMENDMENT, op.get_bind().dialect.name):
        op.execute(statement)
    op.create_table(
        CLARIFICATION,
        sa.PrimaryKeyConstraint("id", name=f"pk_{CLARIFICATION}"),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("tender_id", sa.String(32), _to(TENDER, CLARIFICATION, "tender_id"), nullable=False),
        sa.Column("asker_index", sa.String(64), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
    )
    op.create_index("ix_marketplace_clarification_tender_id_id", CLARIFICATION, ["tender_id", "id"])


def _relations() -> None:
    op.create_table(
        RELATION,
        sa.PrimaryKeyConstraint("id", name=f"pk_{RELATION}"),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("organisation_id", sa.String(32), _to(OWNER, RELATION, "organisation_id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("party_key", sa.String(64), nullable=False),
        sa.Column("name_sealed", sa.Text(), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(8), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=True),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.UniqueConstraint("organisation_id", "kind", "party_key", "live", name=f"uq_{RELATION}_{PARTY}"),
        sa.CheckConstraint("share_bp BETWEEN 1 AND 10000", name="ck_marketplace_relation_share"),
    )
    op.create_index("ix_marketplace_relation_party_key_live", RELATION, ["party_key", "live"])
    op.create_table(
        STATEMENT,
        sa.PrimaryKeyConstraint("organisation_id", name=f"pk_{STATEMENT}"),
        sa.Column("organisation_id", sa.String(32), _to(OWNER, STATEMENT, "organisation_id"), nullable=False),
        sa.Column("declared_at", Instant(), nullable=False),
        sa.Column("declared_by", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    """Take them away."""
    for table in (STATEMENT, RELATION, CLARIFICATION, AMENDMENT):
        op.drop_table(table)
    with op.batch_alter_table(TENDER) as batch:
        batch.drop_index("ix_marketplace_tender_reposts_id")
        batch.drop_constraint("fk_marketplace_tender_reposts_id", type_="foreignkey")
        for name in ("reposts_id", "ended_kind", "authority_id"):
            batch.drop_column(name)
