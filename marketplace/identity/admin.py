"""HTML door of identity, the security administrator's part: logins, their roles, locking. pages.py has the rest."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.identity import administration, queries
from marketplace.identity.models import Login
from marketplace.identity.rules import ROLES_OF_KIND
from marketplace.identity.schemas import LABELS, AppointmentIn, LockIn, LoginIn
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.web.doors import form_of, page_door, render, requires, see_other, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of

door = page_door("identity", __name__)

Errors = dict[str, list[str]]
DONE = {
    "opened": "账号已开设，请授予角色",
    "appointed": "角色已授予，立即生效",
    "dismissed": "角色已撤销，立即失效",
    "locked": "账号已停用，其登录和接口令牌已全部失效",
    "unlocked": "账号已恢复",
}


def at_field(error: DomainError) -> Errors:
    """A refusal at its field; one without a field goes on to the door."""
    if error.field is None:
        raise error
    return {error.field: [in_words(error)]}


def in_words(error: DomainError) -> str:
    """What is wrong and what to do, as one text."""
    said, advice = error.say(t), error.advise(t)
    return t("{said}。{advice}", said=said, advice=advice) if advice else said


@door.get("/admin/logins")
@requires("login.create")
@unit_of_work
def logins(ctx: Ctx) -> str:
    """Every login with its roles, newest first; ?q= for a part of a name."""
    wanted = queries.logins(request.args.get("q", "").strip())
    page = page_of(ctx.session, wanted, key=(Login.id,), descending=True, cursor=request.args.get("after"))
    homes = queries.homes(ctx, [row.id for row in page.items])
    return render("marketplace/identity/logins.html", page=page, homes=homes)


@door.get("/admin/logins/new")
@requires("login.create")
@unit_of_work
def new_login(ctx: Ctx) -> str:
    """The form for a new login."""
    return render("marketplace/identity/new_login.html", form={}, errors={})


@door.post("/admin/logins/new")
@requires("login.create")
@unit_of_work
def open_login(ctx: Ctx) -> ResponseReturnValue:
    """Open a login, then go to its page to appoint it."""
    data, errors = form_of(LoginIn, request.form)
    if not errors:
        try:
            made = administration.open_login(ctx, **data)
            return see_other(url_for("marketplace_identity.one_login", login_id=made.id), done="opened")
        except DomainError as error:
            errors = at_field(error)
    form = {"username": request.form.get("username", ""), "name": request.form.get("name", "")}
    return render("marketplace/identity/new_login.html", form=form, errors=errors), 422


@door.get("/admin/logins/<login_id>")
@requires("login.create")
@unit_of_work
def one_login(ctx: Ctx, login_id: str) -> str:
    """One login: roles with a button each, the form for another, locking."""
    return _one(ctx, login_id, {}, {})


@door.post("/admin/logins/<login_id>/roles")
@requires("membership.grant")
@unit_of_work
def appoint(ctx: Ctx, login_id: str) -> ResponseReturnValue:
    """Grant a role in an organisation."""
    data, errors = form_of(AppointmentIn, request.form)
    if not errors:
        try:
            administration.appoint(ctx, login_id, **data)
            return _back(login_id, "appointed")
        except DomainError as error:
            errors = at_field(error)
    return _one(ctx, login_id, request.form, errors), 422


@door.post("/admin/logins/<login_id>/roles/<membership_id>/revoke")
@requires("membership.grant")
@unit_of_work
def dismiss(ctx: Ctx, login_id: str, membership_id: str) -> ResponseReturnValue:
    """Take one role away."""
    administration.dismiss(ctx, login_id, membership_id)
    return _back(login_id, "dismissed")


@door.post("/admin/logins/<login_id>/lock")
@requires("login.lock")
@unit_of_work
def lock(ctx: Ctx, login_id: str) -> ResponseReturnValue:
    """Stop a login, with a reason."""
    data, errors = form_of(LockIn, request.form)
    if errors:
        return _one(ctx, login_id, request.form, errors), 422
    administration.stop(ctx, login_id, **data)
    return _back(login_id, "locked")


@door.post("/admin/logins/<login_id>/unlock")
@requires("login.lock")
@unit_of_work
def unlock(ctx: Ctx, login_id: str) -> ResponseReturnValue:
    """Let a login in again."""
    administration.release(ctx, login_id)
    return _back(login_id, "unlocked")


def _back(login_id: str, done: str) -> ResponseReturnValue:
    return see_other(url_for("marketplace_identity.one_login", login_id=login_id), done=done)


def _one(ctx: Ctx, login_id: str, form: Any, errors: Errors) -> str:
    row = queries.login(ctx, login_id)
    return render(
        "marketplace/identity/login.html",
        row=row,
        homes=queries.homes(ctx, [row.id])[row.id],
        kinds=[(kind, t(LABELS["organisation.kind"][kind])) for kind in ROLES_OF_KIND],
        roles=[(role, t(text)) for role, text in LABELS["role"].items()],
        mine=row.id == ctx.actor.login_id,
        form=form,
        errors=errors,
        done=t(DONE.get(request.args.get("done", ""), "")),
    )
