"""Invoices, the account of a contract and its change, deductions of an order, and which claim an order pays."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ORDER = "marketplace_payment_order"
ORGANISATION, CONTRACT = "marketplace_organisation.id", "marketplace_contract.id"


def upgrade() -> None:
    """Add them."""
    _orders()
    _payees()
    _invoices()
    _lines()


def _orders() -> None:
    with op.batch_alter_table(ORDER) as batch:
        batch.add_column(sa.Column("claim_id", sa.String(32), nullable=True))
        batch.add_column(sa.Column("without_invoice", sa.String(400), server_default="", nullable=False))
    op.execute(f"UPDATE {ORDER} SET claim_id = milestone_id")  # noqa: S608 - our own name
    with op.batch_alter_table(ORDER) as batch:
        batch.alter_column("claim_id", existing_type=sa.String(32), nullable=False)
        batch.create_index("ix_marketplace_payment_order_claim", ["claim_id"])


def _account() -> list[sa.Column]:
    return [
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("account_hint", sa.String(24), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("bank_name", sa.String(120), nullable=False),
        sa.Column("document", sa.String(120), nullable=False),
    ]


def _payees() -> None:
    op.create_table(
        "marketplace_contract_payee",
        sa.Column("contract_id", sa.String(32), sa.ForeignKey(CONTRACT), primary_key=True),
        *_account(),
        sa.Column("fixed_at", Instant(), nullable=False),
    )
    op.create_table(
        "marketplace_payee_change",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("contract_id", sa.String(32), sa.ForeignKey(CONTRACT), nullable=False, index=True),
        sa.Column("open_key", sa.String(32), unique=True),
        sa.Column("department_id", sa.String(32), sa.ForeignKey(ORGANISATION), nullable=False, index=True),
        sa.Column("agency_id", sa.String(32), sa.ForeignKey(ORGANISATION), nullable=False),
        *_account(),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("decided_at", Instant()),
        sa.Column("decided_by", sa.String(64)),
        sa.CheckConstraint("asked_by <> decided_by", name="two_persons"),
    )


def _invoices() -> None:
    op.create_table(
        "marketplace_invoice",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("code", sa.String(12), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("buyer_code", sa.String(18), nullable=False),
        sa.Column("seller_code", sa.String(18), nullable=False),
        sa.Column("net_fen", sa.BigInteger(), nullable=False),
        sa.Column("tax_fen", sa.BigInteger(), nullable=False),
        sa.Column("gross_fen", sa.BigInteger(), nullable=False),
        sa.Column("red_of", sa.String(32), sa.ForeignKey("marketplace_invoice.id"), unique=True),
        sa.Column(
            "milestone_id", sa.String(32), sa.ForeignKey("marketplace_milestone.id"), nullable=False, index=True
        ),
        sa.Column("contract_id", sa.String(32), sa.ForeignKey(CONTRACT), nullable=False),
        sa.Column("department_id", sa.String(32), sa.ForeignKey(ORGANISATION), nullable=False),
        sa.Column("agency_id", sa.String(32), sa.ForeignKey(ORGANISATION), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("entered_by", sa.String(64), nullable=False),
        sa.Column("checked_at", Instant()),
        sa.Column("checked_by", sa.String(64)),
        sa.UniqueConstraint("code", "number"),
        sa.CheckConstraint("net_fen + tax_fen = gross_fen", name="adds_up"),
        sa.CheckConstraint("gross_fen > 0 AND net_fen > 0 AND tax_fen >= 0", name="amounts_positive"),
    )
    op.create_index("ix_marketplace_invoice_department", "marketplace_invoice", ["department_id", "id"])
    op.create_index("ix_marketplace_invoice_agency", "marketplace_invoice", ["agency_id", "id"])


def _lines() -> None:
    op.create_table(
        "marketplace_payment_line",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("order_id", sa.String(32), sa.ForeignKey(f"{ORDER}.id"), nullable=False),
        sa.Column("origin_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.String(400), nullable=False),
        sa.Column("release_on", sa.Date()),
        sa.Column("booked", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("order_id", "origin_id"),
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
    )


def downgrade() -> None:
    """Take them away."""
    for table in ("payment_line", "invoice", "payee_change", "contract_payee"):
        op.drop_table(f"marketplace_{table}")
    with op.batch_alter_table(ORDER) as batch:
        batch.drop_index("ix_marketplace_payment_order_claim")
        batch.drop_column("without_invoice")
        batch.drop_column("claim_id")
