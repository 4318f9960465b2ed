"""JSON door: the receipts of what one's own agency did in a tender."""

from marketplace.audit import receipts
from marketplace.kernel.context import Ctx
from marketplace.tenders import queries
from marketplace.tenders.api.doorway import api
from marketplace.tenders.models import Receipt
from marketplace.tenders.queries.receipts import own
from marketplace.tenders.schemas import ReceiptOut
from marketplace.web.doors import requires, unit_of_work


@api.get("/tenders/<tender_id>/receipts")
@requires("bid.place")
@unit_of_work
@api.response(200, ReceiptOut(many=True))
def own_receipts(ctx: Ctx, tender_id: str) -> list[Receipt]:
    """Every receipt of one's own in a tender as it was given, oldest first."""
    tender = queries.by_number(ctx, queries.tender(ctx, tender_id).number)
    mine = own(ctx, tender.id, ctx.actor.organisation_id or "")
    found = receipts.listed(ctx, f"tender/{tender.id}", mine)
    return [receipts.signed(ctx, what, tender.number) for what in found]
