"""HTML door of late payment: the public list, and the declaration of an agency's size."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.context import Ctx
from marketplace.overdue import queries, service
from marketplace.overdue.schemas import LABELS, SizeIn
from marketplace.web.doors import form_of, page_door, public, render, requires, see_other, unit_of_work
from marketplace.web.language import t

door = page_door("overdue", __name__)


@door.get("/lists/overdue")
@public
@unit_of_work
def listing(ctx: Ctx) -> str:
    """Who pays late, for everybody; with ?payer= the amounts of one payer."""
    every = queries.overdue(ctx)
    chosen = request.args.get("payer", "")
    return render(
        "marketplace/overdue/list.html",
        payers=queries.by_payer(every),
        items=[item for item in every if not chosen or item.payer_id == chosen],
        chosen=chosen,
    )


@door.get("/agency/size")
@requires("agency.edit")
@unit_of_work
def size_form(ctx: Ctx) -> str:
    """What the agency has declared."""
    return _size(ctx, {}, {})


@door.post("/agency/size")
@requires("agency.edit")
@unit_of_work
def declare(ctx: Ctx) -> ResponseReturnValue:
    """Declare it."""
    data, errors = form_of(SizeIn, request.form)
    if errors:
        return _size(ctx, request.form, errors), 422
    service.declare_size(ctx, ctx.actor.organisation_id or "", **data)
    return see_other(url_for("marketplace_overdue.size_form"), done="declared")


def _size(ctx: Ctx, form: Any, errors: dict[str, list[str]]) -> str:
    found = queries.declaration(ctx, ctx.actor.organisation_id or "")
    sizes = [(code, t(text)) for code, text in LABELS["firm.size"].items()]
    done = t("声明已保存") if request.args.get("done") == "declared" else ""
    return render("marketplace/overdue/size.html", found=found, sizes=sizes, form=form, errors=errors, done=done)
