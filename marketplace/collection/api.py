"""JSON door of collecting."""

from collections.abc import Sequence
from typing import Any

from marketplace.collection import holding, queries, service
from marketplace.collection.models import Collection, Merchant, Refund, Settlement, UnallocatedReceipt
from marketplace.collection.schemas import (
    CollectionIn,
    CollectionOut,
    CollectionReasonIn,
    CollectionsOut,
    CollectionsQuery,
    LateReceiptsOut,
    MerchantIn,
    MerchantOut,
    RefundIn,
    RefundOut,
    SettlementOut,
)
from marketplace.kernel.context import Ctx
from marketplace.web.doors import api_door, requires, signed_in, unit_of_work
from marketplace.web.paging import Page, page_of

api = api_door("collection", __name__)


def _own(ctx: Ctx, number: str) -> Collection:
    return queries.readable(ctx, queries.by_number(ctx, number))


@api.put("/merchant")
@requires("collection.refund")
@unit_of_work
@api.arguments(MerchantIn)
@api.response(200, MerchantOut)
def set_merchant(ctx: Ctx, data: dict[str, Any]) -> Merchant:
    """Say to which merchant account enterprises pay the actor's agency."""
    return service.set_merchant(ctx, ctx.actor.organisation_id or "", **data)


@api.get("/collections")
@signed_in
@unit_of_work
@api.arguments(CollectionsQuery, location="query")
@api.response(200, CollectionsOut)
def list_collections(ctx: Ctx, asked: dict[str, Any]) -> Page[Collection]:
    """Collections of the actor's own, newest first; clerks and auditors see all."""
    wanted = queries.collections_for(ctx, asked.get("state", ""))
    return page_of(ctx.session, wanted, key=(Collection.id,), descending=True, cursor=asked.get("after"))


@api.post("/collections")
@requires("collection.pay")
@unit_of_work
@api.arguments(CollectionIn)
@api.response(201, CollectionOut)
def ask(ctx: Ctx, data: dict[str, Any]) -> Collection:
    """Pay what is due for a milestone, by code or by page."""
    return service.ask(ctx, data["milestone_id"], way=data["way"], hold=data["hold"])


@api.get("/collections/<number>")
@signed_in
@unit_of_work
@api.response(200, CollectionOut)
def get_collection(ctx: Ctx, number: str) -> Collection:
    """One collection; `action` is what the payer scans or opens."""
    return _own(ctx, number)


@api.post("/collections/<number>/cancel")
@requires("collection.pay")
@unit_of_work
@api.response(200, CollectionOut)
def cancel(ctx: Ctx, number: str) -> Collection:
    """Give a collection up."""
    return service.cancel(ctx, _own(ctx, number).id)


@api.get("/collections/<number>/settlements")
@signed_in
@unit_of_work
@api.response(200, SettlementOut(many=True))
def list_settlements(ctx: Ctx, number: str) -> Sequence[Settlement]:
    """What of held money went, or goes, to the agency."""
    return holding.settlements_of(ctx, _own(ctx, number).id)


@api.post("/collections/<number>/release")
@requires("collection.pay")
@unit_of_work
@api.arguments(CollectionReasonIn)
@api.response(200, CollectionOut)
def ask_release(ctx: Ctx, data: dict[str, Any], number: str) -> Collection:
    """Ask that held money is settled before acceptance."""
    return holding.ask_release(ctx, _own(ctx, number).id, **data)


@api.post("/collections/<number>/release/confirm")
@requires("collection.pay")
@unit_of_work
@api.response(200, CollectionOut)
def confirm_release(ctx: Ctx, number: str) -> Collection:
    """Confirm it, as a second person of the payer."""
    return holding.confirm_release(ctx, _own(ctx, number).id)


@api.post("/collections/<number>/refunds")
@requires("collection.refund")
@unit_of_work
@api.arguments(RefundIn)
@api.response(201, RefundOut)
def refund(ctx: Ctx, data: dict[str, Any], number: str) -> Refund:
    """Give money back; the same request number again is the same refund."""
    return service.refund(ctx, _own(ctx, number).id, **data)


@api.get("/unallocated-receipts")
@requires("collection.read")
@unit_of_work
@api.response(200, LateReceiptsOut)
def list_receipts(ctx: Ctx) -> dict[str, Any]:
    """Money that waits for an owner, oldest first."""
    wanted = queries.receipts("waiting").order_by(UnallocatedReceipt.id).limit(200)
    return {"items": [row for row, _ in ctx.session.execute(wanted)]}


@api.post("/unallocated-receipts/<receipt_id>/allocate")
@requires("collection.allocate")
@unit_of_work
@api.arguments(CollectionReasonIn)
@api.response(200, CollectionOut)
def allocate(ctx: Ctx, data: dict[str, Any], receipt_id: str) -> Collection:
    """Let late money count as paid."""
    return service.allocate(ctx, receipt_id, **data)


@api.post("/unallocated-receipts/<receipt_id>/refund")
@requires("collection.allocate")
@unit_of_work
@api.arguments(CollectionReasonIn)
@api.response(201, RefundOut)
def give_back(ctx: Ctx, data: dict[str, Any], receipt_id: str) -> Refund:
    """Send late money back."""
    return service.give_back_receipt(ctx, receipt_id, **data)
