"""Tables of the credit domain."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant, append_only


class Review(Base):
    """服务评价: what a buyer says about finished work, once per contract."""

    __tablename__ = "marketplace_review"
    __table_args__ = (
        UniqueConstraint("contract_id"),
        CheckConstraint(
            " AND ".join(f"{name} >= 1" for name in ("quality", "time", "attitude", "charge", "conformity")),
            name="marks_positive",
        ),
        Index(None, "agency_id", "id"),
        Index(None, "buyer_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    contract_id: Mapped[str] = mapped_column(ForeignKey("marketplace_contract.id"))
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_agency.id"))
    buyer_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"))
    quality: Mapped[int]
    time: Mapped[int]
    attitude: Mapped[int]
    charge: Mapped[int]
    conformity: Mapped[int]
    comment: Mapped[str] = mapped_column(Text, default="")
    written_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(12), default="counted")
    appeal_due_at: Mapped[datetime] = mapped_column(Instant)
    reply: Mapped[str | None] = mapped_column(Text)
    replied_at: Mapped[datetime | None] = mapped_column(Instant)
    reply_due_at: Mapped[datetime] = mapped_column(Instant)
    blocked_reason: Mapped[str | None] = mapped_column(String(32))
    blocked_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def marks(self) -> tuple[int, int, int, int, int]:
        """The five marks in the order of the rulebook."""
        return (self.quality, self.time, self.attitude, self.charge, self.conformity)

    @property
    def public_comment(self) -> str:
        """The words as everybody may read them: none once they are blocked."""
        return "" if self.blocked_at else self.comment

    @property
    def mean_hundredths(self) -> int:
        """The mean of the five marks in hundredths (4.6 → 460)."""
        return sum(self.marks) * 100 // len(self.marks)


class Silence(Base):
    """A contract whose buyer let the time to rate pass: a statistic, never a mark."""

    __tablename__ = "marketplace_review_silence"

    contract_id: Mapped[str] = mapped_column(ForeignKey("marketplace_contract.id"), primary_key=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_agency.id"), index=True)
    buyer_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"), index=True)
    closed_at: Mapped[datetime] = mapped_column(Instant)


class ScoreEntry(Base):
    """加减分记录: a decided fact. points: signed hundredths by the rulebook in force when it was recorded."""

    __tablename__ = "marketplace_score_entry"
    __table_args__ = (UniqueConstraint("agency_id", "kind", "reference"), Index(None, "agency_id", "id"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_agency.id"))
    kind: Mapped[str] = mapped_column(String(32))
    reference: Mapped[str] = mapped_column(String(120))
    decided_at: Mapped[datetime] = mapped_column(Instant)
    points: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="")
    ruleset_id: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    appeal_due_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(12), default="counted")


class Grade(Base):
    """信用等级 at one moment, with every point explained; history is never rewritten."""

    __tablename__ = "marketplace_grade"
    __table_args__ = (UniqueConstraint("agency_id", "seq"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_agency.id"))
    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    points: Mapped[int]
    stars: Mapped[int]
    is_new: Mapped[bool]
    ruleset_id: Mapped[str] = mapped_column(String(64))
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


append_only(Grade.__table__)


class Appeal(Base):
    """申诉 of an agency against an entry or a review."""

    __tablename__ = "marketplace_appeal"
    __table_args__ = (UniqueConstraint("subject", "subject_id"), Index(None, "status", "due_at", "id"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_agency.id"), index=True)
    subject: Mapped[str] = mapped_column(String(8))
    subject_id: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text)
    filed_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(String(12))
    overdue_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decision_reason: Mapped[str | None] = mapped_column(Text)
