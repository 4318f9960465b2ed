"""Pages of the keepers: what they owe, their sealed share and seed, handing in, entering public numbers."""

import json
from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError, NotPermitted
from marketplace.selection import ceremony, stock
from marketplace.selection import queries as selection
from marketplace.selection.errors import DepositUnfit
from marketplace.selection.rules import KEEPERS
from marketplace.selection.schemas import DepositIn, NumbersIn, SeedIn
from marketplace.selection.sources import SOURCES
from marketplace.selection.sources.games import GAMES
from marketplace.tenders import queries, rules, service
from marketplace.tenders.models import Tender
from marketplace.tenders.pages.doorway import done, door, field_errors
from marketplace.tenders.queries import asking, openings
from marketplace.tenders.schemas.keeping import ShareIn
from marketplace.tenders.service.inviting import INVITE, reveal_due_at
from marketplace.web.doors import form_of, render, requires, see_other, unit_of_work
from marketplace.web.filters import label
from marketplace.web.schemas import Schema


def keeper_of(ctx: Ctx) -> str:
    """The keeper for whom the actor speaks. Raises NotPermitted."""
    found = sorted(rules.keepers_of(ctx.actor.roles))
    if not found:
        raise NotPermitted(permission="share.hand_in")
    return found[0]


@door.get("/keeper")
@requires("share.hand_in")
@unit_of_work
def keeper(ctx: Ctx) -> str:
    """密钥保管: tenders that wait for this keeper, soonest closing first."""
    return _duties(ctx, {})


def _duties(ctx: Ctx, errors: dict[str, list[str]]) -> str:
    name = keeper_of(ctx)
    held = stock.in_stock(ctx, name) if name in KEEPERS else None
    facts = {"duties": openings.duties(ctx, name), "keeper": name, "in_stock": held}
    return render("marketplace/tenders/keeper.html", **facts, form=request.form, errors=errors, done=done())


@door.post("/keeper/commitments")
@requires("share.hand_in")
@unit_of_work
def deposit(ctx: Ctx) -> ResponseReturnValue:
    """Deposit commitments for the notices to come, pasted as `marketplace keeper seeds` printed them."""
    try:
        rows = json.loads(request.form.get("commitments", ""))["commitments"]
        data = DepositIn().load({"commitments": rows})
        stock.hand_in(ctx, keeper_of(ctx), data["commitments"])
    except (ValueError, LookupError, TypeError, RecursionError, ValidationError):
        errors = field_errors(DepositUnfit(field="commitments", most=stock.MOST))
    except DomainError as error:
        errors = field_errors(error)
    else:
        return see_other(url_for("marketplace_tenders.keeper"), done="deposited")
    return _duties(ctx, errors), 422


@door.get("/keeper/<number>")
@requires("share.hand_in")
@unit_of_work
def keeping(ctx: Ctx, number: str) -> str:
    """One tender as its keeper sees it."""
    return _page(ctx, number, {})


def _page(ctx: Ctx, number: str, errors: dict[str, list[str]]) -> str:
    tender = queries.by_number(ctx, number)
    mine = openings.sealed(ctx, tender, keeper_of(ctx))
    pool = selection.pool_or_none(ctx, number)
    plan = selection.plan(ctx, tender.id)
    entries = selection.entries(ctx, tender.id)
    facts = {
        "tender": tender,
        "mine": mine,
        "invite_waits": any(row.id == tender.id for row in asking.invitations_owed(ctx, INVITE, [mine["keeper"]])),
        "invite_due_at": reveal_due_at(ctx, tender) if mine["invite_commitment"] else None,
        "shares": openings.shares(ctx, tender.id),
        "pool": pool,
        "draw": selection.draw_or_none(ctx, tender.id),
        "sources": [SOURCES[code] for code in (plan.sources if plan else ())],
        "games": [(code, label(code, "selection.game")) for code in GAMES],
        "revealed": {entry.source for entry in entries},
        "entered": {code: sum(entry.source == code for entry in entries) for code in SOURCES},
        "form": request.form,
        "errors": errors,
        "done": done(),
    }
    return render("marketplace/tenders/keeping.html", **facts)


@door.get("/keeper/<number>/share.json")
@requires("share.hand_in")
@unit_of_work
def sealed_share(ctx: Ctx, number: str) -> Response:
    """The share file: what lies in the keeper's envelopes; useless without its private key."""
    tender = queries.by_number(ctx, number)
    response = jsonify(openings.sealed(ctx, tender, keeper_of(ctx)))
    response.headers["Content-Disposition"] = f'attachment; filename="share-{tender.number}.json"'
    return response


@door.post("/keeper/<number>/share")
@requires("share.hand_in")
@unit_of_work
def hand_in(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Hand in the share; the k-th opens the bids."""

    def act(tender: Tender, data: dict[str, Any]) -> None:
        service.hand_in_share(ctx, tender.id, keeper=keeper_of(ctx), **data)

    return _taken(ctx, number, ShareIn, act, "handed_in")


@door.post("/keeper/<number>/seed")
@requires("share.hand_in")
@unit_of_work
def reveal(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Reveal the seed: of the invited while the notice is open, of the award after it; the draw follows by itself."""

    def act(tender: Tender, data: dict[str, Any]) -> None:
        if tender.stage == "open":
            service.reveal_invitation_seed(ctx, tender.id, keeper=keeper_of(ctx), seed=data["seed"])
        else:
            ceremony.reveal_seed(ctx, tender.number, keeper=keeper_of(ctx), seed=data["seed"])

    return _taken(ctx, number, SeedIn, act, "revealed")


@door.post("/keeper/<number>/numbers")
@requires("share.hand_in")
@unit_of_work
def enter(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Enter what a public source has drawn."""

    def act(tender: Tender, data: dict[str, Any]) -> None:
        ceremony.enter_numbers(ctx, tender.number, **data)

    return _taken(ctx, number, NumbersIn, act, "entered")


def _taken(
    ctx: Ctx, number: str, schema: type[Schema], act: Callable[[Tender, dict[str, Any]], None], told: str
) -> ResponseReturnValue:
    tender = queries.by_number(ctx, number)
    data, errors = form_of(schema, request.form)
    if not errors:
        try:
            act(tender, data)
        except DomainError as error:
            errors = field_errors(error)
        else:
            return see_other(url_for("marketplace_tenders.keeping", number=number), done=told)
    return _page(ctx, number, errors), 422
