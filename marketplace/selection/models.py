"""Tables of the selection domain: both are append-only public memory."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant, append_only


class Commitment(Base):
    """What one keeper promised before the first bid: the digest is public, the seed lies in the keeper's envelope."""

    __tablename__ = "marketplace_draw_commitment"
    __table_args__ = (UniqueConstraint("tender_id", "keeper"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(String(32))
    keeper: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    envelope: Mapped[str] = mapped_column(Text)
    committed_at: Mapped[datetime] = mapped_column(Instant)


class Draw(Base):
    """摇号记录: the whole public record of one draw; there is at most one per tender."""

    __tablename__ = "marketplace_draw"
    __table_args__ = (UniqueConstraint("tender_id"), UniqueConstraint("number"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(String(32))
    number: Mapped[str] = mapped_column(String(32))
    pool_hash: Mapped[str] = mapped_column(String(64))
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    drawn_at: Mapped[datetime] = mapped_column(Instant)


append_only(Commitment.__table__)
append_only(Draw.__table__)
