"""HTML door of relations: one's own, and a registry's file."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.relations import queries, rules, service
from marketplace.relations.errors import RelationFileUnreadable
from marketplace.relations.schemas import RelationIn
from marketplace.web.doors import form_of, page_door, render, requires, see_other, unit_of_work
from marketplace.web.language import t

door = page_door("relations", __name__)

DONE = {
    "added": "关联关系已登记，立即生效",
    "ended": "关联关系已移除",
    "declared": "申报已提交",
    "imported": "文件已导入",
}


def _page(ctx: Ctx, form: Any, errors: dict[str, list[str]]) -> str:
    mine = ctx.actor.organisation_id or ""
    rows = [(row, queries.name(ctx, row)) for row in queries.relations(ctx, mine)]
    return render(
        "marketplace/relations/own.html",
        rows=rows,
        statement=queries.statement(ctx, mine),
        kinds=[(code, t(words)) for code, words in rules.KINDS.items()],
        commitment=rules.COMMITMENT,
        form=form,
        errors=errors,
        done=t(DONE.get(request.args.get("done", ""), "")),
    )


def _told(error: DomainError) -> dict[str, list[str]]:
    error.facts = {name: t(value) if isinstance(value, str) else value for name, value in error.facts.items()}
    return {error.field or "_": ["　".join(filter(None, (error.say(t), error.advise(t))))]}


def _home(done: str) -> ResponseReturnValue:
    return see_other(url_for("marketplace_relations.own"), done=done)


@door.get("/relations")
@requires("relation.declare")
@unit_of_work
def own(ctx: Ctx) -> str:
    """What my organisation has declared, and what may be added."""
    return _page(ctx, {}, {})


@door.post("/relations")
@requires("relation.declare")
@unit_of_work
def add(ctx: Ctx) -> ResponseReturnValue:
    """Enter one relation."""
    data, errors = form_of(RelationIn, request.form)
    if not errors:
        try:
            service.add(ctx, **data)
        except DomainError as error:
            errors = _told(error)
        else:
            return _home("added")
    return _page(ctx, request.form, errors), 422


@door.post("/relations/<relation_id>/end")
@requires("relation.declare")
@unit_of_work
def end(ctx: Ctx, relation_id: str) -> ResponseReturnValue:
    """End one relation."""
    service.end(ctx, relation_id)
    return _home("ended")


@door.post("/relations/statement")
@requires("relation.declare")
@unit_of_work
def declare(ctx: Ctx) -> ResponseReturnValue:
    """Declare that the list is complete, also when it is empty."""
    try:
        service.declare(ctx, committed=request.form.get("committed") == "true")
    except DomainError as error:
        return _page(ctx, {}, _told(error)), 422
    return _home("declared")


@door.get("/ops/relations")
@requires("relation.import")
@unit_of_work
def choose_file(ctx: Ctx) -> str:
    """Ask for a registry's file."""
    return _file_page({}, None)


def _file_page(errors: dict[str, list[str]], report: service.ImportReport | None) -> str:
    rows = [(problem.line, _told(problem.error)) for problem in report.problems] if report else []
    told = [(line, text) for line, words in rows for texts in words.values() for text in texts]
    done = t(DONE.get(request.args.get("done", ""), ""))
    return render("marketplace/relations/import.html", errors=errors, report=report, rows=told, done=done)


@door.post("/ops/relations")
@requires("relation.import")
@unit_of_work
def take_file(ctx: Ctx) -> ResponseReturnValue:
    """Check a file, or take all of it over; problems are listed by line."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _file_page(_told(RelationFileUnreadable(field="file", why="没有选择文件")), None), 422
    try:
        report = service.import_file(ctx, upload.read(), dry_run=request.form.get("step") != "import")
    except RelationFileUnreadable as error:
        return _file_page(_told(error), None), 422
    if report.written:
        return see_other(url_for("marketplace_relations.choose_file"), done="imported")
    return _file_page({}, report), 422 if report.problems else 200
