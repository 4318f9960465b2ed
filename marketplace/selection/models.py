"""Tables of the selection domain: append-only public memory, and the witnesses who sign it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant, append_only


class Deposit(Base):
    """A commitment in stock, made where its keeper's private key is; the notice that takes it writes itself down.

    alone: whether who made it held the private key of no other keeper. used_for: None while it waits.
    """

    __tablename__ = "marketplace_draw_deposit"
    __table_args__ = (UniqueConstraint("digest"), UniqueConstraint("keeper", "used_for"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    keeper: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    envelope: Mapped[str] = mapped_column(Text)
    alone: Mapped[bool] = mapped_column(Boolean)
    deposited_at: Mapped[datetime] = mapped_column(Instant)
    used_for: Mapped[str | None] = mapped_column(String(64))


class Commitment(Base):
    """What one keeper promised before the first bid: the digest is public, the seed lies in the keeper's envelope.

    deposited_at: when it came into stock; None where the publishing process made it. alone: see Deposit.
    """

    __tablename__ = "marketplace_draw_commitment"
    __table_args__ = (UniqueConstraint("tender_id", "keeper"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(String(32))
    keeper: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    envelope: Mapped[str] = mapped_column(Text)
    committed_at: Mapped[datetime] = mapped_column(Instant)
    deposited_at: Mapped[datetime | None] = mapped_column(Instant)
    alone: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


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


class DrawPlan(Base):
    """What a notice says about its draw: the public sources beside the two seeds, and how long keepers may take.

    lottery: the game and its calendar where the lottery is a source, else empty.
    """

    __tablename__ = "marketplace_draw_plan"

    tender_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sources: Mapped[list[str]] = mapped_column(JSON)
    reveal_minutes: Mapped[int] = mapped_column(Integer)
    lottery: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    named_at: Mapped[datetime] = mapped_column(Instant)


class Pool(Base):
    """冻结名单: who takes part in the draw and who does not, fixed before any seed is shown.

    awaited: which numbers of each public source count, see `Source.due`.
    """

    __tablename__ = "marketplace_draw_pool"
    __table_args__ = (UniqueConstraint("number"), Index(None, "reveal_due_at"))

    tender_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[str] = mapped_column(String(32))
    labels: Mapped[list[str]] = mapped_column(JSON)
    pool_hash: Mapped[str] = mapped_column(String(64))
    excluded: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    frozen_at: Mapped[datetime] = mapped_column(Instant)
    reveal_due_at: Mapped[datetime] = mapped_column(Instant)
    awaited: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")


class Entry(Base):
    """One contribution to a draw: a keeper's seed (encrypted until the draw) or a public source's numbers as JSON."""

    __tablename__ = "marketplace_draw_entry"
    __table_args__ = (UniqueConstraint("tender_id", "source", "entered_by"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(ForeignKey("marketplace_draw_pool.tender_id"))
    source: Mapped[str] = mapped_column(String(16))
    value: Mapped[str] = mapped_column(Text)
    entered_at: Mapped[datetime] = mapped_column(Instant)
    entered_by: Mapped[str] = mapped_column(String(64))


class Witness(Base):
    """见证人 of a draw. code_digest: SHA-256 of the code that was handed over when the witness was named."""

    __tablename__ = "marketplace_draw_witness"
    __table_args__ = (UniqueConstraint("tender_id", "name"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(60))
    organisation: Mapped[str] = mapped_column(String(120), default="")
    code_digest: Mapped[str] = mapped_column(String(64))
    named_at: Mapped[datetime] = mapped_column(Instant)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    remark: Mapped[str] = mapped_column(Text, default="")


for _memory in (Commitment, Draw, DrawPlan, Pool, Entry):
    append_only(_memory.__table__)
