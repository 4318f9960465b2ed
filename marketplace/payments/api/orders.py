"""Payment orders, step by step."""

from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.payments import queries, service
from marketplace.payments.api.doorway import api
from marketplace.payments.models import (
    PaymentOrder,
)
from marketplace.payments.schemas import (
    PaymentOrderOut,
    PaymentOrdersOut,
    PaymentOrdersQuery,
    PaymentPrepareIn,
    PaymentReasonIn,
    PaymentSubmitIn,
)
from marketplace.web.doors import requires, signed_in, unit_of_work
from marketplace.web.paging import Page, page_of


@api.get("/payments")
@signed_in
@unit_of_work
@api.arguments(PaymentOrdersQuery, location="query")
@api.response(200, PaymentOrdersOut)
def list_orders(ctx: Ctx, data: dict[str, Any]) -> Page[PaymentOrder]:
    """Orders of the actor's department or agency; auditors see all."""
    states = [data["state"]] if "state" in data else []
    wanted = queries.orders_for(ctx, states)
    return page_of(ctx.session, wanted, key=(PaymentOrder.id,), descending=True, cursor=data.get("after"))


@api.post("/payments")
@requires("payment.make")
@unit_of_work
@api.arguments(PaymentPrepareIn)
@api.response(201, PaymentOrderOut)
def prepare(ctx: Ctx, data: dict[str, Any]) -> PaymentOrder:
    """Draw up the order of an accepted milestone."""
    return service.prepare(ctx, data["milestone_id"])


@api.get("/payments/<order_id>")
@signed_in
@unit_of_work
@api.response(200, PaymentOrderOut)
def get_order(ctx: Ctx, order_id: str) -> PaymentOrder:
    """One order."""
    return queries.readable(ctx, queries.order(ctx, order_id))


@api.post("/payments/<order_id>/submit")
@requires("payment.make")
@unit_of_work
@api.arguments(PaymentSubmitIn)
@api.response(200, PaymentOrderOut)
def submit(ctx: Ctx, data: dict[str, Any], order_id: str) -> PaymentOrder:
    """Put an order before a second person."""
    return service.submit(ctx, order_id, **data)


@api.post("/payments/<order_id>/approve")
@requires("payment.approve")
@unit_of_work
@api.response(200, PaymentOrderOut)
def approve(ctx: Ctx, order_id: str) -> PaymentOrder:
    """Approve an order that somebody else submitted."""
    return service.approve(ctx, order_id)


@api.post("/payments/<order_id>/send-back")
@requires("payment.approve")
@unit_of_work
@api.arguments(PaymentReasonIn)
@api.response(200, PaymentOrderOut)
def send_back(ctx: Ctx, data: dict[str, Any], order_id: str) -> PaymentOrder:
    """Give an order back to its maker."""
    return service.send_back(ctx, order_id, reason=data["reason"])


@api.post("/payments/<order_id>/hold")
@requires("payment.make")
@unit_of_work
@api.arguments(PaymentReasonIn)
@api.response(200, PaymentOrderOut)
def hold(ctx: Ctx, data: dict[str, Any], order_id: str) -> PaymentOrder:
    """Stop an order that has not left."""
    return service.hold(ctx, order_id, reason=data["reason"])


@api.post("/payments/<order_id>/resume")
@requires("payment.approve")
@unit_of_work
@api.response(200, PaymentOrderOut)
def resume(ctx: Ctx, order_id: str) -> PaymentOrder:
    """Let a held order go on."""
    return service.resume(ctx, order_id)


@api.post("/payments/<order_id>/withdraw")
@requires("payment.approve")
@unit_of_work
@api.arguments(PaymentReasonIn)
@api.response(200, PaymentOrderOut)
def withdraw(ctx: Ctx, data: dict[str, Any], order_id: str) -> PaymentOrder:
    """Give up a held order."""
    return service.withdraw(ctx, order_id, reason=data["reason"])


@api.post("/payments/<order_id>/replace")
@requires("payment.make")
@unit_of_work
@api.response(201, PaymentOrderOut)
def replace(ctx: Ctx, order_id: str) -> PaymentOrder:
    """A new order after a refused, returned or withdrawn one."""
    return service.replace(ctx, order_id)


@api.post("/payments/<order_id>/resend")
@requires("payment.approve")
@unit_of_work
@api.arguments(PaymentReasonIn)
@api.response(200, PaymentOrderOut)
def resend(ctx: Ctx, data: dict[str, Any], order_id: str) -> PaymentOrder:
    """Allow one more send on a rail that does not remove doubles."""
    return service.resend(ctx, order_id, reason=data["reason"])
