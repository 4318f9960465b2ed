"""Budget lines and encumbrances; no table here holds an amount."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant


class BudgetLine(Base):
    """预算指标: what one department may spend in one year under one name."""

    __tablename__ = "marketplace_budget_line"
    __table_args__ = (
        UniqueConstraint("department_id", "fiscal_year", "name"),
        CheckConstraint("source IN ('treasury', 'own')", name="source"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    department_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"))
    fiscal_year: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(120))
    function_code: Mapped[str] = mapped_column(String(7))
    economic_code: Mapped[str] = mapped_column(String(5))
    source: Mapped[str] = mapped_column(String(16))
    document: Mapped[str] = mapped_column(String(80))
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
    line_id: Mapped[str] = mapped_column(ForeignKey("marketplace_budget_line.id"))
    reference: Mapped[str] = mapped_column(String(96))
    state: Mapped[str] = mapped_column(String(16))
    moves: Mapped[int] = mapped_column(Integer, default=0)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(400), default="")
