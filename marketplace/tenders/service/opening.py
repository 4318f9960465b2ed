"""Opening: the market closes a tender by itself, opens every envelope and publishes what was in it."""

from typing import Any

from sqlalchemy import func, select

from marketplace.agencies import queries as agencies
from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries as rulebook
from marketplace.selection import queries as selection
from marketplace.selection.rules import label_of
from marketplace.tenders import queries, rules
from marketplace.tenders.errors import AlreadyExcluded, ReasonMissing, TenderStillOpen
from marketplace.tenders.events import TenderExtended
from marketplace.tenders.models import Bid, Exclusion, Offer, Tender
from marketplace.tenders.service import envelopes
from marketplace.tenders.service.awarding import propose
from marketplace.tenders.service.revealing import reveal
from marketplace.tenders.service.sifting import exclude, refusal
from marketplace.tenders.service.steps import fail, locked, locked_own, move, subject_of

TOO_FEW = "有效报名不足规定家数"


def close(ctx: Ctx, tender_id: str) -> Tender:
    """Close a tender whose time has come: extend once, fail, or open and award. Already closed: nothing happens.

    Raises TenderStillOpen before its time, KeyNotHeld (503) where the opening key is not loaded.
    Source: rulebook selection.min_bidders, selection.below_min_first, selection.below_min_second.
    """
    tender = locked(ctx, tender_id)
    if tender.stage != "open" or tender.closes_at is None:
        return tender
    if ctx.now < tender.closes_at:
        raise TenderStillOpen(number=tender.number)
    book = queries.rules_for(ctx, tender)
    bids = ctx.session.scalar(select(func.count()).select_from(Bid).where(*queries.counting(tender))) or 0
    key = f"selection.min_bidders.{tender.method}"
    minimum = book[key] if key in book else 1  # noqa: SIM401 - a rule set is no dict; another method needs one bid
    if bids < minimum and book["selection.below_min_first"] == "extend" and _extend(ctx, tender, book):
        return tender
    if not rules.may_proceed(bids, minimum, book["selection.below_min_second"]):
        fail(ctx, tender, TOO_FEW)
        return tender
    _open(ctx, tender)
    if not selection.is_live(ctx, tender.method):
        reveal(ctx, tender)
    if not tender.screening:
        propose(ctx, tender)
    return tender


def exclude_offer(ctx: Ctx, offer_id: str, *, reason: str) -> Exclusion:
    """Exclude an opened bid before the award, with a published reason; for tenders that are screened.

    Raises OfferNotFound, TenderNotFound, WrongState, ReasonMissing, AlreadyExcluded, NotPermitted.
    """
    ctx.require("tender.publish")
    if not reason.strip():
        raise ReasonMissing(field="reason")
    tender = locked_own(ctx, queries.offer(ctx, offer_id).tender_id)
    move(tender, "exclude")
    offer = ctx.session.get_one(Offer, offer_id, populate_existing=True)
    if offer.status != "valid":
        raise AlreadyExcluded
    return exclude(ctx, tender, offer, "screening", reason)


def _extend(ctx: Ctx, tender: Tender, book: Any) -> bool:
    """Prolong sign-up; envelopes stay sealed and nobody learns how many there are."""
    assert tender.closes_at is not None
    if tender.extensions >= book["selection.extend_times"]:
        return False
    days = book["selection.extend_workdays"]
    until = rulebook.add_workdays(ctx, tender.closes_at, days)
    if until <= ctx.now:  # the worker was away for days: bidders get the whole extension all the same
        until = rulebook.add_workdays(ctx, ctx.now, days)
    move(tender, "extend")
    tender.closes_at, tender.extensions = until, tender.extensions + 1
    ctx.promise("tender.close", tender.id, until)
    ctx.record(TenderExtended(subject_of(tender), tender.number, until.isoformat()))
    ctx.send("tender.extended", {"tender_id": tender.id, "number": tender.number, "closes_at": until.isoformat()})
    return True


def _open(ctx: Ctx, tender: Tender) -> None:
    move(tender, "close")
    ctx.release("tender.close", tender.id)
    box = envelopes.opener(ctx, tender)
    live = select(Bid).where(*queries.counting(tender)).order_by(Bid.digest)
    bids = list(ctx.session.scalars(live.execution_options(populate_existing=True)))
    offers = [_offer(ctx, tender, bid, envelopes.open_bid(ctx, box, tender, bid)) for bid in bids]
    ctx.session.add_all(offers)
    ctx.session.flush()
    for offer in offers:
        if found := refusal(ctx, tender, offer):
            exclude(ctx, tender, offer, *found)


def _offer(ctx: Ctx, tender: Tender, bid: Bid, facts: dict[str, Any] | None) -> Offer:
    known: dict[str, Any] = {"agency_name": "", "uscc": "", "label": "", "lead": "", "note": ""}
    if facts is not None:
        firm = agencies.agency(ctx, facts["agency_id"])
        known = {name: facts[name] for name in ("agency_id", "price_fen", "days", "lead", "note")}
        known |= {"agency_name": firm.name, "uscc": firm.uscc, "label": label_of(firm.uscc, tender.number)}
    return Offer(
        id=ctx.new_id(),
        tender_id=tender.id,
        bid_id=bid.id,
        received_at=bid.placed_at,
        status="valid",
        reason="",
        **known,
    )
