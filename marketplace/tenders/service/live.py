"""From the end of a live room to the award: its standings are the ranking."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from marketplace.kernel.context import Ctx
from marketplace.selection.quotes import price_of_rate
from marketplace.tenders import queries
from marketplace.tenders.models import Award, Offer, Tender
from marketplace.tenders.service.choosing import opened_offers, propose
from marketplace.tenders.service.revealing import reveal
from marketplace.tenders.service.steps import locked, move


@dataclass(frozen=True, slots=True)
class Final:
    """How one offer left a live room: its last quote (fen, or bp of discount), when that was received, its place."""

    value: int
    at: datetime
    place: int


def award_live(ctx: Ctx, tender_id: str, finals: Mapping[str, Final]) -> Award | None:
    """Publish the entry quotes, put the room's last quotes in their place, ask about low ones, else propose the first.

    None where somebody has to explain a quote first; the places of the room wait with the offers until the award.
    finals: by offer id. A tender that is not in its room any more stays as it is.
    Raises KeyNotHeld (503) when the draw must decide and no key is loaded.
    """
    tender = locked(ctx, tender_id)
    if tender.stage != "auction":
        return queries.live_award(ctx, tender_id)
    reveal(ctx, tender)
    ctx.session.flush()
    known = [offer for offer in opened_offers(ctx, tender) if offer.status == "excluded" or offer.id in finals]
    for offer in known:
        if offer.status == "valid":
            _take_over(tender, offer, finals[offer.id])
    move(tender, "leave")
    return propose(ctx, tender, known)


def _take_over(tender: Tender, offer: Offer, last: Final) -> None:
    """The contract price follows from the last quote; of a rate exactly as it did from the first."""
    offer.received_at, offer.place = last.at, last.place
    if tender.quote == "rate":
        offer.rate_bp, offer.price_fen = last.value, price_of_rate(tender.ceiling_fen, last.value)
    else:
        offer.price_fen = last.value
