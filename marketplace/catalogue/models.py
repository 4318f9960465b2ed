"""Tables: the items, and every version they ever had."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.catalogue.rules import ItemFacts
from marketplace.kernel.base import Base, Instant, append_only


class CatalogueItem(Base):
    """中介服务事项, in its current version. qualifications: any one of them suffices."""

    __tablename__ = "marketplace_catalogue_item"
    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    field: Mapped[str] = mapped_column(String(60))
    authority: Mapped[str] = mapped_column(String(100), index=True)
    basis: Mapped[str] = mapped_column(Text)
    qualification_mode: Mapped[str] = mapped_column(String(16), index=True)
    qualifications: Mapped[list[str]] = mapped_column(JSON)
    result: Mapped[str] = mapped_column(String(200))
    time_limit_workdays: Mapped[int] = mapped_column(Integer)
    price_mode: Mapped[str] = mapped_column(String(16))
    parent_item: Mapped[str] = mapped_column(String(200))
    kept_from: Mapped[date] = mapped_column(Date)
    unconfirmed: Mapped[bool] = mapped_column(Boolean)
    cancelled_on: Mapped[date | None] = mapped_column(Date)
    cancel_reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(Integer)
    updated_at: Mapped[datetime] = mapped_column(Instant)

    @property
    def kept(self) -> bool:
        """Whether the item may be bought and offered."""
        return self.cancelled_on is None

    @property
    def facts(self) -> ItemFacts:
        """The current version as a value."""
        values = {name: getattr(self, name) for name in ItemFacts.__dataclass_fields__}
        return ItemFacts(**{**values, "qualifications": tuple(self.qualifications)})

    def take(self, facts: ItemFacts) -> None:
        """Become these facts."""
        for name in ItemFacts.__dataclass_fields__:
            value = getattr(facts, name)
            setattr(self, name, list(value) if isinstance(value, tuple) else value)


class CatalogueChange(Base):
    """One version of an item and why it came about. verb: added, edited, cancelled, restored."""

    __tablename__ = "marketplace_catalogue_change"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    item_code: Mapped[str] = mapped_column(String(16), ForeignKey("marketplace_catalogue_item.code"))
    version: Mapped[int] = mapped_column(Integer)
    verb: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    __table_args__ = (UniqueConstraint("item_code", "version"),)


append_only(CatalogueChange.__table__)
