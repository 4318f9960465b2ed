"""HTML door of identity: sign in and out, own sign-ins and password, tokens, switching. Administration: admin.py."""

from typing import Any

from flask import current_app, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.identity import queries, rules, service
from marketplace.identity.admin import at_field, door, in_words
from marketplace.identity.errors import SignInRefused
from marketplace.identity.models import Token
from marketplace.identity.providers.local import COOKIE
from marketplace.identity.schemas import PasswordIn, SignInIn, TokenIn
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.web.doors import form_of, keep, local_path, public, render, see_other, signed_in, unit_of_work
from marketplace.web.gate import SIGN_INS, lane
from marketplace.web.language import t
from marketplace.web.paging import page_of

DONE = {
    "password": "密码已修改，其他登录和全部接口令牌已失效",
    "ended": "所选登录已结束",
    "revoked": "令牌已作废",
}


def _done() -> str:
    return t(DONE.get(request.args.get("done", ""), ""))


def _cookie() -> str:
    return request.cookies.get(COOKIE, "")


def _desk() -> str:
    return url_for("marketplace_portal.desk")


def _entering(url: str, token: str) -> ResponseReturnValue:
    response = current_app.make_response(see_other(url))
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


@door.get("/sign-in")
@public
@unit_of_work
def sign_in(ctx: Ctx) -> str:
    """The form; without one where another provider signs people in."""
    return _sign_in_form(ctx, {"next": local_path(request.args.get("next", ""))}, {})


@door.post("/sign-in")
@lane(SIGN_INS)
@public
@unit_of_work
def enter(ctx: Ctx) -> ResponseReturnValue:
    """Try a name and a password; the failure is counted, so it is kept."""
    data, errors = form_of(SignInIn, request.form)
    if errors:
        return _sign_in_form(ctx, request.form, errors), 422
    if ctx.settings["MARKETPLACE_IDENTITY"] != "local":
        raise SignInRefused
    address = request.remote_addr or ""
    tried = service.sign_in(ctx, username=data["username"], password=data["password"], address=address)
    if (refusal := tried.refusal()) is not None or tried.token is None:
        keep()
        words = in_words(refusal) if refusal else ""
        return _sign_in_form(ctx, request.form, {"username": [words]}), 403
    if _cookie():
        service.sign_out(ctx, _cookie())
    several = len(queries.organisations_of(ctx, tried.login_id or "")) > 1
    onward = local_path(data["next"])
    home = url_for("marketplace_identity.choose") if several else _desk()
    return _entering(request.script_root + onward if onward else home, tried.token)


@door.post("/sign-out")
@public
@unit_of_work
def sign_out(ctx: Ctx) -> ResponseReturnValue:
    """End this browser's sign-in."""
    service.sign_out(ctx, _cookie())
    response = current_app.make_response(see_other(url_for("marketplace_portal.home")))
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


@door.get("/me/security")
@signed_in
@unit_of_work
def security(ctx: Ctx) -> str:
    """Own sign-ins with a button each, and the password form."""
    return _security(ctx, {})


@door.post("/me/security")
@signed_in
@unit_of_work
def change_password(ctx: Ctx) -> ResponseReturnValue:
    """Change the password; every other sign-in and every token ends."""
    data, errors = form_of(PasswordIn, request.form)
    if not errors and data["again"] != data["password"]:
        errors = {"again": [t("两次输入的新密码不一致")]}
    if errors:
        return _security(ctx, errors), 422
    try:
        service.change_password(ctx, current=data["current"], password=data["password"], token=_cookie())
    except DomainError as error:
        return _security(ctx, at_field(error)), 422
    return see_other(url_for("marketplace_identity.security"), done="password")


@door.post("/me/security/sign-ins/<sign_in_id>/end")
@signed_in
@unit_of_work
def end_sign_in(ctx: Ctx, sign_in_id: str) -> ResponseReturnValue:
    """End one of one's own sign-ins."""
    service.end_sign_in(ctx, sign_in_id)
    return see_other(url_for("marketplace_identity.security"), done="ended")


@door.get("/me/tokens")
@signed_in
@unit_of_work
def tokens(ctx: Ctx) -> str:
    """Own tokens and the form for a new one."""
    return _tokens(ctx, {}, {})


@door.post("/me/tokens")
@signed_in
@unit_of_work
def issue_token(ctx: Ctx) -> ResponseReturnValue:
    """Issue a token; this answer is the only place where its secret stands."""
    data, errors = form_of(TokenIn, request.form)
    if errors:
        return _tokens(ctx, request.form, errors), 422
    try:
        _, secret = service.issue_token(ctx, **data)
    except DomainError as error:
        return _tokens(ctx, request.form, at_field(error)), 422
    return _tokens(ctx, {}, {}, secret=secret)


@door.post("/me/tokens/<token_id>/revoke")
@signed_in
@unit_of_work
def revoke_token(ctx: Ctx, token_id: str) -> ResponseReturnValue:
    """Revoke one of one's own tokens."""
    service.revoke_token(ctx, token_id)
    return see_other(url_for("marketplace_identity.tokens"), done="revoked")


@door.get("/switch")
@signed_in
@unit_of_work
def choose(ctx: Ctx) -> str:
    """The organisations this person may act for."""
    homes = queries.organisations_of(ctx, ctx.actor.login_id or "")
    return render("marketplace/identity/switch.html", homes=homes)


@door.post("/switch")
@signed_in
@unit_of_work
def switch(ctx: Ctx) -> ResponseReturnValue:
    """Act for another organisation, under a new token."""
    token = service.switch(ctx, token=_cookie(), organisation_id=request.form.get("organisation_id", ""))
    return _entering(_desk(), token)


def _sign_in_form(ctx: Ctx, form: Any, errors: dict[str, list[str]]) -> str:
    local = ctx.settings["MARKETPLACE_IDENTITY"] == "local"
    return render("marketplace/identity/sign_in.html", form=form, errors=errors, local=local)


def _security(ctx: Ctx, errors: dict[str, list[str]]) -> str:
    here = queries.live_sign_in(ctx, _cookie())
    return render(
        "marketplace/identity/security.html",
        sign_ins=queries.sign_ins(ctx, ctx.actor.login_id or ""),
        this=here.id if here else "",
        least=rules.PASSWORD_LEAST,
        form={},
        errors=errors,
        done=_done(),
    )


def _tokens(ctx: Ctx, form: Any, errors: dict[str, list[str]], secret: str = "") -> str:
    wanted = queries.tokens(ctx.actor.login_id or "")
    return render(
        "marketplace/identity/tokens.html",
        page=page_of(ctx.session, wanted, key=(Token.id,), descending=True, cursor=request.args.get("after")),
        permissions=sorted(ctx.actor.permissions),
        most=rules.TOKEN_DAYS_MOST,
        now=ctx.now,
        form=form,
        errors=errors,
        secret=secret,
        done=_done(),
    )
