"""Agencies with their scopes, qualifications, practitioners and suspensions."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant


class Agency(Base):
    """中介服务机构. Its id is the id of its organisation. standing: active, suspended, left, expelled."""

    __tablename__ = "marketplace_agency"

    id: Mapped[str] = mapped_column(String(32), ForeignKey("marketplace_organisation.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    uscc: Mapped[str] = mapped_column(String(18), unique=True)
    entity_type: Mapped[str] = mapped_column(String(24))
    region: Mapped[str] = mapped_column(String(6), index=True)
    legal_representative: Mapped[str] = mapped_column(String(60))
    contact: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str] = mapped_column(String(24))
    introduction: Mapped[str] = mapped_column(Text, default="")
    commitments: Mapped[list[str]] = mapped_column(JSON)
    standing: Mapped[str] = mapped_column(String(12), default="active")
    stars: Mapped[int | None] = mapped_column(Integer)
    score_points: Mapped[int | None] = mapped_column(Integer)
    is_new: Mapped[bool] = mapped_column(Boolean, default=True)
    entered_at: Mapped[datetime] = mapped_column(Instant)
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    barred_until: Mapped[datetime | None] = mapped_column(Instant)
    check_due_at: Mapped[datetime | None] = mapped_column(Instant)
    checked_at: Mapped[datetime | None] = mapped_column(Instant)
    check_note: Mapped[str] = mapped_column(Text, default="")
    search_text: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (Index(None, "standing", "id"),)


class ServiceScope(Base):
    """服务范围: the agency declares that it does this catalogue item, anywhere in the country."""

    __tablename__ = "marketplace_service_scope"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    agency_id: Mapped[str] = mapped_column(String(32), ForeignKey("marketplace_agency.id"))
    item_code: Mapped[str] = mapped_column(String(32), index=True)
    declared_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("agency_id", "item_code"),)


class Qualification(Base):
    """资质 for one item. A renewal is a new row; valid_to is the last valid day in Shanghai, None is open-ended."""

    __tablename__ = "marketplace_qualification"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    agency_id: Mapped[str] = mapped_column(String(32), ForeignKey("marketplace_agency.id"))
    item_code: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(120))
    number: Mapped[str] = mapped_column(String(80))
    holder: Mapped[str] = mapped_column(String(120))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    added_at: Mapped[datetime] = mapped_column(Instant)
    renews_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("marketplace_qualification.id"))

    __table_args__ = (Index(None, "agency_id", "item_code"), UniqueConstraint("renews_id"))


class Practitioner(Base):
    """执业人员. The identity number is encrypted; its keyed index keeps one person from being listed twice."""

    __tablename__ = "marketplace_practitioner"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    agency_id: Mapped[str] = mapped_column(String(32), ForeignKey("marketplace_agency.id"))
    name: Mapped[str] = mapped_column(String(60))
    id_index: Mapped[str] = mapped_column(String(64))
    id_sealed: Mapped[str] = mapped_column(Text)
    certificates: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    listed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("agency_id", "id_index"),)


class Suspension(Base):
    """暂停. reach: "all" or an item code. cause: decision, or qualification when a certificate has lapsed."""

    __tablename__ = "marketplace_suspension"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    agency_id: Mapped[str] = mapped_column(String(32), ForeignKey("marketplace_agency.id"))
    reach: Mapped[str] = mapped_column(String(32))
    cause: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index(None, "agency_id", "lifted_at"),)
