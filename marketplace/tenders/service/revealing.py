"""When everybody learns what was in the envelopes: at the opening, or at the end of a live room."""

from sqlalchemy import select

from marketplace.kernel.context import Ctx
from marketplace.tenders.events import BidsOpened
from marketplace.tenders.models import Bid, Offer, Tender
from marketplace.tenders.service.steps import move, subject_of


def reveal(ctx: Ctx, tender: Tender) -> None:
    """Publish the minutes of the opening: every envelope by its digest, and what was in it."""
    tender.opened_at = ctx.now
    joined = select(Offer, Bid.digest).join(Bid, Bid.id == Offer.bid_id).where(Offer.tender_id == tender.id)
    rows = ctx.session.execute(joined.order_by(Bid.digest)).all()
    minutes = [
        {"agency": row.Offer.agency_name, "price_fen": row.Offer.price_fen, "days": row.Offer.days} for row in rows
    ]
    ctx.record(BidsOpened(subject_of(tender), tender.number, [row.digest for row in rows], minutes))


def enter_room(ctx: Ctx, tender: Tender) -> None:
    """Let the bidders go on in a live room; until its end nobody learns who they are or what they quoted."""
    move(tender, "enter")
    ctx.promise("auction.schedule", tender.id, ctx.now)
