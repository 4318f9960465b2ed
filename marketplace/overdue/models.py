"""Tables of the overdue domain."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant


class SmallFirm(Base):
    """中小企业声明: what an agency says about the size of its firm; it answers for the truth of it."""

    __tablename__ = "marketplace_small_firm"

    agency_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"), primary_key=True)
    size: Mapped[str] = mapped_column(String(8))
    declared_at: Mapped[datetime] = mapped_column(Instant)
    declared_by: Mapped[str] = mapped_column(String(64))
