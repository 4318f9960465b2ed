"""Quotes as amounts or rates, parameters of methods, and what is asked of people after the opening."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant, append_only_statements

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TENDER, OFFER = "marketplace_tender", "marketplace_offer"
TENDER_COLUMNS = (
    ("quote", sa.String(8), "amount"),
    ("rate_floor_bp", sa.Integer(), None),
    ("rate_cap_bp", sa.Integer(), None),
    ("method_params", sa.JSON(), "{}"),
    ("assessors", sa.JSON(), "[]"),
    ("invited", sa.JSON(), "[]"),
    ("invite_draw", sa.JSON(), "{}"),
    ("asked_until", Instant(), None),
)
OFFER_COLUMNS = (
    ("rate_bp", sa.Integer(), None),
    ("stars", sa.Integer(), None),
    ("credit", sa.Integer(), None),
    ("named", sa.Boolean(), sa.false()),
)


def _ref(name: str, table: str, *, index: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), sa.ForeignKey(f"marketplace_{table}.id"), nullable=False, index=index)


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(32), primary_key=True)


def upgrade() -> None:
    """Add the columns and the four tables."""
    for table, columns in ((TENDER, TENDER_COLUMNS), (OFFER, OFFER_COLUMNS)):
        for name, kind, default in columns:
            op.add_column(table, sa.Column(name, kind, server_default=default, nullable=default is None))
    op.create_table(
        "marketplace_explanation",
        _id(),
        _ref("tender_id", "tender", index=True),
        _ref("offer_id", "offer"),
        _ref("agency_id", "agency", index=True),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("given_at", Instant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.UniqueConstraint("offer_id", name="uq_marketplace_explanation_offer_id"),
    )
    op.create_table(
        "marketplace_assessor",
        _id(),
        _ref("tender_id", "tender"),
        _ref("login_id", "login", index=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("organisation", sa.String(100), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("conflict", sa.Text(), nullable=False),
        sa.Column("declared_at", Instant(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.UniqueConstraint("tender_id", "login_id", name="uq_marketplace_assessor_tender_id_login_id"),
    )
    op.create_table(
        "marketplace_score",
        _id(),
        _ref("assessor_id", "assessor"),
        _ref("offer_id", "offer", index=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.UniqueConstraint("assessor_id", "offer_id", name="uq_marketplace_score_assessor_id_offer_id"),
    )
    for statement in append_only_statements("marketplace_score", op.get_bind().dialect.name):
        op.execute(statement)
    op.create_table(
        "marketplace_invitation",
        _id(),
        _ref("tender_id", "tender"),
        _ref("agency_id", "agency", index=True),
        sa.Column("drawn", sa.Boolean(), nullable=False),
        sa.Column("invited_at", Instant(), nullable=False),
        sa.UniqueConstraint("tender_id", "agency_id", name="uq_marketplace_invitation_tender_id_agency_id"),
    )


def downgrade() -> None:
    """Take them away."""
    for table in ("invitation", "score", "assessor", "explanation"):
        op.drop_table(f"marketplace_{table}")
    for table, columns in ((OFFER, OFFER_COLUMNS), (TENDER, TENDER_COLUMNS)):
        for name, _, _ in columns:
            op.drop_column(table, name)
