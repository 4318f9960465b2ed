"""Tables of the contracts domain."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant


class Contract(Base):
    """A contract between one buyer and one agency, born of one award."""

    __tablename__ = "marketplace_contract"
    __table_args__ = (
        UniqueConstraint("award_id"),
        UniqueConstraint("number"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        Index("ix_marketplace_contract_status", "status", "id"),
        Index("ix_marketplace_contract_buyer", "buyer_id", "id"),
        Index("ix_marketplace_contract_agency", "agency_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[str] = mapped_column(String(32))
    award_id: Mapped[str] = mapped_column(ForeignKey("marketplace_award.id"))
    tender_id: Mapped[str] = mapped_column(ForeignKey("marketplace_tender.id"))
    tender_number: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(200))
    item_code: Mapped[str] = mapped_column(String(32))
    buyer_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"))
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str] = mapped_column(Text)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(default=1)
    drawn_at: Mapped[datetime] = mapped_column(Instant)
    buyer_confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    agency_confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    returned_by: Mapped[str | None] = mapped_column(String(8))
    returned_reason: Mapped[str | None] = mapped_column(Text)
    completed_at: Mapped[datetime | None] = mapped_column(Instant)
    review_due_at: Mapped[datetime | None] = mapped_column(Instant)
    end_asked_by: Mapped[str | None] = mapped_column(String(8))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    end_reason: Mapped[str | None] = mapped_column(Text)
    encumbrance_id: Mapped[str | None] = mapped_column(ForeignKey("marketplace_encumbrance.id"))
    ruleset_id: Mapped[str] = mapped_column(String(64))
    payment_days: Mapped[int | None]  # agreed; None: the rulebook's
    late_rate_bp: Mapped[int | None]  # agreed interest a year; None: the rulebook's by the day

    @property
    def waiting_for(self) -> list[str]:
        """The sides that have not confirmed the present text."""
        sides = (("buyer", self.buyer_confirmed_at), ("agency", self.agency_confirmed_at))
        return [side for side, confirmed_at in sides if confirmed_at is None]


class Milestone(Base):
    """One part of the work with its date and its share of the money."""

    __tablename__ = "marketplace_milestone"
    __table_args__ = (
        UniqueConstraint("contract_id", "seq"),
        CheckConstraint("share_bp > 0 AND share_bp <= 10000", name="share_within_whole"),
        CheckConstraint("amount_fen >= 0", name="amount_not_negative"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    contract_id: Mapped[str] = mapped_column(ForeignKey("marketplace_contract.id"))
    seq: Mapped[int]
    title: Mapped[str] = mapped_column(String(120))
    share_bp: Mapped[int]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(String(16))
    delivered_at: Mapped[datetime | None] = mapped_column(Instant)
    late_since: Mapped[datetime | None] = mapped_column(Instant)
    returned_count: Mapped[int] = mapped_column(default=0)
    acceptance_due_at: Mapped[datetime | None] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    accepted_by_clock: Mapped[bool] = mapped_column(default=False)
    payment_due_at: Mapped[datetime | None] = mapped_column(Instant)
    reduced_fen: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")  # taken off before acceptance


class ContractChange(Base):
    """补充协议: more money for a further milestone, or less for one, as the buyer proposes and the agency agrees."""

    __tablename__ = "marketplace_contract_change"
    __table_args__ = (
        UniqueConstraint("contract_id", "seq"),
        UniqueConstraint("open_key"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    contract_id: Mapped[str] = mapped_column(ForeignKey("marketplace_contract.id"))
    seq: Mapped[int]
    open_key: Mapped[str | None] = mapped_column(String(32))  # the contract while it is undecided
    kind: Mapped[str] = mapped_column(String(12))
    milestone_id: Mapped[str | None] = mapped_column(ForeignKey("marketplace_milestone.id"))
    title: Mapped[str] = mapped_column(String(120), default="")
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12))
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    end_reason: Mapped[str] = mapped_column(Text, default="")


class MilestoneDispute(Base):
    """争议款: the part of an accepted milestone that the buyer disputes; the rest stays due."""

    __tablename__ = "marketplace_milestone_dispute"
    __table_args__ = (CheckConstraint("disputed_fen > 0", name="disputed_positive"),)

    milestone_id: Mapped[str] = mapped_column(ForeignKey("marketplace_milestone.id"), primary_key=True)
    contract_id: Mapped[str] = mapped_column(ForeignKey("marketplace_contract.id"))
    disputed_fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    raised_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Deliverable(Base):
    """One uploaded file of a milestone; versions are kept, none is overwritten."""

    __tablename__ = "marketplace_deliverable"
    __table_args__ = (UniqueConstraint("milestone_id", "version"), UniqueConstraint("stored_name"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    milestone_id: Mapped[str] = mapped_column(ForeignKey("marketplace_milestone.id"))
    contract_id: Mapped[str] = mapped_column(ForeignKey("marketplace_contract.id"), index=True)
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    stored_name: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(String(16))
    return_reason: Mapped[str | None] = mapped_column(Text)
    uploaded_at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class SigningDelay(Base):
    """An award whose contract was not in force when it had to be; settled when it is."""

    __tablename__ = "marketplace_signing_delay"

    award_id: Mapped[str] = mapped_column(ForeignKey("marketplace_award.id"), primary_key=True)
    tender_id: Mapped[str] = mapped_column(ForeignKey("marketplace_tender.id"))
    tender_number: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(200))
    buyer_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"), index=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"), index=True)
    noted_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
