"""Tables of what is asked of people once the bids are open, or before: explanations, assessors, invitations."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant, append_only


class Explanation(Base):
    """低价说明: a very low quote is explained in time or void. status: asked, given, accepted, refused, silent."""

    __tablename__ = "marketplace_explanation"
    __table_args__ = (UniqueConstraint("offer_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(ForeignKey("marketplace_tender.id"), index=True)
    offer_id: Mapped[str] = mapped_column(ForeignKey("marketplace_offer.id"))
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_agency.id"), index=True)
    status: Mapped[str] = mapped_column(String(12))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    text: Mapped[str] = mapped_column(Text, default="")
    given_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class Assessor(Base):
    """评审人员 of one tender. status: asked, declared (no conflict), done, recused (conflict declared), replaced."""

    __tablename__ = "marketplace_assessor"
    __table_args__ = (UniqueConstraint("tender_id", "login_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(ForeignKey("marketplace_tender.id"))
    login_id: Mapped[str] = mapped_column(ForeignKey("marketplace_login.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    organisation: Mapped[str] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(12))
    conflict: Mapped[str] = mapped_column(Text, default="")
    declared_at: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class Score(Base):
    """评审打分: one assessor's points (0 to 100) for the plan of one offer, with words; never changed."""

    __tablename__ = "marketplace_score"
    __table_args__ = (UniqueConstraint("assessor_id", "offer_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    assessor_id: Mapped[str] = mapped_column(ForeignKey("marketplace_assessor.id"))
    offer_id: Mapped[str] = mapped_column(ForeignKey("marketplace_offer.id"), index=True)
    points: Mapped[int] = mapped_column(Integer)
    comment: Mapped[str] = mapped_column(Text, default="")


append_only(Score.__table__)


class Invitation(Base):
    """邀请: an agency that may quote in an inquiry; drawn, or named by the buyer. Kept secret until the opening."""

    __tablename__ = "marketplace_invitation"
    __table_args__ = (UniqueConstraint("tender_id", "agency_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(ForeignKey("marketplace_tender.id"))
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_agency.id"), index=True)
    drawn: Mapped[bool] = mapped_column(Boolean)
    invited_at: Mapped[datetime] = mapped_column(Instant)
