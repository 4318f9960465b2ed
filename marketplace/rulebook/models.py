"""Tables: versions per region, the merged content a tender keeps, when it holds, and the days."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant, append_only


class RuleSet(Base):
    """规则版本: what one region itself sets, from valid_from until valid_to."""

    __tablename__ = "marketplace_rule_set"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    region: Mapped[str] = mapped_column(String(6), index=True)
    name: Mapped[str] = mapped_column(String(60), default="")
    version: Mapped[int] = mapped_column(Integer)
    parent: Mapped[str | None] = mapped_column(String(6))
    valid_from: Mapped[datetime] = mapped_column(Instant)
    valid_to: Mapped[datetime | None] = mapped_column(Instant)
    published_at: Mapped[datetime] = mapped_column(Instant)
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(32))
    __table_args__ = (UniqueConstraint("region", "version"), UniqueConstraint("region", "valid_from"))


class RuleSnapshot(Base):
    """The merged content that held for a region; the id is the digest of the content, so it can never change."""

    __tablename__ = "marketplace_rule_snapshot"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    region: Mapped[str] = mapped_column(String(6))
    entries: Mapped[dict[str, Any]] = mapped_column(JSON)


append_only(RuleSnapshot.__table__)


class RulePeriod(Base):
    """From starts_at on, the snapshot holds for the region, until the next row of the region."""

    __tablename__ = "marketplace_rule_period"
    region: Mapped[str] = mapped_column(String(6), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    snapshot_id: Mapped[str] = mapped_column(String(32), ForeignKey("marketplace_rule_snapshot.id"))


class CalendarDay(Base):
    """工作日历: whether people work on a day. The days are contiguous from the first to the last."""

    __tablename__ = "marketplace_calendar_day"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    is_workday: Mapped[bool] = mapped_column(Boolean)
    note: Mapped[str] = mapped_column(String(60), default="")
