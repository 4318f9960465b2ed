"""Budget lines, what is put aside on them, and who approved what; how much stands where is in the ledger alone."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant

_LINE = "marketplace_budget_line.id"
_ORGANISATION = "marketplace_organisation.id"


class BudgetLine(Base):
    """预算指标: what one department may spend in one year under one name."""

    __tablename__ = "marketplace_budget_line"
    __table_args__ = (
        UniqueConstraint("department_id", "fiscal_year", "name"),
        Index("ix_marketplace_budget_line_carried_from", "carried_from", unique=True),
        CheckConstraint("source IN ('treasury', 'own', 'enterprise')", name="source"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    department_id: Mapped[str] = mapped_column(ForeignKey(_ORGANISATION))
    fiscal_year: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(120))
    function_code: Mapped[str] = mapped_column(String(7))
    economic_code: Mapped[str] = mapped_column(String(5))
    project: Mapped[str] = mapped_column(String(40), default="", server_default="")
    source: Mapped[str] = mapped_column(String(16))
    document: Mapped[str] = mapped_column(String(80))
    carried_from: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(String(64))


class Appropriation(Base):
    """指标文: the document that put money on one line or several; the amounts are postings that name its number."""

    __tablename__ = "marketplace_appropriation"
    __table_args__ = (UniqueConstraint("department_id", "fiscal_year", "number"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    department_id: Mapped[str] = mapped_column(ForeignKey(_ORGANISATION))
    fiscal_year: Mapped[int] = mapped_column(Integer)
    number: Mapped[str] = mapped_column(String(80))
    issued_on: Mapped[date | None] = mapped_column(Date)
    file_name: Mapped[str] = mapped_column(String(200), default="")
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(String(64))


class Encumbrance(Base):
    """预算占用: money put aside for one need; how much stands in which stage is in the ledger."""

    __tablename__ = "marketplace_encumbrance"
    __table_args__ = (
        UniqueConstraint("line_id", "reference"),
        Index("ix_marketplace_encumbrance_reference", "reference"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    line_id: Mapped[str] = mapped_column(ForeignKey(_LINE))
    reference: Mapped[str] = mapped_column(String(96))
    state: Mapped[str] = mapped_column(String(16))
    moves: Mapped[int] = mapped_column(Integer, default=0)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(400), default="")


class EncumbranceShare(Base):
    """An encumbrance draws on its lines in the order of seq; a share whose year ended goes on in another one."""

    __tablename__ = "marketplace_encumbrance_share"
    __table_args__ = (
        UniqueConstraint("encumbrance_id", "line_id"),
        Index("ix_marketplace_encumbrance_share_line", "line_id"),
    )

    encumbrance_id: Mapped[str] = mapped_column(ForeignKey("marketplace_encumbrance.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    line_id: Mapped[str] = mapped_column(ForeignKey(_LINE))
    active: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())


class BudgetTransfer(Base):
    """指标调剂: money asked to go from one line to another; it moves when a second person approves."""

    __tablename__ = "marketplace_budget_transfer"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("source_id <> target_id", name="two_lines"),
        CheckConstraint("state <> 'approved' OR decided_by <> asked_by", name="two_persons"),
        Index("ix_marketplace_budget_transfer_department", "department_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[str] = mapped_column(String(32))
    department_id: Mapped[str] = mapped_column(ForeignKey(_ORGANISATION))
    fiscal_year: Mapped[int] = mapped_column(Integer)
    source_id: Mapped[str] = mapped_column(ForeignKey(_LINE))
    target_id: Mapped[str] = mapped_column(ForeignKey(_LINE))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(400))
    state: Mapped[str] = mapped_column(String(16))
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    said: Mapped[str] = mapped_column(String(400), default="")


class ClosingRun(Base):
    """年终结转: how far a department has come in closing one year."""

    __tablename__ = "marketplace_closing_run"
    __table_args__ = (
        UniqueConstraint("department_id", "fiscal_year"),
        CheckConstraint("signed_by <> announced_by", name="two_persons"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    department_id: Mapped[str] = mapped_column(ForeignKey(_ORGANISATION))
    fiscal_year: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    announced_at: Mapped[datetime] = mapped_column(Instant)
    announced_by: Mapped[str] = mapped_column(String(64))
    frozen_at: Mapped[datetime | None] = mapped_column(Instant)
    emptied_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_by: Mapped[str | None] = mapped_column(String(64))
    digest: Mapped[str | None] = mapped_column(String(64))
    sealed_at: Mapped[datetime | None] = mapped_column(Instant)
    tree_size: Mapped[int | None] = mapped_column(BigInteger)
    tree_root: Mapped[str | None] = mapped_column(String(64))


class ClosingLine(Base):
    """What the closing run did with one line: carried into the next year, or lapsed."""

    __tablename__ = "marketplace_closing_line"

    run_id: Mapped[str] = mapped_column(ForeignKey("marketplace_closing_run.id"), primary_key=True)
    line_id: Mapped[str] = mapped_column(ForeignKey(_LINE), primary_key=True)
    decision: Mapped[str] = mapped_column(String(16))
    target_id: Mapped[str | None] = mapped_column(ForeignKey(_LINE))
    settled_at: Mapped[datetime] = mapped_column(Instant)


class BudgetSheet(Base):
    """导入表: a file of appropriations as it was uploaded, tried first and booked whole or not at all."""

    __tablename__ = "marketplace_budget_sheet"
    __table_args__ = (Index("ix_marketplace_budget_sheet_department", "department_id", "id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    department_id: Mapped[str] = mapped_column(ForeignKey(_ORGANISATION))
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_at: Mapped[datetime] = mapped_column(Instant)
    uploaded_by: Mapped[str] = mapped_column(String(64))
    booked_at: Mapped[datetime | None] = mapped_column(Instant)
    booked_by: Mapped[str | None] = mapped_column(String(64))


class Voucher(Base):
    """记账凭证: the number that a posting was exported under, for ever the same."""

    __tablename__ = "marketplace_voucher"
    __table_args__ = (
        UniqueConstraint("department_id", "fiscal_year", "serial"),
        UniqueConstraint("posting_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    department_id: Mapped[str] = mapped_column(ForeignKey(_ORGANISATION))
    fiscal_year: Mapped[int] = mapped_column(Integer)
    serial: Mapped[int] = mapped_column(Integer)
    posting_id: Mapped[str] = mapped_column(ForeignKey("marketplace_ledger_posting.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
