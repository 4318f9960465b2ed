"""The address that providers call: verify, store, answer. Applying comes later."""

from flask import Blueprint, Response, request

from marketplace.kernel.context import Ctx
from marketplace.payments import service
from marketplace.web.doors import keep, public, unit_of_work
from marketplace.web.headers import secure

NOTICE_LIMIT = 64 * 1024  # bytes; providers send a few kilobytes

# No page door: the caller is a machine without cookies, and its signature is what proves it.
door = Blueprint("marketplace_payment_callbacks", __name__)
door.after_request(secure)


@door.post("/payments/notices/<gateway>")
@public
@unit_of_work
def notice(ctx: Ctx, gateway: str) -> Response:
    """Take a provider's notice. The answer depends on one thing only: whether it is stored."""
    if gateway not in ctx.plugins["payment_gateways"]:
        return Response("", 404, mimetype="text/plain")
    body = request.stream.read(NOTICE_LIMIT + 1)
    if len(body) > NOTICE_LIMIT:
        return Response("", 413, mimetype="text/plain")
    status, text = service.record_notice(ctx, gateway=gateway, headers=dict(request.headers), body=body)
    keep()  # a forgery stays as evidence although it is refused
    return Response(text, status, mimetype="text/plain")
