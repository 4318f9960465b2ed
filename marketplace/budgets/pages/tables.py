"""Appropriations as files: a template, a trial that lists every fault, booking whole, and the way out again."""

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.budgets import importing, sheets
from marketplace.budgets.errors import SheetRefused
from marketplace.budgets.pages.doorway import done, door, table
from marketplace.budgets.queries import papers
from marketplace.budgets.trial import HEADINGS
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.web.doors import render, requires, see_other, unit_of_work
from marketplace.web.language import t

SHOWN_FAULTS = 500
_SAMPLE = [
    "2026",
    "财预〔2026〕15号",
    "2026-01-05",
    "环境影响技术评估费",
    "2110104",
    "30227",
    "",
    "财政拨款",
    "120000.00",
]


@door.get("/dept/budgets/import")
@requires("budget.write")
@unit_of_work
def import_form(ctx: Ctx) -> str:
    """Where to get the template and hand in the file."""
    return render("marketplace/budgets/import.html", errors={}, headings=HEADINGS, done=done())


@door.post("/dept/budgets/import")
@requires("budget.write")
@unit_of_work
def upload_sheet(ctx: Ctx) -> ResponseReturnValue:
    """Keep the file and show what it would do."""
    file = request.files.get("file")
    if file is None or not file.filename:
        errors = {"file": [t("请选择要导入的文件")]}
        return render("marketplace/budgets/import.html", errors=errors, headings=HEADINGS), 422
    try:
        row = importing.upload(ctx, name=file.filename, content=file.stream.read(sheets.MAX_BYTES + 1))
    except SheetRefused as error:
        errors = {"file": [f"{error.say(t)}。{error.advise(t)}"]}
        return render("marketplace/budgets/import.html", errors=errors, headings=HEADINGS), 422
    return see_other(url_for("marketplace_budgets.show_sheet", sheet_id=row.id))


@door.get("/dept/budgets/import/<sheet_id>")
@requires("budget.write")
@unit_of_work
def show_sheet(ctx: Ctx, sheet_id: str) -> str:
    """The trial: good rows, and every fault by row and column."""
    row = papers.sheet(ctx, sheet_id)
    trial = importing.try_out(ctx, row.department_id, row.content)
    return render("marketplace/budgets/sheet.html", sheet=row, trial=trial, most=SHOWN_FAULTS, done=done())


@door.post("/dept/budgets/import/<sheet_id>")
@requires("budget.write")
@unit_of_work
def book_sheet(ctx: Ctx, sheet_id: str) -> ResponseReturnValue:
    """Book every row, or none."""
    importing.book(ctx, sheet_id)
    return see_other(url_for("marketplace_budgets.show_sheet", sheet_id=sheet_id), done="booked")


@door.get("/dept/budgets/template")
@requires("budget.write")
@unit_of_work
def template(ctx: Ctx) -> Response:
    """An empty table with one row as an example."""
    return table("budget-template", "指标下达", HEADINGS, [_SAMPLE])


@door.get("/dept/budgets/export")
@requires("budget.read")
@unit_of_work
def export(ctx: Ctx) -> Response:
    """The department's appropriations of a year, fit to be imported again. ?year=, ?format="""
    asked = request.args.get("year", "")
    year = int(asked[:9]) if asked.isdecimal() else shanghai_date(ctx.now).year
    rows = importing.rows_of(ctx, ctx.actor.organisation_id or "", year)
    return table(f"budget-{year}", f"{year}指标", HEADINGS, rows)
