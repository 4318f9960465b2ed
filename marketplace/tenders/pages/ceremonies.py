"""Public pages of an opening and a draw, and the witnesses who sign it."""

from datetime import datetime
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.selection import queries as selection
from marketplace.selection import witnessing
from marketplace.selection.rules import NAMES, in_words, incidents, verify_draw
from marketplace.selection.schemas import WitnessIn, WitnessSignIn
from marketplace.tenders import queries, service
from marketplace.tenders.pages.doorway import done, door, field_errors, names_of
from marketplace.tenders.queries import openings
from marketplace.web.doors import form_of, public, render, requires, see_other, unit_of_work
from marketplace.web.language import t
from marketplace.web.warm import warm


@door.get("/tenders/<number>/opening")
@public
@warm
@unit_of_work
def opening(ctx: Ctx, number: str) -> str:
    """开启记录: who opened the bids, when, the digest of every envelope, under the market's signature."""
    tender = queries.by_number(ctx, number)
    found = openings.minutes(ctx, tender.id)
    keepers = [
        {**row, "handed_in_at": datetime.fromisoformat(row["handed_in_at"]) if row["handed_in_at"] else None}
        for row in found["minutes"].get("keepers", [])
    ]
    return render("marketplace/tenders/opening.html", tender=tender, opening=found, keepers=keepers)


@door.get("/draws/<number>")
@public
@warm
@unit_of_work
def draw(ctx: Ctx, number: str) -> str:
    """公开摇号页: the ceremony step by step, before, while and after it is held."""
    return _page(ctx, number, {})


def _page(ctx: Ctx, number: str, errors: dict[str, list[str]]) -> str:
    tender = queries.by_number(ctx, number)
    drawn = selection.draw_or_none(ctx, tender.id)
    pool = selection.pool_or_none(ctx, number)
    offers = {offer.label: offer.agency_name for offer in queries.offers(ctx, tender.id)}
    facts: dict[str, Any] = {
        "tender": tender,
        "buyer": names_of(ctx, [tender.buyer_id]).get(tender.buyer_id, ""),
        "commitments": selection.commitment_rows(ctx, tender.id),
        "plan": selection.plan(ctx, tender.id),
        "pool": pool,
        "given": {entry.source for entry in selection.entries(ctx, tender.id)},
        "draw": drawn,
        "problems": _wrong(drawn.record) if drawn else [],
        "agencies": offers,
        "witnesses": selection.witnesses(ctx, tender.id),
        "source_names": NAMES,
        "form": request.form,
        "errors": errors,
        "done": done(),
    }
    return render("marketplace/tenders/draw.html", **facts)


def _wrong(record: dict[str, Any]) -> list[str]:
    """What cannot be recomputed; incidents are told where the seeds stand."""
    told = incidents(record)
    return [in_words(problem, t) for problem in verify_draw(record) if problem not in told]


@door.post("/draws/<number>/signature")
@public
@unit_of_work
def sign(ctx: Ctx, number: str) -> ResponseReturnValue:
    """A witness signs the record with the code it was given."""
    data, errors = form_of(WitnessSignIn, request.form)
    if not errors:
        try:
            witnessing.sign_as_witness(ctx, number, **data)
        except DomainError as error:
            errors = field_errors(error)
        else:
            return see_other(url_for("marketplace_tenders.draw", number=number), done="signed")
    return _page(ctx, number, errors), 422


@door.get("/buyer/tenders/<number>/witnesses")
@requires("tender.publish")
@unit_of_work
def witnesses(ctx: Ctx, number: str) -> str:
    """Name witnesses of a possible draw, before it is held."""
    return _naming(ctx, number, {}, "")


def _naming(ctx: Ctx, number: str, errors: dict[str, list[str]], code: str) -> str:
    tender = queries.own(ctx, queries.by_number(ctx, number).id)
    facts = {
        "tender": tender,
        "witnesses": selection.witnesses(ctx, tender.id),
        "most": queries.rules_for(ctx, tender)["draw.witness_max"],
        "drawn": selection.draw_or_none(ctx, tender.id) is not None,
        "form": {} if code else request.form,
        "errors": errors,
        "code": code,
    }
    return render("marketplace/tenders/witnesses.html", **facts)


@door.post("/buyer/tenders/<number>/witnesses")
@requires("tender.publish")
@unit_of_work
def name_witness(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Name one; its code is shown once, to be handed over."""
    tender = queries.own(ctx, queries.by_number(ctx, number).id)
    data, errors = form_of(WitnessIn, request.form)
    if not errors:
        try:
            code = service.name_witness(ctx, tender.id, **data)
        except DomainError as error:
            errors = field_errors(error)
        else:
            return _naming(ctx, number, {}, code)
    return _naming(ctx, number, errors, ""), 422
