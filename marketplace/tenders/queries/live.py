"""Who goes on in a live room."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from marketplace.kernel.context import Ctx
from marketplace.tenders.models import Offer


@dataclass(frozen=True, slots=True)
class Entrant:
    """One who competes in a live room, with the entry quote: fen, and basis points where the notice asks for a rate."""

    offer_id: str
    agency_id: str
    agency_name: str
    uscc: str
    price_fen: int
    rate_bp: int | None
    received_at: datetime


def value_of(one: Entrant) -> int:
    """The entry quote in the unit of the room: the rate where there is one, else the amount."""
    return one.price_fen if one.rate_bp is None else one.rate_bp


def entrants(ctx: Ctx, tender_id: str) -> list[Entrant]:
    """Who competes in a tender's live room; not for anybody's eyes before its end."""
    wanted = select(Offer).where(Offer.tender_id == tender_id, Offer.status == "valid").order_by(Offer.label)
    return [
        Entrant(row.id, row.agency_id, row.agency_name, row.uscc, row.price_fen, row.rate_bp, row.received_at)
        for row in ctx.session.scalars(wanted)
        if row.agency_id is not None and row.price_fen is not None
    ]
