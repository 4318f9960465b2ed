"""Bidding in four pages: eligibility, offer, check, receipt. Nothing is stored until the last button seals it."""

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.selection.quotes import percent
from marketplace.tenders import queries, service
from marketplace.tenders.errors import BidNotFound, TenderNotOpen
from marketplace.tenders.models import Bid, Tender
from marketplace.tenders.pages.doorway import as_form, done, door, field_errors, to_receipt, told
from marketplace.tenders.queries import asking, changes, receipts
from marketplace.tenders.schemas import BidIn
from marketplace.tenders.service.quoting import price_of
from marketplace.web.doors import form_of, render, requires, see_other, unit_of_work
from marketplace.web.gate import BIDS, lane

CARRIED = ("price_fen", "rate_bp", "days", "lead", "note", "replaces", "notice_version")


def _agency_id(ctx: Ctx) -> str:
    return ctx.actor.organisation_id or ""


def _open(ctx: Ctx, number: str) -> Tender:
    tender = queries.by_number(ctx, number)
    if tender.stage != "open" or tender.closes_at is None or tender.closes_at <= ctx.received_at:
        raise TenderNotOpen(number=tender.number)
    return tender


def _own_bid(ctx: Ctx, tender: Tender) -> Bid:
    mine = queries.my_bid(ctx, tender.id, _agency_id(ctx))
    if mine is None:
        raise BidNotFound
    return mine


@door.get("/tenders/<number>/bid/eligibility")
@requires("bid.place")
@unit_of_work
def eligibility(ctx: Ctx, number: str) -> str:
    """Step 1: whether the agency may bid, or exactly what is missing."""
    tender = _open(ctx, number)
    bars = queries.eligibility(ctx, tender, _agency_id(ctx))
    mine = queries.my_bid(ctx, tender.id, _agency_id(ctx))
    reasons = told(ctx, tender, bars)
    return render("marketplace/tenders/bid_eligibility.html", tender=tender, reasons=reasons, mine=mine)


@door.get("/tenders/<number>/bid/offer")
@requires("bid.place")
@unit_of_work
def offer(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Step 2: the offer; a fixed price is filled in. ?change=1 replaces one's own earlier bid."""
    tender = _open(ctx, number)
    if not request.args.get("change") and queries.my_bid(ctx, tender.id, _agency_id(ctx)) is not None:
        return see_other(url_for("marketplace_tenders.eligibility", number=number))
    form = as_form({"price_fen": tender.fixed_price_fen}, ["price_fen"])
    form["notice_version"] = str(tender.notice_version)
    if request.args.get("change"):
        form["replaces"] = _own_bid(ctx, tender).digest
    return _offer_page(tender, form, {})


def _offer_page(tender: Tender, form: Mapping[str, str], errors: Mapping[str, list[str]]) -> str:
    return render("marketplace/tenders/bid_offer.html", tender=tender, form=form, errors=errors)


@door.post("/tenders/<number>/bid/offer")
@requires("bid.place")
@unit_of_work
def offer_again(ctx: Ctx, number: str) -> str:
    """Back from the check page with what was typed."""
    return _offer_page(_open(ctx, number), request.form, {})


@door.post("/tenders/<number>/bid/check")
@requires("bid.place")
@unit_of_work
def check_offer(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Step 3: everything once more before it is sealed. The answers travel in the page, not in the database."""
    tender = _open(ctx, number)
    data, errors = form_of(BidIn, _typed())
    if not errors:
        errors = _refusals(ctx, tender, data)
    if errors:
        return _offer_page(tender, request.form, errors), 422
    carried = {name: request.form.get(name, "") for name in CARRIED}
    price, rate = price_of(tender, data["price_fen"], data["rate_bp"]), data["rate_bp"]
    facts = {"offer": data, "price_fen": price, "rate": "" if rate is None else percent(rate), "carried": carried}
    return render("marketplace/tenders/bid_check.html", tender=tender, **facts)


def _typed() -> dict[str, str]:
    typed = {name: request.form.get(name, "") for name in CARRIED}
    return typed if typed["notice_version"] else {**typed, "notice_version": "1"}


class _OnlyTried(Exception):
    """Undoes what was done to see whether it can be done."""


def _refusals(ctx: Ctx, tender: Tender, data: dict[str, Any]) -> dict[str, list[str]]:
    """The refusals that placing the bid would give, found by placing it and taking it back in a savepoint."""
    try:
        with ctx.session.begin_nested():
            service.place_bid(ctx, tender.id, **data)
            raise _OnlyTried  # noqa: TRY301 - leaving the savepoint by an exception undoes it
    except _OnlyTried:
        return {}
    except DomainError as error:
        return field_errors(error)


@door.post("/tenders/<number>/bid")
@lane(BIDS)
@requires("bid.place")
@unit_of_work
def place(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Seal the bid."""
    tender = _open(ctx, number)
    data, errors = form_of(BidIn, _typed())
    if errors:
        return _offer_page(tender, request.form, errors), 422
    try:
        given = service.place_bid(ctx, tender.id, **data)
    except DomainError as error:
        return _offer_page(tender, request.form, field_errors(error)), 422
    return to_receipt(number, given, "placed")


@door.get("/tenders/<number>/bid/withdraw")
@requires("bid.withdraw")
@unit_of_work
def withdrawing(ctx: Ctx, number: str) -> str:
    """Ask before the envelope is destroyed."""
    tender = _open(ctx, number)
    return render("marketplace/tenders/bid_withdraw.html", tender=tender, mine=_own_bid(ctx, tender))


@door.post("/tenders/<number>/bid/withdraw")
@lane(BIDS)
@requires("bid.withdraw")
@unit_of_work
def withdraw(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Take the bid back; it can be placed anew until closing."""
    given = service.withdraw_bid(ctx, _open(ctx, number).id, digest=request.form.get("digest") or None)
    return to_receipt(number, given, "withdrawn")


@door.get("/agency/bids")
@requires("bid.place")
@unit_of_work
def own_bids(ctx: Ctx) -> str:
    """Own bids: sealed ones in open tenders, then opened ones with their result, those nobody opens, and objections."""
    agency_id = _agency_id(ctx)
    facts = {
        "bids": queries.my_bids(ctx, agency_id),
        "shut": changes.uncounted(ctx, agency_id),
        "shelved": receipts.shelved(ctx, agency_id),
        "objections": receipts.objections(ctx, agency_id),
        "owed": {row.offer_id for row in ctx.session.scalars(asking.explanations_owed(agency_id))},
    }
    return render("marketplace/tenders/own_bids.html", done=done(), **facts)
