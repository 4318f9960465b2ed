"""Tables of the tenders domain."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant, append_only
from marketplace.tenders.models.asking import Assessor, Explanation, Invitation, Score
from marketplace.tenders.models.changing import Amendment, Clarification

__all__ = [
    "Amendment",
    "Assessor",
    "Award",
    "Bid",
    "Clarification",
    "Exclusion",
    "Explanation",
    "Invitation",
    "Objection",
    "Offer",
    "Receipt",
    "Score",
    "Tender",
]


class Tender(Base):
    """采购项目. status is the OCDS code, stage the finer state of rules.STATES; amounts in fen.

    notice_version: grows with every amendment. counts_from: bids that were sealed or confirmed for this version of the
    notice or a later one count, older ones do not. ended_kind: void, abandoned or reposted, when the buyer ended it.
    reposts_id: the tender in whose place this one was posted. seq: its place in the order of publication, under which
    the index of words knows it. quote: amount, or rate (下浮率 on ceiling_fen, in basis points).
    method_params: as written in a draft, whole and fixed once published. assessors: user names. invited: codes.
    invite_draw: keeper → commitment and sealed seed. asked_until: when the time to weigh or screen the offers is up.
    """

    __tablename__ = "marketplace_tender"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint("ceiling_fen > 0", name="ceiling_positive"),
        Index("uq_marketplace_tender_seq", "seq", unique=True),
        Index("ix_marketplace_tender_published", "published_at", "id"),
        Index("ix_marketplace_tender_stage", "stage", "published_at", "id"),
        Index("ix_marketplace_tender_buyer", "buyer_id", "id"),
        Index("ix_marketplace_tender_item", "item_code", "published_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    seq: Mapped[int | None] = mapped_column(BigInteger)
    number: Mapped[str] = mapped_column(String(32))
    buyer_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"))
    title: Mapped[str] = mapped_column(String(200))
    item_code: Mapped[str] = mapped_column(String(32))
    region: Mapped[str] = mapped_column(String(6))
    content: Mapped[str] = mapped_column(Text)
    conditions: Mapped[str] = mapped_column(Text, default="")
    project_code: Mapped[str | None] = mapped_column(String(40))
    fund_source: Mapped[str] = mapped_column(String(8))
    government_commissioned: Mapped[bool] = mapped_column(Boolean, default=False)
    payer: Mapped[str] = mapped_column(String(12))
    budget_line_id: Mapped[str | None] = mapped_column(String(32))
    further_line_ids: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    encumbrance_id: Mapped[str | None] = mapped_column(String(32))
    ceiling_fen: Mapped[int] = mapped_column(BigInteger)
    fixed_price_fen: Mapped[int | None] = mapped_column(BigInteger)
    floor_fen: Mapped[int | None] = mapped_column(BigInteger)
    quote: Mapped[str] = mapped_column(String(8), default="amount")
    rate_floor_bp: Mapped[int | None] = mapped_column(Integer)
    rate_cap_bp: Mapped[int | None] = mapped_column(Integer)
    method_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    assessors: Mapped[list[str]] = mapped_column(JSON, default=list)
    invited: Mapped[list[str]] = mapped_column(JSON, default=list)
    invite_draw: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    method: Mapped[str] = mapped_column(String(24))
    authority_id: Mapped[str | None] = mapped_column(String(32))
    direct_agency_id: Mapped[str | None] = mapped_column(String(32))
    direct_reason: Mapped[str] = mapped_column(Text, default="")
    service_workdays: Mapped[int] = mapped_column(Integer)
    avoidances: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    urgent_reason: Mapped[str] = mapped_column(Text, default="")
    screening: Mapped[bool] = mapped_column(Boolean, default=False)
    status: Mapped[str] = mapped_column(String(16))
    stage: Mapped[str] = mapped_column(String(16))
    ruleset_id: Mapped[str] = mapped_column(String(64), default="")
    extensions: Mapped[int] = mapped_column(Integer, default=0)
    notice_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    counts_from: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    closes_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    asked_until: Mapped[datetime | None] = mapped_column(Instant)
    completed_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_reason: Mapped[str] = mapped_column(Text, default="")
    ended_kind: Mapped[str | None] = mapped_column(String(12))
    reposts_id: Mapped[str | None] = mapped_column(ForeignKey("marketplace_tender.id"), index=True)
    envelope_key: Mapped[str | None] = mapped_column(String(64))
    threshold: Mapped[int] = mapped_column(Integer, default=1)


class Bid(Base):
    """报价, sealed: who and how much are inside the envelope; the index lets one agency hold one bid and no more.

    notice_version: of the notice for which the bidder sealed or confirmed it. withdrawn: digests of the envelopes that
    were taken back, one after the other, so that their owner finds the receipts again.
    """

    __tablename__ = "marketplace_bid"
    __table_args__ = (UniqueConstraint("tender_id", "bidder_index"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(ForeignKey("marketplace_tender.id"))
    bidder_index: Mapped[str] = mapped_column(String(64))
    envelope: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    placed_at: Mapped[datetime] = mapped_column(Instant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn: Mapped[str] = mapped_column(Text, server_default="")
    version: Mapped[int] = mapped_column(Integer, default=1)
    notice_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")


class KeyShare(Base):
    """密钥份额 of a tender's opening key. envelope: sealed to the keeper; share: once handed in, encrypted at rest."""

    __tablename__ = "marketplace_key_share"
    __table_args__ = (UniqueConstraint("tender_id", "keeper"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(ForeignKey("marketplace_tender.id"))
    keeper: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    envelope: Mapped[str] = mapped_column(Text)
    share: Mapped[str | None] = mapped_column(Text)
    handed_in_at: Mapped[datetime | None] = mapped_column(Instant)
    handed_in_by: Mapped[str] = mapped_column(String(64), default="")


class Offer(Base):
    """An opened bid. An envelope that could not be opened has no agency and no price and is excluded.

    stars, credit: the agency's grade and credit points (0 to 100) at the opening. named: the buyer compared and chose.
    place: where it came out of a live room, 1 for the best; equal ones share a place. None where there was no room.
    """

    __tablename__ = "marketplace_offer"
    __table_args__ = (UniqueConstraint("bid_id"), Index("ix_marketplace_offer_agency", "agency_id", "id"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(ForeignKey("marketplace_tender.id"), index=True)
    bid_id: Mapped[str] = mapped_column(ForeignKey("marketplace_bid.id"))
    agency_id: Mapped[str | None] = mapped_column(ForeignKey("marketplace_agency.id"))
    agency_name: Mapped[str] = mapped_column(String(120), default="")
    uscc: Mapped[str] = mapped_column(String(18), default="")
    label: Mapped[str] = mapped_column(String(64), default="")
    price_fen: Mapped[int | None] = mapped_column(BigInteger)
    rate_bp: Mapped[int | None] = mapped_column(Integer)
    days: Mapped[int | None] = mapped_column(Integer)
    stars: Mapped[int | None] = mapped_column(Integer)
    credit: Mapped[int | None] = mapped_column(Integer)
    named: Mapped[bool] = mapped_column(Boolean, default=False)
    place: Mapped[int | None] = mapped_column(Integer)
    lead: Mapped[str] = mapped_column(String(60), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(String(12))
    rank: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text, default="")


class Exclusion(Base):
    """Why an opened bid was not considered; published, never changed."""

    __tablename__ = "marketplace_exclusion"
    __table_args__ = (UniqueConstraint("offer_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(ForeignKey("marketplace_tender.id"), index=True)
    offer_id: Mapped[str] = mapped_column(ForeignKey("marketplace_offer.id"))
    cause: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    excluded_by: Mapped[str] = mapped_column(String(64))
    excluded_at: Mapped[datetime] = mapped_column(Instant)


append_only(Exclusion.__table__)


class Award(Base):
    """中选. live is true for the one award that counts and empty for all earlier ones of the tender."""

    __tablename__ = "marketplace_award"
    __table_args__ = (
        UniqueConstraint("tender_id", "live"),
        UniqueConstraint("offer_id"),
        UniqueConstraint("check_code"),
        Index("ix_marketplace_award_awarded", "awarded_at", "id"),
        Index("ix_marketplace_award_agency", "agency_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(ForeignKey("marketplace_tender.id"))
    offer_id: Mapped[str] = mapped_column(ForeignKey("marketplace_offer.id"))
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_agency.id"))
    price_fen: Mapped[int] = mapped_column(BigInteger)
    rank: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(16))
    live: Mapped[bool | None] = mapped_column(Boolean)
    awarded_at: Mapped[datetime] = mapped_column(Instant)
    publicity_ends_at: Mapped[datetime] = mapped_column(Instant)
    confirm_due_at: Mapped[datetime | None] = mapped_column(Instant)
    remaining_seconds: Mapped[int | None] = mapped_column(Integer)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    sign_due_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_reason: Mapped[str] = mapped_column(Text, default="")
    check_code: Mapped[str | None] = mapped_column(String(24))


class Objection(Base):
    """异议 of a participant against an award; it stops the clock until it is decided. silent_at: no answer by then.

    waits_until: from then on until when to complain, and after `complaint` (its number) until when to decide it.
    """

    __tablename__ = "marketplace_objection"
    __table_args__ = (
        UniqueConstraint("award_id", "agency_id"),
        Index("ix_marketplace_objection_status", "status", "id"),
        Index("ix_marketplace_objection_agency", "agency_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(ForeignKey("marketplace_tender.id"), index=True)
    award_id: Mapped[str] = mapped_column(ForeignKey("marketplace_award.id"))
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_agency.id"))
    grounds: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(12))
    filed_at: Mapped[datetime] = mapped_column(Instant)
    reply_due_at: Mapped[datetime] = mapped_column(Instant)
    silent_at: Mapped[datetime | None] = mapped_column(Instant)
    waits_until: Mapped[datetime | None] = mapped_column(Instant)
    complaint: Mapped[str] = mapped_column(String(20), default="", server_default="")
    reply: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


Receipt = dict[str, Any]
