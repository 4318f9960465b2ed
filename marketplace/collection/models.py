"""Tables of the collection domain. Merchant numbers, payloads and raw messages are encrypted at rest."""

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


class Merchant(Base):
    """收款商户号: the merchant account that enterprises pay an agency on."""

    __tablename__ = "marketplace_merchant"

    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"), primary_key=True)
    seller: Mapped[str] = mapped_column(Text)  # encrypted
    hint: Mapped[str] = mapped_column(String(24))
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(String(64))


class OnTheWire:
    """What a command to a provider needs, whichever it is: frozen bytes under one number, a fence, a next step."""

    number: Mapped[str] = mapped_column(String(40))
    gateway: Mapped[str] = mapped_column(String(32))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    payload: Mapped[str] = mapped_column(Text)  # encrypted
    digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    fence: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    next_action_at: Mapped[datetime | None] = mapped_column(Instant)
    next_what: Mapped[str] = mapped_column(String(8), default="send")
    tries: Mapped[int] = mapped_column(Integer, default=0)
    attention: Mapped[bool] = mapped_column(Boolean, default=False)
    last_code: Mapped[str] = mapped_column(String(120), default="")


class Collection(OnTheWire, Base):
    """收款单: one amount from an enterprise to an agency under one number that never changes."""

    __tablename__ = "marketplace_collection"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("live_key"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("release_asked_by <> released_by", name="two_persons"),
        Index("ix_marketplace_collection_next", "state", "next_action_at"),
        Index("ix_marketplace_collection_buyer", "buyer_id", "id"),
        Index("ix_marketplace_collection_agency", "agency_id", "id"),
        Index("ix_marketplace_collection_milestone", "milestone_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    live_key: Mapped[str | None] = mapped_column(String(32))  # the milestone while its payer may still pay
    milestone_id: Mapped[str] = mapped_column(String(32))
    contract_id: Mapped[str] = mapped_column(String(32))
    contract_number: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(400))
    buyer_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"))
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"))
    seller_hint: Mapped[str] = mapped_column(String(24))
    way: Mapped[str] = mapped_column(String(8))
    action: Mapped[str] = mapped_column(Text, default="")  # what the payer scans or opens
    due_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(String(64))
    paid_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(400), default="")
    provider_ids: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    hold_days: Mapped[int] = mapped_column(Integer, default=0, server_default="0")  # 0: straight to the agency
    hold_state: Mapped[str] = mapped_column(String(12), default="", server_default="")
    release_reason: Mapped[str] = mapped_column(String(400), default="", server_default="")
    release_asked_by: Mapped[str | None] = mapped_column(String(64))
    released_by: Mapped[str | None] = mapped_column(String(64))


class Settlement(OnTheWire, Base):
    """结算单: money that the provider holds is told to go to the agency, under a number of its own."""

    __tablename__ = "marketplace_settlement"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        Index("ix_marketplace_settlement_next", "state", "next_action_at"),
        Index("ix_marketplace_settlement_collection", "collection_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    collection_id: Mapped[str] = mapped_column(ForeignKey("marketplace_collection.id"))
    cause: Mapped[str] = mapped_column(String(16))
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(String(64))
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    provider_ids: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Refund(OnTheWire, Base):
    """退款单: money of a collection on its way back, under a number of its own."""

    __tablename__ = "marketplace_refund"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("collection_id", "request_key"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        Index("ix_marketplace_refund_next", "state", "next_action_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    collection_id: Mapped[str] = mapped_column(ForeignKey("marketplace_collection.id"))
    request_key: Mapped[str] = mapped_column(String(64))
    receipt_id: Mapped[str | None] = mapped_column(String(32))  # a receipt without an owner that goes back
    reason: Mapped[str] = mapped_column(String(400))
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime | None] = mapped_column(Instant)  # when the newest send was begun
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    provider_ids: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class UnallocatedReceipt(Base):
    """待认领款: money that came under a closed number, or in another amount; somebody says what becomes of it."""

    __tablename__ = "marketplace_unallocated_receipt"
    __table_args__ = (
        UniqueConstraint("collection_id"),
        Index("ix_marketplace_unallocated_receipt_state", "state", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    collection_id: Mapped[str] = mapped_column(ForeignKey("marketplace_collection.id"))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16))
    occurred_at: Mapped[datetime] = mapped_column(Instant)
    found_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(400), default="")


class CollectionFact(Base):
    """Every fact learnt about a collection or a refund, as it came; nothing here is ever changed."""

    __tablename__ = "marketplace_collection_fact"
    __table_args__ = (Index("ix_marketplace_collection_fact_subject", "subject_id", "id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject_id: Mapped[str] = mapped_column(String(32))  # of the collection or the refund
    number: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(16))
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    code: Mapped[str] = mapped_column(String(120))
    occurred_at: Mapped[datetime | None] = mapped_column(Instant)
    raw: Mapped[str] = mapped_column(Text)  # encrypted
    sha256: Mapped[str] = mapped_column(String(64))
    seen_at: Mapped[datetime] = mapped_column(Instant)


append_only(CollectionFact.__table__)
