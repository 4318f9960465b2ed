"""Receipts of what one's own agency did in a tender: the list, each as a page to keep and as files that verify."""

from flask import Response

from marketplace.audit import receipts
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import Event, Recorded, canonical
from marketplace.tenders import queries
from marketplace.tenders.models import Receipt, Tender
from marketplace.tenders.pages.doorway import done, door
from marketplace.tenders.queries.receipts import own
from marketplace.web.doors import attachment, render, requires, unit_of_work


def _own(ctx: Ctx, tender: Tender) -> receipts.Own:
    return own(ctx, tender.id, ctx.actor.organisation_id or "")


def _found(ctx: Ctx, number: str, leaf: str) -> tuple[Tender, Recorded, Receipt]:
    tender = queries.by_number(ctx, number)
    what = receipts.found(ctx, f"tender/{tender.id}", leaf, _own(ctx, tender))
    return tender, what, receipts.signed(ctx, what, tender.number)


@door.get("/tenders/<number>/receipts")
@requires("bid.place")
@unit_of_work
def own_receipts(ctx: Ctx, number: str) -> str:
    """Every receipt of one's own in a tender, oldest first."""
    tender = queries.by_number(ctx, number)
    found = receipts.listed(ctx, f"tender/{tender.id}", _own(ctx, tender))
    return render("marketplace/tenders/receipts.html", tender=tender, found=found)


@door.get("/tenders/<number>/receipts/<leaf>")
@requires("bid.place")
@unit_of_work
def receipt(ctx: Ctx, number: str, leaf: str) -> str:
    """One receipt: what it says, how to keep and to check it; what is inside an envelope stays sealed."""
    tender, what, given = _found(ctx, number, leaf)
    bid = queries.my_bid(ctx, tender.id, ctx.actor.organisation_id or "")
    facts = {
        "what": what,
        "receipt": given,
        "at": what.at,
        "proof": receipts.proven(ctx, given),
        "sealed": Event.registered[what.type].sealed,
        "current": bid is not None and bid.digest == given["digest"],
        "done": done(),
    }
    return render("marketplace/tenders/receipt.html", tender=tender, **facts)


@door.get("/tenders/<number>/receipts/<leaf>.json")
@requires("bid.place")
@unit_of_work
def receipt_file(ctx: Ctx, number: str, leaf: str) -> Response:
    """The signed receipt as it was given when the event was recorded; the offline verifiers read it."""
    tender, _, given = _found(ctx, number, leaf)
    return attachment(canonical(given), f"receipt-{tender.number}-{leaf[:8]}.json", "application/json")


@door.get("/tenders/<number>/receipts/<leaf>/proof.json")
@requires("bid.place")
@unit_of_work
def receipt_proof(ctx: Ctx, number: str, leaf: str) -> Response:
    """The receipt with the proof that its leaf is in the log, and the signed head that it leads to."""
    tender, _, given = _found(ctx, number, leaf)
    return attachment(
        canonical(receipts.proof(ctx, given)), f"proof-{tender.number}-{leaf[:8]}.json", "application/json"
    )
