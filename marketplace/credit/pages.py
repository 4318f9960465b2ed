"""HTML door of credit: rating, replying, the score point by point, the ranking, the regulator's cases."""

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.agencies import queries as agencies
from marketplace.contracts import queries as contracts
from marketplace.contracts.errors import ContractNotFound
from marketplace.credit import appeals, queries, service
from marketplace.credit.models import Appeal, Review, ScoreEntry
from marketplace.credit.schemas import LABELS, MARKS, AppealDecisionIn, AppealIn, BlockIn, ReplyIn, ReviewIn
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.rulebook.queries import rules_at, rules_of
from marketplace.web.doors import form_of, page_door, public, render, requires, see_other, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of

door = page_door("credit", __name__)

COUNTRY = "000000"
MANY = 100
DONE = {
    "rated": "评价已提交",
    "replied": "回应已提交",
    "appealed": "申诉已提交，处理期间该记录暂不计分",
    "blocked": "评价文字已屏蔽，评分照常计算",
    "decided": "申诉处理决定已记录，信用分已重新计算",
}
Errors = dict[str, list[str]]


def _done() -> str:
    return t(DONE.get(request.args.get("done", ""), ""))


def _tried(verb: Callable[[], Any]) -> Errors:
    """Run a verb; its refusal of a field becomes the form's error."""
    try:
        verb()
    except DomainError as error:
        if error.field is None:
            raise
        return {error.field: [error.say(t)]}
    return {}


# --- everybody --------------------------------------------------------------------------------------------------------


@door.get("/rankings")
@door.get("/ratings", endpoint="ratings")
@public
@unit_of_work
def rankings(ctx: Ctx) -> str:
    """信用排名 with its method."""
    wanted = queries.ranking(request.args.get("item") or None)
    page = page_of(ctx.session, wanted, key=queries.RANKING_KEY, descending=True, cursor=request.args.get("after"))
    book = rules_at(ctx, COUNTRY, ctx.now)
    return render("marketplace/credit/rankings.html", page=page, book=book, figures=queries.figures(ctx))


@door.get("/rankings/<uscc>")
@public
@unit_of_work
def explained(ctx: Ctx, uscc: str) -> str:
    """The score of one agency point by point, and its reviews."""
    agency = agencies.by_uscc(ctx, uscc)
    return render("marketplace/credit/explained.html", agency=agency, **_credit(ctx, agency.id))


# --- buyer ------------------------------------------------------------------------------------------------------------


@door.route("/buyer/reviews/<contract_id>", methods=["GET", "POST"])
@requires("review.write")
@unit_of_work
def review(ctx: Ctx, contract_id: str) -> ResponseReturnValue:
    """Rate finished work, or read what was written."""
    contract = contracts.contract(ctx, contract_id)
    if contract.buyer_id != ctx.actor.organisation_id:
        raise ContractNotFound
    errors: Errors = {}
    if request.method == "POST":
        data, errors = form_of(ReviewIn, request.form)
        errors = errors or _tried(lambda: service.review(ctx, contract_id, **data))
        if not errors:
            return see_other(url_for(".review", contract_id=contract_id), done="rated")
    written = queries.review_of(ctx, contract_id)
    page = render(
        "marketplace/credit/review.html",
        contract=contract,
        review=written,
        marks=_mark_names(),
        top=int(rules_of(ctx, contract.ruleset_id)["rating.scale_max"]),
        form=request.form,
        errors=errors,
        names=contracts.names(ctx, [contract]),
        done=_done(),
    )
    return page, 422 if errors else 200


@door.get("/buyer/contracts/<contract_id>/review")
@requires("review.write")
def review_from_desk(contract_id: str) -> ResponseReturnValue:
    """The same page under the contract's address."""
    return see_other(url_for("marketplace_credit.review", contract_id=contract_id))


# --- agency -----------------------------------------------------------------------------------------------------------


@door.get("/agency/credit")
@requires("review.reply")
@unit_of_work
def own_credit(ctx: Ctx) -> str:
    """The agency's own score point by point, with what can still be answered or contested."""
    agency_id = ctx.actor.organisation_id or ""
    entries = page_of(ctx.session, queries.entries(agency_id), key=(ScoreEntry.id,), descending=True, rows=MANY)
    facts = _credit(ctx, agency_id)
    facts["sources"] |= queries.sources(ctx, [row.reference for row in entries.items])
    return render(
        "marketplace/credit/own.html",
        entries=entries.items,
        appeals=queries.appealed(ctx, agency_id),
        done=_done(),
        **facts,
    )


@door.route("/agency/reviews/<review_id>", methods=["GET", "POST"])
@requires("review.reply")
@unit_of_work
def reply(ctx: Ctx, review_id: str) -> ResponseReturnValue:
    """One review of the agency's work, and its answer."""
    found = queries.own_review(ctx, review_id)
    errors: Errors = {}
    if request.method == "POST":
        data, errors = form_of(ReplyIn, request.form)
        if not errors:
            service.reply(ctx, review_id, **data)
            return see_other(url_for(".reply", review_id=review_id), done="replied")
    page = render("marketplace/credit/reply.html", form=request.form, errors=errors, done=_done(), **_case(ctx, found))
    return page, 422 if errors else 200


@door.route("/agency/<any(reviews, entries):what>/<id>/appeal", methods=["GET", "POST"])
@requires("review.reply")
@unit_of_work
def appeal(ctx: Ctx, what: str, id: str) -> ResponseReturnValue:
    """Contest a review or a decided fact."""
    contested = queries.own_review(ctx, id) if what == "reviews" else queries.own_entry(ctx, id)
    errors: Errors = {}
    if request.method == "POST":
        data, errors = form_of(AppealIn, request.form)
        verb = appeals.appeal_review if what == "reviews" else appeals.appeal_entry
        if not errors:
            verb(ctx, id, **data)
            return see_other(url_for(".own_credit"), done="appealed")
    page = render(
        "marketplace/credit/appeal.html",
        what=what,
        contested=contested,
        sources=_sources(ctx, contested),
        form=request.form,
        errors=errors,
    )
    return page, 422 if errors else 200


# --- regulator --------------------------------------------------------------------------------------------------------


@door.get("/regulator/ratings")
@requires("credit.read")
@unit_of_work
def cases(ctx: Ctx) -> str:
    """Appeals that wait, the most urgent first; then all reviews, the newest first."""
    waiting = page_of(ctx.session, queries.open_appeals(), key=(Appeal.due_at, Appeal.id), rows=MANY)
    page = page_of(ctx.session, queries.ratings(), key=(Review.id,), descending=True, cursor=request.args.get("after"))
    ids = [row.agency_id for row in (*page.items, *waiting.items)]
    return render(
        "marketplace/credit/cases.html",
        waiting=waiting.items,
        page=page,
        names=queries.agency_names(ctx, ids),
        contracts=queries.contracts_of(ctx, page.items),
        figures=queries.figures(ctx),
        done=_done(),
    )


@door.route("/regulator/ratings/<review_id>", methods=["GET", "POST"])
@requires("credit.write")
@unit_of_work
def case(ctx: Ctx, review_id: str) -> ResponseReturnValue:
    """One review with the work it is about, the reply and the appeal; its words may be blocked here."""
    found = queries.review(ctx, review_id)
    errors: Errors = {}
    if request.method == "POST":
        data, errors = form_of(BlockIn, request.form)
        errors = errors or _tried(lambda: service.block(ctx, review_id, **data))
        if not errors:
            return see_other(url_for(".case", review_id=review_id), done="blocked")
    reasons = [(code, t(words)) for code, words in LABELS["credit.block_reason"].items()]
    page = render(
        "marketplace/credit/case.html",
        form=request.form,
        errors=errors,
        reasons=reasons,
        done=_done(),
        **_case(ctx, found),
    )
    return page, 422 if errors else 200


@door.route("/regulator/appeals/<appeal_id>", methods=["GET", "POST"])
@requires("credit.write")
@unit_of_work
def decide(ctx: Ctx, appeal_id: str) -> ResponseReturnValue:
    """Decide an appeal; the next waiting one is shown after that."""
    found = queries.appeal(ctx, appeal_id)
    errors: Errors = {}
    if request.method == "POST":
        data, errors = form_of(AppealDecisionIn, request.form)
        errors = errors or _tried(lambda: appeals.decide_appeal(ctx, appeal_id, **data))
        if not errors:
            return see_other(url_for(".cases"), done="decided")
    contested = queries.contested(ctx, found)
    facts = _case(ctx, contested) if isinstance(contested, Review) else {"fact": contested}
    page = render(
        "marketplace/credit/decide.html",
        form=request.form,
        errors=errors,
        found=found,
        agency=agencies.agency(ctx, found.agency_id),
        sources=_sources(ctx, contested),
        **{**facts, "appeal": found},
    )
    return page, 422 if errors else 200


def _sources(ctx: Ctx, fact: Review | ScoreEntry) -> dict[str, Any]:
    return queries.sources(ctx, [fact.reference] if isinstance(fact, ScoreEntry) else [])


def _mark_names() -> list[tuple[str, str]]:
    return [(name, t(LABELS["credit.mark"][name])) for name in MARKS]


def _case(ctx: Ctx, found: Review) -> dict[str, Any]:
    contract = contracts.contract(ctx, found.contract_id)
    return {
        "review": found,
        "contract": contract,
        "parts": contracts.milestones(ctx, contract.id),
        "names": contracts.names(ctx, [contract]),
        "marks": _mark_names(),
        "appeal": queries.appeal_of(ctx, "review", found.id),
    }


def _credit(ctx: Ctx, agency_id: str) -> dict[str, Any]:
    page = page_of(
        ctx.session, queries.ratings(agency_id), key=(Review.id,), descending=True, cursor=request.args.get("after")
    )
    grade = queries.grade_of(ctx, agency_id)
    lines = [line["reference"] for line in grade.lines] if grade else []
    return {
        "grade": grade,
        "sources": queries.sources(ctx, lines),
        "history": page_of(ctx.session, queries.grades(agency_id), key=queries.GRADE_KEY, descending=True).items,
        "page": page,
        "contracts": queries.contracts_of(ctx, page.items),
        "figures": queries.figures(ctx, agency_id),
        "marks": _mark_names(),
    }
