"""Complaints, findings, exit cases and sanctions."""

from datetime import datetime

from sqlalchemy import JSON, Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant


class Complaint(Base):
    """投诉: about a tender, an award, a contract or an agency. Who complained is encrypted at rest."""

    __tablename__ = "marketplace_complaint"
    __table_args__ = (Index("ix_marketplace_complaint_queue", "state", "due_at", "id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    about_kind: Mapped[str] = mapped_column(String(12))
    about_id: Mapped[str] = mapped_column(String(32), index=True)
    about_number: Mapped[str] = mapped_column(String(40))
    agency_id: Mapped[str | None] = mapped_column(ForeignKey("marketplace_agency.id"))
    item_code: Mapped[str | None] = mapped_column(String(32))
    region: Mapped[str] = mapped_column(String(6))
    category: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    complainant_sealed: Mapped[str] = mapped_column(Text)
    by_organisation_id: Mapped[str | None] = mapped_column(ForeignKey("marketplace_organisation.id"))
    state: Mapped[str] = mapped_column(String(16))
    ruleset_id: Mapped[str] = mapped_column(String(64))
    filed_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    overdue: Mapped[bool] = mapped_column(Boolean, default=False)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    answer_due_at: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(Text, default="", server_default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    deciding_body: Mapped[str] = mapped_column(String(120), default="")
    decision: Mapped[str] = mapped_column(Text, default="")


class Finding(Base):
    """认定: a decided breach; the only kind of fact that counts."""

    __tablename__ = "marketplace_finding"
    __table_args__ = (UniqueConstraint("agency_id", "kind", "reference"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_agency.id"))
    kind: Mapped[str] = mapped_column(String(32))
    reference: Mapped[str] = mapped_column(String(80))
    item_code: Mapped[str | None] = mapped_column(String(32))
    complaint_id: Mapped[str | None] = mapped_column(ForeignKey("marketplace_complaint.id"))
    text: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str] = mapped_column(String(64))
    deciding_body: Mapped[str] = mapped_column(String(120))


class ExitCase(Base):
    """处理案件: an exit rule met by decided facts; the agency is heard, then another person decides."""

    __tablename__ = "marketplace_exit_case"
    __table_args__ = (
        UniqueConstraint("agency_id", "rule", "basis"),
        Index("ix_marketplace_exit_case_queue", "state", "defence_due", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_agency.id"))
    rule: Mapped[str] = mapped_column(String(32))
    basis: Mapped[str] = mapped_column(String(32))
    finding_ids: Mapped[list[str]] = mapped_column(JSON)
    consequence: Mapped[str] = mapped_column(String(8))
    months: Mapped[int] = mapped_column(Integer)
    years: Mapped[int] = mapped_column(Integer)
    reach: Mapped[str] = mapped_column(String(32))
    ruleset_id: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    opened_by: Mapped[str] = mapped_column(String(64))
    defence_due: Mapped[datetime] = mapped_column(Instant)
    decide_due: Mapped[datetime] = mapped_column(Instant)
    overdue: Mapped[bool] = mapped_column(Boolean, default=False)
    defence: Mapped[str] = mapped_column(Text, default="")
    defended_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    deciding_body: Mapped[str] = mapped_column(String(120), default="")
    reason: Mapped[str] = mapped_column(Text, default="")


class Sanction(Base):
    """处理决定: a suspension or a removal, always with an end."""

    __tablename__ = "marketplace_sanction"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="term"),
        Index("ix_marketplace_sanction_list", "state", "starts_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("marketplace_exit_case.id"), unique=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_agency.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    rule: Mapped[str] = mapped_column(String(32))
    reach: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text)
    deciding_body: Mapped[str] = mapped_column(String(120))
    suspension_id: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(8))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    lift_reason: Mapped[str] = mapped_column(Text, default="")
