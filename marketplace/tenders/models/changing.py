"""Tables of what is said and changed while a notice is open."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant, append_only


class Amendment(Base):
    """公告变更: one new version of a notice with the difference; published, never changed.

    changes: [{field, before, after}] as they were published. effect: what became of the bids sealed before.
    """

    __tablename__ = "marketplace_amendment"
    __table_args__ = (UniqueConstraint("tender_id", "version"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(ForeignKey("marketplace_tender.id"))
    version: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    effect: Mapped[str] = mapped_column(String(12))
    closes_at: Mapped[datetime] = mapped_column(Instant)
    amended_at: Mapped[datetime] = mapped_column(Instant)


append_only(Amendment.__table__)


class Clarification(Base):
    """答疑: a question whose asker nobody can read, and the answer to all. asker_index: keyed, as of a bid."""

    __tablename__ = "marketplace_clarification"
    __table_args__ = (Index(None, "tender_id", "id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tender_id: Mapped[str] = mapped_column(ForeignKey("marketplace_tender.id"))
    asker_index: Mapped[str] = mapped_column(String(64))
    question: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
