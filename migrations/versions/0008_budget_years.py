"""Fiscal years: documents, several lines for one need, transfers, closing, sheets, vouchers, closed balances."""

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.base import Instant
from marketplace.ledger.models import closed_balance_statements

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LINE = "marketplace_budget_line"
BALANCE = "marketplace_ledger_balance"
SOURCES = ("source IN ('treasury', 'own')", "source IN ('treasury', 'own', 'enterprise')")
TABLES = (
    "marketplace_voucher",
    "marketplace_budget_sheet",
    "marketplace_closing_line",
    "marketplace_closing_run",
    "marketplace_budget_transfer",
    "marketplace_encumbrance_share",
    "marketplace_appropriation",
)


def text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    """A column of text."""
    return sa.Column(name, sa.String(length), nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    """A column of time."""
    return sa.Column(name, Instant(), nullable=nullable)


def number(name: str) -> sa.Column[int]:
    """A column of whole numbers."""
    return sa.Column(name, sa.Integer(), nullable=False)


def made(table: str, *parts: sa.schema.SchemaItem, key: tuple[str, ...] = ("id",), **links: str) -> None:
    """Create a table. links: column = the table whose id it holds."""
    points = [
        sa.ForeignKeyConstraint([name], [f"marketplace_{target}.id"], name=op.f(f"fk_marketplace_{table}_{name}"))
        for name, target in links.items()
    ]
    identity = sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_marketplace_{table}"))
    op.create_table(f"marketplace_{table}", *parts, *points, identity)


def unique(table: str, *columns: str) -> sa.UniqueConstraint:
    """A unique constraint by our naming convention."""
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_marketplace_{table}_{'_'.join(columns)}"))


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    """A check constraint by our naming convention."""
    return sa.CheckConstraint(rule, name=op.f(f"ck_marketplace_{table}_{name}"))


def upgrade() -> None:
    """Add the tables and columns; every encumbrance gets its one share."""
    op.add_column(LINE, sa.Column("project", sa.String(40), server_default="", nullable=False))
    op.add_column(LINE, text("carried_from", 32, nullable=True))
    op.create_index("ix_marketplace_budget_line_carried_from", LINE, ["carried_from"], unique=True)
    allow_sources(SOURCES[0], SOURCES[1])
    op.add_column(BALANCE, sa.Column("closed", sa.Boolean(), server_default=sa.false(), nullable=False))
    for statement in closed_balance_statements(op.get_bind().dialect.name):
        op.execute(statement)
    appropriations_and_shares()
    transfers()
    closing()
    sheets_and_vouchers()


def appropriations_and_shares() -> None:
    """Documents, and the lines that an encumbrance draws on in their order."""
    made(
        "appropriation",
        text("id", 32),
        text("department_id", 32),
        number("fiscal_year"),
        text("number", 80),
        sa.Column("issued_on", sa.Date(), nullable=True),
        text("file_name", 200),
        text("file_sha256", 64, nullable=True),
        moment("created_at"),
        text("created_by", 64),
        unique("appropriation", "department_id", "fiscal_year", "number"),
        department_id="organisation",
    )
    made(
        "encumbrance_share",
        text("encumbrance_id", 32),
        number("seq"),
        text("line_id", 32),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        unique("encumbrance_share", "encumbrance_id", "line_id"),
        key=("encumbrance_id", "seq"),
        encumbrance_id="encumbrance",
        line_id="budget_line",
    )
    op.create_index("ix_marketplace_encumbrance_share_line", "marketplace_encumbrance_share", ["line_id"])
    op.execute(
        "INSERT INTO marketplace_encumbrance_share (encumbrance_id, seq, line_id) "
        "SELECT id, 1, line_id FROM marketplace_encumbrance"
    )


def transfers() -> None:
    """Money asked to go from one line to another."""
    made(
        "budget_transfer",
        text("id", 32),
        text("number", 32),
        text("department_id", 32),
        number("fiscal_year"),
        text("source_id", 32),
        text("target_id", 32),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        text("reason", 400),
        text("state", 16),
        text("asked_by", 64),
        moment("asked_at"),
        text("decided_by", 64, nullable=True),
        moment("decided_at", nullable=True),
        text("said", 400),
        unique("budget_transfer", "number"),
        check("budget_transfer", "amount_positive", "amount_fen > 0"),
        check("budget_transfer", "two_lines", "source_id <> target_id"),
        check("budget_transfer", "two_persons", "state <> 'approved' OR decided_by <> asked_by"),
        department_id="organisation",
        source_id="budget_line",
        target_id="budget_line",
    )
    op.create_index(
        "ix_marketplace_budget_transfer_department", "marketplace_budget_transfer", ["department_id", "id"]
    )


def closing() -> None:
    """How far a department has come in closing a year, and what became of each line."""
    made(
        "closing_run",
        text("id", 32),
        text("department_id", 32),
        number("fiscal_year"),
        text("state", 16),
        moment("announced_at"),
        text("announced_by", 64),
        *(moment(name, nullable=True) for name in ("frozen_at", "emptied_at", "settled_at", "signed_at")),
        text("signed_by", 64, nullable=True),
        text("digest", 64, nullable=True),
        moment("sealed_at", nullable=True),
        sa.Column("tree_size", sa.BigInteger(), nullable=True),
        text("tree_root", 64, nullable=True),
        unique("closing_run", "department_id", "fiscal_year"),
        check("closing_run", "two_persons", "signed_by <> announced_by"),
        department_id="organisation",
    )
    made(
        "closing_line",
        text("run_id", 32),
        text("line_id", 32),
        text("decision", 16),
        text("target_id", 32, nullable=True),
        moment("settled_at"),
        key=("run_id", "line_id"),
        run_id="closing_run",
        line_id="budget_line",
        target_id="budget_line",
    )


def sheets_and_vouchers() -> None:
    """Uploaded files of appropriations, and the numbers that postings were exported under."""
    made(
        "budget_sheet",
        text("id", 32),
        text("department_id", 32),
        text("name", 200),
        text("sha256", 64),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        moment("uploaded_at"),
        text("uploaded_by", 64),
        moment("booked_at", nullable=True),
        text("booked_by", 64, nullable=True),
        department_id="organisation",
    )
    op.create_index("ix_marketplace_budget_sheet_department", "marketplace_budget_sheet", ["department_id", "id"])
    made(
        "voucher",
        text("id", 32),
        text("department_id", 32),
        number("fiscal_year"),
        number("serial"),
        text("posting_id", 160),
        moment("made_at"),
        unique("voucher", "department_id", "fiscal_year", "serial"),
        unique("voucher", "posting_id"),
        department_id="organisation",
        posting_id="ledger_posting",
    )


def allow_sources(before: str, after: str) -> None:
    """Change which sources of money a line may have.

    SQLite knows no other way to change a CHECK of a table that others refer to than to edit its text.
    """
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_marketplace_budget_line_source"), LINE, type_="check")
        op.create_check_constraint(op.f("ck_marketplace_budget_line_source"), LINE, after)
        return
    op.execute("PRAGMA writable_schema=ON")
    op.execute(
        sa.text("UPDATE sqlite_master SET sql = replace(sql, :before, :after) WHERE name = :table").bindparams(
            before=before, after=after, table=LINE
        )
    )
    op.execute("PRAGMA writable_schema=RESET")


def downgrade() -> None:
    """Take them away."""
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {BALANCE}_closed")
    else:
        op.execute(f"DROP TRIGGER {BALANCE}_closed ON {BALANCE}")
        op.execute("DROP FUNCTION marketplace_closed()")
    op.drop_column(BALANCE, "closed")
    allow_sources(SOURCES[1], SOURCES[0])
    op.drop_index("ix_marketplace_budget_line_carried_from", LINE)
    op.drop_column(LINE, "carried_from")
    op.drop_column(LINE, "project")
