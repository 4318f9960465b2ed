"""Tables of the reconciliation domain."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant


class ReconDay(Base):
    """账单日: one account on one day, open until it is closed and sealed."""

    __tablename__ = "marketplace_recon_day"
    __table_args__ = (UniqueConstraint("account", "day"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    day: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(16))
    statement_id: Mapped[str] = mapped_column(String(32))
    matched_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[str | None] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64), default="")
    reopened: Mapped[int] = mapped_column(Integer, default=0)


class Statement(Base):
    """对账文件: the provider's own book of one day, whole, as its own totals prove."""

    __tablename__ = "marketplace_statement"
    __table_args__ = (Index("ix_marketplace_statement_account", "account", "day"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    day: Mapped[date] = mapped_column(Date)
    form: Mapped[str] = mapped_column(String(24))
    sha256: Mapped[str] = mapped_column(String(64))
    line_count: Mapped[int] = mapped_column(Integer)
    income_fen: Mapped[int] = mapped_column(BigInteger)
    outgo_fen: Mapped[int] = mapped_column(BigInteger)
    opening_fen: Mapped[int | None] = mapped_column(BigInteger)
    closing_fen: Mapped[int | None] = mapped_column(BigInteger)
    imported_at: Mapped[datetime] = mapped_column(Instant)
    imported_by: Mapped[str] = mapped_column(String(64))
    superseded_at: Mapped[datetime | None] = mapped_column(Instant)


class StatementLine(Base):
    """流水: one line of the provider's book; its own number comes once per account."""

    __tablename__ = "marketplace_statement_line"
    __table_args__ = (
        UniqueConstraint("account", "line_id"),
        Index("ix_marketplace_statement_line_number", "number"),
    )

    statement_id: Mapped[str] = mapped_column(ForeignKey("marketplace_statement.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    line_id: Mapped[str] = mapped_column(String(128))
    number: Mapped[str] = mapped_column(String(64))
    provider_id: Mapped[str] = mapped_column(String(64))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    fee_fen: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(32))
    party: Mapped[str] = mapped_column(String(200))


class WantedStatement(Base):
    """A statement that a rail should give us; next_at is empty once it came, or when a person must fetch it."""

    __tablename__ = "marketplace_wanted_statement"

    gateway: Mapped[str] = mapped_column(String(32), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    next_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    said: Mapped[str] = mapped_column(String(200), default="")


class ReconMatch(Base):
    """勾对: a line and the movement of ours that it proves. claim: e.g. "order/<id>/pay"."""

    __tablename__ = "marketplace_recon_match"
    __table_args__ = (Index("ix_marketplace_recon_match_claim", "claim"),)

    statement_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    claim: Mapped[str] = mapped_column(String(80), primary_key=True)
    by_pass: Mapped[int] = mapped_column(Integer)


class ReconBreak(Base):
    """差异: what one book has and the other has not, with an owner and an age, until two persons end it."""

    __tablename__ = "marketplace_recon_break"
    __table_args__ = (
        UniqueConstraint("account", "key"),
        CheckConstraint("proposed_by <> confirmed_by", name="two_persons"),
        Index("ix_marketplace_recon_break_state", "state", "id"),
        Index("ix_marketplace_recon_break_day", "account", "day"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    day: Mapped[date] = mapped_column(Date)
    key: Mapped[str] = mapped_column(String(160))
    kind: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(16))
    number: Mapped[str] = mapped_column(String(64))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    expected_fen: Mapped[int | None] = mapped_column(BigInteger)
    statement_id: Mapped[str | None] = mapped_column(String(32))
    seq: Mapped[int | None] = mapped_column(Integer)
    claim: Mapped[str] = mapped_column(Text, default="")  # one or several, joined by +
    found_at: Mapped[datetime] = mapped_column(Instant)
    owner: Mapped[str | None] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(16), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    proposed_by: Mapped[str | None] = mapped_column(String(64))
    confirmed_by: Mapped[str | None] = mapped_column(String(64))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
