"""Tables of relations between organisations, and of the statements that they are complete."""

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant


class Relation(Base):
    """关联关系 of an organisation to a party: a person by the keyed index of the identity number, a unit by its code.

    share_bp: of a shareholder, in hundredths of a per cent. live is true while it lasts and empty afterwards.
    source: own, or registry. The name is encrypted.
    """

    __tablename__ = "marketplace_relation"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"))
    kind: Mapped[str] = mapped_column(String(16))
    party_key: Mapped[str] = mapped_column(String(64))
    name_sealed: Mapped[str] = mapped_column(Text)
    share_bp: Mapped[int | None] = mapped_column(Integer)
    source: Mapped[str] = mapped_column(String(8))
    live: Mapped[bool | None] = mapped_column(Boolean)
    added_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    __table_args__ = (
        UniqueConstraint("organisation_id", "kind", "party_key", "live"),
        CheckConstraint("share_bp BETWEEN 1 AND 10000", name="share"),
        Index(None, "party_key", "live"),
    )


class RelationStatement(Base):
    """申报: when an organisation last declared under commitment that its relations are complete."""

    __tablename__ = "marketplace_relation_statement"
    organisation_id: Mapped[str] = mapped_column(ForeignKey("marketplace_organisation.id"), primary_key=True)
    declared_at: Mapped[datetime] = mapped_column(Instant)
    declared_by: Mapped[str] = mapped_column(String(64))
