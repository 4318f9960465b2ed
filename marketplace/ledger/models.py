"""Accounts, their balances, and postings that are written once."""

from datetime import date, datetime

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    event,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant, append_only


class LedgerAccount(Base):
    """科目账户: one purse of one owner in one year; its balance is credits minus debits."""

    __tablename__ = "marketplace_ledger_account"
    __table_args__ = (
        UniqueConstraint("book", "kind", "owner", "fiscal_year"),
        CheckConstraint("book IN ('budget', 'cash', 'control')", name="book"),
        CheckConstraint("currency = 'CNY'", name="currency"),
        Index("ix_marketplace_ledger_account_root_kind", "root", "kind"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    book: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(32))
    owner: Mapped[str] = mapped_column(String(96))
    root: Mapped[str] = mapped_column(String(64))
    fiscal_year: Mapped[int] = mapped_column(Integer)
    floor0: Mapped[bool] = mapped_column(Boolean)
    currency: Mapped[str] = mapped_column(String(3), default="CNY")
    opened_at: Mapped[datetime] = mapped_column(Instant)


class Balance(Base):
    """Two counters that only grow; floor0 is copied here so that the database itself refuses to go below zero.

    A closed balance moves no more: a trigger refuses it, whoever asks.
    """

    __tablename__ = "marketplace_ledger_balance"
    __table_args__ = (
        CheckConstraint("credits_fen - debits_fen >= 0 OR NOT floor0", name="floor0"),
        CheckConstraint("debits_fen >= 0 AND credits_fen >= 0", name="counters"),
    )

    account_id: Mapped[str] = mapped_column(ForeignKey("marketplace_ledger_account.id"), primary_key=True)
    floor0: Mapped[bool] = mapped_column(Boolean)
    closed: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    debits_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    credits_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    version: Mapped[int] = mapped_column(Integer, default=0)


class Posting(Base):
    """分录: one debit, one credit, one positive amount; corrected only by another posting."""

    __tablename__ = "marketplace_ledger_posting"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("debit_id <> credit_id", name="two_sides"),
        UniqueConstraint("reverses"),
        # Written for every fen, so they are thin; with the amount they alone answer the audit that adds all up again.
        Index("ix_marketplace_ledger_posting_debit", "debit_id", "amount_fen"),
        Index("ix_marketplace_ledger_posting_credit", "credit_id", "amount_fen"),
    )

    id: Mapped[str] = mapped_column(String(160), primary_key=True)
    debit_id: Mapped[str] = mapped_column(ForeignKey("marketplace_ledger_account.id"))
    credit_id: Mapped[str] = mapped_column(ForeignKey("marketplace_ledger_account.id"))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(32))
    business_date: Mapped[date] = mapped_column(Date)
    fiscal_year: Mapped[int] = mapped_column(Integer)
    reverses: Mapped[str | None] = mapped_column(ForeignKey("marketplace_ledger_posting.id"))
    reference: Mapped[str] = mapped_column(String(128), index=True)
    actor: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)


class ClosedYear(Base):
    """已结账年度: a book of a year that takes no more postings."""

    __tablename__ = "marketplace_ledger_closed_year"

    book: Mapped[str] = mapped_column(String(16), primary_key=True)
    fiscal_year: Mapped[int] = mapped_column(Integer, primary_key=True)
    closed_at: Mapped[datetime] = mapped_column(Instant)
    closed_by: Mapped[str] = mapped_column(String(64))


def closed_balance_statements(dialect: str) -> list[str]:
    """SQL that makes a closed balance refuse every change; used by create_all and by migrations alike."""
    table = Balance.__tablename__
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_closed BEFORE UPDATE ON {table} WHEN OLD.closed "
            f"BEGIN SELECT RAISE(ABORT, '{table}: the account is closed'); END"
        ]
    return [
        "CREATE OR REPLACE FUNCTION marketplace_closed() RETURNS trigger AS $$ BEGIN "
        "RAISE EXCEPTION '%: the account is closed', TG_TABLE_NAME; END $$ LANGUAGE plpgsql",
        f"CREATE TRIGGER {table}_closed BEFORE UPDATE ON {table} "
        "FOR EACH ROW WHEN (OLD.closed) EXECUTE FUNCTION marketplace_closed()",
    ]


append_only(Posting.__table__)
append_only(ClosedYear.__table__)
for _dialect in ("sqlite", "postgresql"):
    for _statement in closed_balance_statements(_dialect):
        _ddl = DDL(_statement.replace("%", "%%")).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
        event.listen(Balance.__table__, "after_create", _ddl)
