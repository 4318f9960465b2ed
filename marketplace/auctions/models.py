"""Tables of the auction rooms."""

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Boolean, Dialect, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from marketplace.kernel.base import Base, Instant, append_only


class Packed(TypeDecorator[dict[str, Any]]):
    """JSON as text by the quickest packer: hundreds of rooms are read and written at one instant."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> str | None:
        """To text."""
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any] | None:
        """From text."""
        return None if value is None else orjson.loads(value)


class AuctionRoom(Base):
    """竞价室. state: the whole rules.Room; face: what everybody may see. version counts changes of the state,
    face_version those of the face, so that a sealed quote shows itself to nobody.

    sealed: whether the quotes of the running stage are put into envelopes. envelope_key, key_envelope: the public half
    of the room's own pair, and the private half sealed to the public key `keeper`; opening_key: the private half,
    published once the room has ended. All hex.
    """

    __tablename__ = "marketplace_auction"
    __table_args__ = (
        UniqueConstraint("tender_id"),
        UniqueConstraint("number"),
        Index("ix_marketplace_auction_due", "status", "due_at"),
        Index("ix_marketplace_auction_starts", "starts_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(ForeignKey("marketplace_tender.id"))
    number: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(12))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[dict[str, Any]] = mapped_column(Packed)
    face: Mapped[dict[str, Any]] = mapped_column(Packed)
    version: Mapped[int] = mapped_column(Integer)
    face_version: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(64), default="")
    sealed: Mapped[bool] = mapped_column(Boolean, default=False)
    keeper: Mapped[str] = mapped_column(String(64), default="")
    envelope_key: Mapped[str] = mapped_column(String(64), default="")
    key_envelope: Mapped[str] = mapped_column(Text, default="")
    opening_key: Mapped[str] = mapped_column(String(64), default="")


class AuctionSeat(Base):
    """Who is behind a number. Read by the bidder itself, and by everybody only after the end."""

    __tablename__ = "marketplace_auction_seat"
    __table_args__ = (UniqueConstraint("auction_id", "agency_id"), UniqueConstraint("offer_id"))

    auction_id: Mapped[str] = mapped_column(ForeignKey("marketplace_auction.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_agency.id"))
    offer_id: Mapped[str] = mapped_column(ForeignKey("marketplace_offer.id"))
    agency_name: Mapped[str] = mapped_column(String(120))
    uscc: Mapped[str] = mapped_column(String(18))


class AuctionEntry(Base):
    """One line of the room's journal: every stage and every quote, with the clock; becomes the audit file."""

    __tablename__ = "marketplace_auction_entry"

    auction_id: Mapped[str] = mapped_column(ForeignKey("marketplace_auction.id"), primary_key=True)
    serial: Mapped[int] = mapped_column(Integer, primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(Packed)


class AuctionEnvelope(Base):
    """A quote of a sealed stage, in an envelope that only the room's private half opens. digest: its SHA-256."""

    __tablename__ = "marketplace_auction_envelope"
    __table_args__ = (Index("ix_marketplace_auction_envelope_stage", "auction_id", "stage"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    auction_id: Mapped[str] = mapped_column(ForeignKey("marketplace_auction.id"))
    stage: Mapped[int] = mapped_column(Integer)
    seat: Mapped[int] = mapped_column(Integer)
    received_at: Mapped[datetime] = mapped_column(Instant)
    envelope: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))


append_only(AuctionEntry.__table__)
append_only(AuctionEnvelope.__table__)
