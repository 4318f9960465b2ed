"""JSON door of the catalogue."""

from typing import Any

from flask import request

from marketplace.catalogue import queries, service
from marketplace.catalogue.errors import ImportRefused
from marketplace.catalogue.models import CatalogueChange, CatalogueItem
from marketplace.catalogue.rules import ItemFacts
from marketplace.catalogue.schemas import (
    CatalogueImportIn,
    CatalogueImportOut,
    CatalogueItemOut,
    CatalogueItemsOut,
    EditedItemIn,
    ItemChangesOut,
    ItemReasonIn,
    NewItemIn,
)
from marketplace.catalogue.service import ImportReport
from marketplace.kernel.context import Ctx
from marketplace.web.doors import api_door, public, requires, unit_of_work
from marketplace.web.paging import Page, page_of

api = api_door("catalogue", __name__)


@api.get("/catalogue")
@public
@unit_of_work
@api.response(200, CatalogueItemsOut)
def list_items(ctx: Ctx) -> Page[CatalogueItem]:
    """Items by code; `mode`, `authority` and `q` narrow the list, `kept=true|false` the state."""
    asked = request.args
    kept = {"true": True, "false": False}.get(asked.get("kept", ""))
    mode, authority, words = asked.get("mode", ""), asked.get("authority", ""), asked.get("q", "")
    wanted = queries.items(mode=mode, authority=authority, text=words, kept=kept)
    return page_of(ctx.session, wanted, key=(CatalogueItem.code,), cursor=asked.get("after"))


@api.post("/catalogue")
@requires("catalogue.edit")
@unit_of_work
@api.arguments(NewItemIn)
@api.response(201, CatalogueItemOut)
def add_item(ctx: Ctx, data: dict[str, Any]) -> CatalogueItem:
    """Add an item."""
    code = data.pop("code")
    return service.add_item(ctx, facts=_facts(data, code))


@api.get("/catalogue/<code>")
@public
@unit_of_work
@api.response(200, CatalogueItemOut)
def show_item(ctx: Ctx, code: str) -> CatalogueItem:
    """One item, kept or cancelled."""
    return queries.item(ctx, code)


@api.put("/catalogue/<code>")
@requires("catalogue.edit")
@unit_of_work
@api.arguments(EditedItemIn)
@api.response(200, CatalogueItemOut)
def edit_item(ctx: Ctx, data: dict[str, Any], code: str) -> CatalogueItem:
    """Give an item new facts."""
    version = data.pop("version")
    return service.edit_item(ctx, code, facts=_facts(data, code), version=version)


@api.post("/catalogue/<code>/cancel")
@requires("catalogue.edit")
@unit_of_work
@api.arguments(ItemReasonIn)
@api.response(200, CatalogueItemOut)
def cancel_item(ctx: Ctx, data: dict[str, Any], code: str) -> CatalogueItem:
    """Keep an item no longer, from today on."""
    return service.cancel(ctx, code, **data)


@api.post("/catalogue/<code>/restore")
@requires("catalogue.edit")
@unit_of_work
@api.arguments(ItemReasonIn)
@api.response(200, CatalogueItemOut)
def restore_item(ctx: Ctx, data: dict[str, Any], code: str) -> CatalogueItem:
    """Keep a cancelled item again."""
    return service.restore(ctx, code, **data)


@api.get("/catalogue/<code>/history")
@public
@unit_of_work
@api.response(200, ItemChangesOut)
def item_history(ctx: Ctx, code: str) -> Page[CatalogueChange]:
    """Every version of an item, first to last."""
    wanted = queries.history(queries.item(ctx, code).code)
    return page_of(ctx.session, wanted, key=(CatalogueChange.version,), cursor=request.args.get("after"))


@api.post("/catalogue/import")
@requires("catalogue.edit")
@unit_of_work
@api.arguments(CatalogueImportIn)
@api.response(200, CatalogueImportOut)
def import_items(ctx: Ctx, data: dict[str, Any]) -> ImportReport:
    """Import a CSV text, all of it or nothing; with `dry_run` only report, every error by line and column."""
    report = service.import_csv(ctx, data["csv"], dry_run=data["dry_run"])
    if report.errors and not data["dry_run"]:
        raise ImportRefused(count=len(report.errors), field="csv")
    return report


def _facts(data: dict[str, Any], code: str) -> ItemFacts:
    return ItemFacts(code=code, **{**data, "qualifications": tuple(data["qualifications"])})
