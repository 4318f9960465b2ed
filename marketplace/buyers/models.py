"""Tables of buyers and their delegates."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant


class Buyer(Base):
    """项目业主. The id is its organisation's; the telephone number is encrypted."""

    __tablename__ = "marketplace_buyer"
    id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(100))
    uscc: Mapped[str] = mapped_column(String(18))
    region: Mapped[str] = mapped_column(String(6))
    address: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(100))
    phone_sealed: Mapped[str] = mapped_column(Text)
    registered_at: Mapped[datetime] = mapped_column(Instant)
    amended_at: Mapped[datetime] = mapped_column(Instant)
    __table_args__ = (Index(None, "kind", "id"),)


class Delegate(Base):
    """采购受托人: acts for a buyer until a day; may hold a login of its own."""

    __tablename__ = "marketplace_buyer_delegate"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    buyer_id: Mapped[str] = mapped_column(ForeignKey("marketplace_buyer.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    authorisation: Mapped[str] = mapped_column(String(200))
    valid_until: Mapped[date] = mapped_column(Date)
    login_id: Mapped[str | None] = mapped_column(ForeignKey("marketplace_login.id"))
    added_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
