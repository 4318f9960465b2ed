"""HTML door of the catalogue: reading for everybody, keeping it for the authority."""

from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.catalogue import queries, rules, service
from marketplace.catalogue.errors import CsvUnreadable, ItemTextMissing
from marketplace.catalogue.models import CatalogueChange, CatalogueItem
from marketplace.catalogue.rules import ItemFacts
from marketplace.catalogue.schemas import LABELS, ItemForm, ItemStateForm
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.web.doors import form_of, page_door, public, render, requires, see_other, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of

door = page_door("catalogue", __name__)

DONE = {
    "added": "事项已列入目录",
    "saved": "修订已保存，已形成新版本",
    "cancelled": "事项已取消",
    "restored": "事项已恢复",
    "imported": "文件已导入",
}


def _done() -> str:
    return t(DONE.get(request.args.get("done", ""), ""))


def _options(name: str) -> list[tuple[str, str]]:
    return [(code, t(text)) for code, text in LABELS[name].items()]


@door.get("/catalogue")
@public
@unit_of_work
def listing(ctx: Ctx) -> str:
    """The items, by mode, authority and words."""
    asked = request.args
    state = asked.get("state") or "kept"
    wanted = queries.items(
        mode=asked.get("mode", ""),
        authority=asked.get("authority", ""),
        text=asked.get("q", ""),
        kept={"kept": True, "cancelled": False}.get(state),
    )
    return render(
        "marketplace/catalogue/list.html",
        page=page_of(ctx.session, wanted, key=(CatalogueItem.code,), cursor=asked.get("after")),
        modes=_options("catalogue.mode"),
        states=[("cancelled", t("已取消")), ("all", t("保留和已取消"))],
        authorities=[(name, name) for name in queries.authorities(ctx)],
        done=_done(),
    )


@door.get("/catalogue.csv")
@public
@unit_of_work
def export(ctx: Ctx) -> ResponseReturnValue:
    """The whole catalogue as a file that spreadsheets open safely."""
    response = Response(service.export_csv(ctx).encode("utf-8-sig"), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="catalogue.csv"'
    return response


@door.get("/catalogue/<code>")
@public
@unit_of_work
def show(ctx: Ctx, code: str) -> str:
    """One item and its history."""
    row = queries.item(ctx, code)
    changes = page_of(
        ctx.session, queries.history(code), key=(CatalogueChange.version,), cursor=request.args.get("after"), rows=50
    )
    return render("marketplace/catalogue/item.html", item=row, page=changes, done=_done())


@door.get("/catalogue/new")
@requires("catalogue.edit")
@unit_of_work
def new(ctx: Ctx) -> str:
    """The form of a new item."""
    return _form(None, {"kept_from": shanghai_date(ctx.now).isoformat()}, {})


@door.post("/catalogue/new")
@requires("catalogue.edit")
@unit_of_work
def add(ctx: Ctx) -> ResponseReturnValue:
    """Add the item."""
    data, errors = form_of(ItemForm, request.form)
    if errors:
        return _form(None, request.form, errors), 422
    data.pop("version")
    try:
        row = service.add_item(ctx, facts=_facts(data, data.pop("code")))
    except DomainError as error:
        return _refused(error, None)
    return see_other(url_for("marketplace_catalogue.show", code=row.code), done="added")


@door.get("/catalogue/<code>/edit")
@requires("catalogue.edit")
@unit_of_work
def edit(ctx: Ctx, code: str) -> str:
    """The form of an item as it stands."""
    row = queries.item(ctx, code)
    form = row.facts.data() | {"qualifications": "\n".join(row.qualifications), "version": row.version}
    return _form(row, form, {})


@door.post("/catalogue/<code>/edit")
@requires("catalogue.edit")
@unit_of_work
def save(ctx: Ctx, code: str) -> ResponseReturnValue:
    """Give the item its new version."""
    row = queries.item(ctx, code)
    data, errors = form_of(ItemForm, request.form)
    if errors:
        return _form(row, request.form, errors), 422
    version = data.pop("version")
    data.pop("code")
    try:
        service.edit_item(ctx, code, facts=_facts(data, code), version=version)
    except DomainError as error:
        return _refused(error, row)
    return see_other(url_for("marketplace_catalogue.show", code=code), done="saved")


@door.get("/catalogue/<code>/state")
@requires("catalogue.edit")
@unit_of_work
def ask_reason(ctx: Ctx, code: str) -> str:
    """Ask why the item is cancelled or restored."""
    return render("marketplace/catalogue/state.html", item=queries.item(ctx, code), form={}, errors={})


@door.post("/catalogue/<code>/state")
@requires("catalogue.edit")
@unit_of_work
def turn(ctx: Ctx, code: str) -> ResponseReturnValue:
    """Cancel an item that is kept, restore one that is cancelled."""
    row = queries.item(ctx, code)
    data, errors = form_of(ItemStateForm, request.form)
    if errors:
        return render("marketplace/catalogue/state.html", item=row, form=request.form, errors=errors), 422
    cancels = data["verb"] == "cancel"
    (service.cancel if cancels else service.restore)(ctx, code, reason=data["reason"])
    return see_other(url_for("marketplace_catalogue.show", code=code), done="cancelled" if cancels else "restored")


@door.get("/catalogue/import")
@requires("catalogue.edit")
@unit_of_work
def choose_file(ctx: Ctx) -> str:
    """Ask for a file."""
    return render("marketplace/catalogue/import.html", errors={}, report=None)


@door.post("/catalogue/import")
@requires("catalogue.edit")
@unit_of_work
def import_file(ctx: Ctx) -> ResponseReturnValue:
    """Check a file, or import all of it; errors are listed by line and column."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _no_file(ItemTextMissing(field="file"))
    try:
        report = service.import_csv(ctx, upload.read(), dry_run=request.form.get("step") != "import")
    except CsvUnreadable as error:
        return _no_file(error)
    if report.written:
        return see_other(url_for("marketplace_catalogue.listing"), done="imported")
    rows = [(error.line, error.column, error.error.say(t)) for error in report.errors]
    page = render("marketplace/catalogue/import.html", errors={}, report=report, rows=rows)
    return page, 422 if rows else 200


def _no_file(error: DomainError) -> ResponseReturnValue:
    words = "：".join(filter(None, (error.say(t), error.advise(t))))
    return render("marketplace/catalogue/import.html", errors={"file": [words]}, report=None), 422


def _form(item: CatalogueItem | None, form: Any, errors: dict[str, list[str]]) -> str:
    return render(
        "marketplace/catalogue/edit.html",
        item=item,
        form=form,
        errors=errors,
        modes=_options("catalogue.mode"),
        price_modes=_options("catalogue.price_mode"),
    )


def _refused(error: DomainError, item: CatalogueItem | None) -> ResponseReturnValue:
    return _form(item, request.form, {error.field or "_": [error.say(t)]}), 422


def _facts(data: dict[str, Any], code: str) -> ItemFacts:
    return ItemFacts(code=code, **{**data, "qualifications": rules.names_of(data["qualifications"])})
