"""询比: the buyer compares the quotes of the invited and names one, with a published reason."""

from collections.abc import Sequence

from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries as rulebook
from marketplace.selection import queries as selection
from marketplace.tenders import queries
from marketplace.tenders.errors import AlreadyExcluded, OfferNotFound, ReasonMissing, TenderNotFound
from marketplace.tenders.events.weighing import OfferNamed
from marketplace.tenders.models import Offer, Tender
from marketplace.tenders.service.steps import locked_own, move, subject_of

DUE = "tender.compare_due"


def ask(ctx: Ctx, tender: Tender, valid: Sequence[Offer]) -> bool:
    """Let the buyer compare where the method asks for it and there is more than one quote.

    Source: rulebook inquiry.compare_workdays.
    """
    if selection.asks(ctx, tender.method) != "comparison" or len(valid) < 2:
        return False
    move(tender, "ask_comparison")
    days = queries.rules_for(ctx, tender)["inquiry.compare_workdays"]
    tender.asked_until = rulebook.add_workdays(ctx, ctx.now, days)
    ctx.promise(DUE, tender.id, tender.asked_until)
    ctx.send("tender.comparison_asked", {"tender_id": tender.id, "number": tender.number})
    return True


def name_offer(ctx: Ctx, offer_id: str, *, reason: str) -> Offer:
    """Name the offer that the buyer chose by comparing; the others stay reserves in the order of their prices.

    Raises ReasonMissing, AlreadyExcluded, WrongState, OfferNotFound for another buyer's, NotPermitted.
    """
    ctx.require("tender.publish")
    if not reason.strip():
        raise ReasonMissing(field="reason")
    try:
        tender = locked_own(ctx, queries.offer(ctx, offer_id).tender_id)
    except TenderNotFound:
        raise OfferNotFound from None
    move(tender, "compare")
    offer = ctx.session.get_one(Offer, offer_id, populate_existing=True)
    if offer.status != "valid":
        raise AlreadyExcluded
    for row in queries.offers(ctx, tender.id):
        row.named = row.id == offer.id
    ctx.session.flush()
    ctx.record(OfferNamed(subject_of(tender), tender.number, offer.agency_name, reason))
    ctx.promise("tender.award", tender.id, ctx.now)
    return offer


def is_settled(ctx: Ctx, tender: Tender) -> bool:
    """Whether the buyer has named an offer, or its time is up: then the lowest price goes first."""
    overdue = tender.asked_until is not None and ctx.now >= tender.asked_until
    return overdue or any(offer.named for offer in queries.offers(ctx, tender.id))
