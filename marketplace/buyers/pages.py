"""HTML door of buyers: enterprise registration, setting up departments, own details, delegates, public profile."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.buyers import queries, rules, service
from marketplace.buyers.models import Buyer, Delegate
from marketplace.buyers.schemas import DelegateIn, DepartmentIn, DetailsIn, JoinForm
from marketplace.identity.masks import mask_person, mask_phone
from marketplace.identity.rules import PASSWORD_LEAST
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.web.doors import form_of, page_door, public, render, requires, see_other, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of

door = page_door("buyers", __name__)

DONE = {
    "joined": "注册成功，请用刚才设置的用户名和密码登录",
    "created": "部门已登记",
    "saved": "业主信息已保存",
    "added": "采购受托人已添加",
    "ended": "授权已结束",
}


def _done() -> str:
    return t(DONE.get(request.args.get("done", ""), ""))


def _at_field(error: DomainError) -> dict[str, list[str]]:
    """A refusal at its field, with what to do."""
    if error.field is None:
        raise error
    said, advice = error.say(t), error.advise(t)
    return {error.field: [t("{said}。{advice}", said=said, advice=advice) if advice else said]}


@door.get("/buyer/join")
@public
@unit_of_work
def join(ctx: Ctx) -> str:
    """The registration form of an enterprise."""
    return _join({}, {})


@door.post("/buyer/join")
@public
@unit_of_work
def register(ctx: Ctx) -> ResponseReturnValue:
    """Enter by commitment: in at once when the form checks pass, else field and remedy are named."""
    data, errors = form_of(JoinForm, request.form)
    if not errors and data.pop("again") != data["password"]:
        errors = {"again": [t("两次输入的密码不一致")]}
    if errors:
        return _join(request.form, errors), 422
    try:
        made = service.register(ctx, kind="enterprise", **data)
    except DomainError as error:
        return _join(request.form, _at_field(error)), 422
    return see_other(url_for("marketplace_buyers.profile", buyer_id=made.id), done="joined")


@door.get("/ops/departments/new")
@requires("organisation.create")
@unit_of_work
def new_department(ctx: Ctx) -> str:
    """The form with which the operator sets up a department."""
    return _department({}, {})


@door.post("/ops/departments/new")
@requires("organisation.create")
@unit_of_work
def create_department(ctx: Ctx) -> ResponseReturnValue:
    """Set up a department."""
    data, errors = form_of(DepartmentIn, request.form)
    if errors:
        return _department(request.form, errors), 422
    try:
        made = service.register(ctx, kind="department", **data)
    except DomainError as error:
        return _department(request.form, _at_field(error)), 422
    return see_other(url_for("marketplace_buyers.profile", buyer_id=made.id), done="created")


@door.get("/buyers/<buyer_id>")
@public
@unit_of_work
def profile(ctx: Ctx, buyer_id: str) -> str:
    """A buyer as everybody may see it."""
    row = queries.buyer(ctx, buyer_id)
    masked = {"contact": mask_person(row.contact), "phone": mask_phone(queries.phone(ctx, row))}
    return render("marketplace/buyers/profile.html", buyer=row, masked=masked, done=_done())


@door.get("/buyer/profile")
@requires("buyer.edit")
@unit_of_work
def edit(ctx: Ctx) -> str:
    """Own details and delegates."""
    row = queries.own_buyer(ctx)
    return _edit(ctx, row, {**_details(row), "phone": queries.phone(ctx, row)}, {})


@door.post("/buyer/profile")
@requires("buyer.edit")
@unit_of_work
def amend(ctx: Ctx) -> ResponseReturnValue:
    """Save own details."""
    row = queries.own_buyer(ctx)
    data, errors = form_of(DetailsIn, request.form)
    if errors:
        return _edit(ctx, row, request.form, errors), 422
    try:
        service.amend(ctx, row.id, **data)
    except DomainError as error:
        return _edit(ctx, row, request.form, _at_field(error)), 422
    return see_other(url_for("marketplace_buyers.edit"), done="saved")


@door.get("/buyer/delegates/new")
@requires("buyer.edit")
@unit_of_work
def new_delegate(ctx: Ctx) -> str:
    """The form for a delegate."""
    return _delegate({}, {})


@door.post("/buyer/delegates/new")
@requires("buyer.edit")
@unit_of_work
def add_delegate(ctx: Ctx) -> ResponseReturnValue:
    """Delegate a person until the end of a day."""
    data, errors = form_of(DelegateIn, request.form)
    if errors:
        return _delegate(request.form, errors), 422
    try:
        service.add_delegate(ctx, queries.own_buyer(ctx).id, **data)
    except DomainError as error:
        return _delegate(request.form, _at_field(error)), 422
    return see_other(url_for("marketplace_buyers.edit"), done="added")


@door.post("/buyer/delegates/<delegate_id>/end")
@requires("buyer.edit")
@unit_of_work
def end_delegate(ctx: Ctx, delegate_id: str) -> ResponseReturnValue:
    """End a delegation before its day."""
    service.end_delegate(ctx, queries.own_buyer(ctx).id, delegate_id)
    return see_other(url_for("marketplace_buyers.edit"), done="ended")


def _details(row: Buyer) -> dict[str, str]:
    return {"name": row.name, "region": row.region, "address": row.address, "contact": row.contact}


def _join(form: Any, errors: dict[str, list[str]]) -> str:
    facts = {"commitment": rules.COMMITMENT, "least": PASSWORD_LEAST}
    return render("marketplace/buyers/join.html", form=form, errors=errors, **facts)


def _department(form: Any, errors: dict[str, list[str]]) -> str:
    return render("marketplace/buyers/department.html", form=form, errors=errors, least=PASSWORD_LEAST)


def _delegate(form: Any, errors: dict[str, list[str]]) -> str:
    return render("marketplace/buyers/delegate.html", form=form, errors=errors, least=PASSWORD_LEAST)


def _edit(ctx: Ctx, row: Buyer, form: Any, errors: dict[str, list[str]]) -> str:
    after = request.args.get("after")
    page = page_of(ctx.session, queries.delegates(row.id), key=(Delegate.id,), descending=True, cursor=after)
    acting = {item.id for item in page.items if rules.acts(item.valid_until, item.ended_at, ctx.now)}
    facts = {"buyer": row, "page": page, "acting": acting, "done": _done()}
    return render("marketplace/buyers/edit.html", form=form, errors=errors, **facts)
