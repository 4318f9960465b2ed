"""JSON door of identity: who am I, my API tokens, and the logins that the security administrator keeps."""

from typing import Any

from flask import request

from marketplace.identity import administration, queries, service
from marketplace.identity.models import Login, Membership, Token
from marketplace.identity.schemas import (
    AppointmentIn,
    AppointmentOut,
    LockIn,
    LoginIn,
    LoginOut,
    LoginsOut,
    MeOut,
    TokenIn,
    TokenIssuedOut,
    TokensOut,
)
from marketplace.kernel.context import Ctx
from marketplace.kernel.ports import Actor
from marketplace.web.doors import api_door, requires, signed_in, unit_of_work
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


@api.get("/logins")
@requires("login.create")
@unit_of_work
@api.response(200, LoginsOut)
def list_logins(ctx: Ctx) -> Page[Login]:
    """Logins, newest first; ?q= for a part of a name."""
    wanted = queries.logins(request.args.get("q", ""))
    return page_of(ctx.session, wanted, key=(Login.id,), descending=True, cursor=request.args.get("after"))


@api.post("/logins")
@requires("login.create")
@unit_of_work
@api.arguments(LoginIn)
@api.response(201, LoginOut)
def open_login(ctx: Ctx, data: dict[str, Any]) -> Login:
    """Open a login; it may do nothing until it is appointed."""
    return administration.open_login(ctx, **data)


@api.post("/logins/<login_id>/roles")
@requires("membership.grant")
@unit_of_work
@api.arguments(AppointmentIn)
@api.response(201, AppointmentOut)
def appoint(ctx: Ctx, data: dict[str, Any], login_id: str) -> Membership:
    """Let a login act in a role for an organisation."""
    return administration.appoint(ctx, login_id, **data)


@api.delete("/logins/<login_id>/roles/<membership_id>")
@requires("membership.grant")
@unit_of_work
@api.response(204)
def dismiss(ctx: Ctx, login_id: str, membership_id: str) -> None:
    """Take a role away."""
    administration.dismiss(ctx, login_id, membership_id)


@api.post("/logins/<login_id>/lock")
@requires("login.lock")
@unit_of_work
@api.arguments(LockIn)
@api.response(200, LoginOut)
def lock_login(ctx: Ctx, data: dict[str, Any], login_id: str) -> Login:
    """Stop a login; its sign-ins and tokens end at once."""
    return administration.stop(ctx, login_id, **data)


@api.delete("/logins/<login_id>/lock")
@requires("login.lock")
@unit_of_work
@api.response(200, LoginOut)
def unlock_login(ctx: Ctx, login_id: str) -> Login:
    """Let a login in again."""
    return administration.release(ctx, login_id)
