"""JSON door of identity: who am I, and my API tokens."""

from typing import Any

from flask import request

from marketplace.identity import queries, service
from marketplace.identity.models import Token
from marketplace.identity.schemas import MeOut, TokenIn, TokenIssuedOut, TokensOut
from marketplace.kernel.context import Ctx
from marketplace.kernel.ports import Actor
from marketplace.web.doors import api_door, signed_in, unit_of_work
from marketplace.web.paging import Page, page_of

api = api_door("identity", __name__)


@api.get("/me")
@signed_in
@unit_of_work
@api.response(200, MeOut)
def me(ctx: Ctx) -> Actor:
    """The actor behind this request with roles and permissions; of a token, only its scopes."""
    return ctx.actor


@api.get("/tokens")
@signed_in
@unit_of_work
@api.response(200, TokensOut)
def list_tokens(ctx: Ctx) -> Page[Token]:
    """One's own tokens that were not revoked, newest first."""
    wanted = queries.tokens(ctx.actor.login_id or "")
    return page_of(ctx.session, wanted, key=(Token.id,), descending=True, cursor=request.args.get("after"))


@api.post("/tokens")
@signed_in
@unit_of_work
@api.arguments(TokenIn)
@api.response(201, TokenIssuedOut)
def issue_token(ctx: Ctx, data: dict[str, Any]) -> dict[str, Any]:
    """Issue a token within one's own permissions; only a person who signed in may."""
    token, secret = service.issue_token(ctx, **data)
    return {"token": token, "secret": secret}


@api.delete("/tokens/<token_id>")
@signed_in
@unit_of_work
@api.response(204)
def revoke_token(ctx: Ctx, token_id: str) -> None:
    """Revoke one of one's own tokens at once."""
    service.revoke_token(ctx, token_id)
