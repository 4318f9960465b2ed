"""Posting a need in short pages. Every page is saved into the draft, so it can be left and resumed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.agencies import queries as agencies
from marketplace.budgets import queries as budgets
from marketplace.budgets.queries import balances
from marketplace.catalogue import queries as catalogue
from marketplace.identity import queries as identity
from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.rulebook import queries as rulebook
from marketplace.tenders import queries, service
from marketplace.tenders.models import Tender
from marketplace.tenders.pages import arranging, doorway
from marketplace.tenders.pages.doorway import as_form, door, field_errors
from marketplace.tenders.pages.steps import FURTHER, NAMES, PLACES, STEPS, ServiceStep, following_of, step_of
from marketplace.tenders.rules import DraftFacts
from marketplace.web.doors import form_of, render, requires, see_other, unit_of_work
from marketplace.web.language import t

CLOSING_HOUR = 17


def _address(number: str, step: str) -> str:
    if step == "check":
        return url_for("marketplace_tenders.check_draft", number=number)
    return url_for("marketplace_tenders.step", number=number, step=step)


def _beginning(ctx: Ctx, *, commissioned: bool) -> DraftFacts:
    """What the buyer's own state already says, so that nobody is asked for it."""
    department = "department" in ctx.actor.roles
    return {
        "content": "",
        "government_commissioned": commissioned,
        "fund_source": "fiscal" if department else "social",
        "payer": "department" if department else "buyer",
        "method": "random" if commissioned else "lowest",
        "avoidances": [],
    }


def _service_page(ctx: Ctx, form: Mapping[str, str], errors: Mapping[str, list[str]], **more: Any) -> str:
    kept = [(row.code, row.name) for row in ctx.session.scalars(catalogue.items(kept=True))]
    facts = {"form": form, "errors": errors, "names": NAMES, "items": kept, "place": 1, "tender": None}
    regions = doorway.region_names(ctx)
    if own := form.get("region"):
        regions.setdefault(own, doorway.region_name(ctx, own))
    return render("marketplace/tenders/post_service.html", **{**facts, "regions": list(regions.items()), **more})


@door.get("/buyer/tenders/new")
@requires("tender.draft")
@unit_of_work
def new(ctx: Ctx) -> str:
    """Begin a notice."""
    region = identity.organisation(ctx, ctx.actor.organisation_id or "").region
    return _service_page(ctx, {"region": region, "item_code": request.args.get("item", "")}, {}, commissioned=False)


@door.get("/dept/tenders/new")
@requires("budget.read")
@unit_of_work
def new_review(ctx: Ctx) -> str:
    """Begin a technical review that the department commissions within an approval."""
    ctx.require("tender.draft")
    region = identity.organisation(ctx, ctx.actor.organisation_id or "").region
    return _service_page(ctx, {"region": region}, {}, commissioned=True)


@door.post("/buyer/tenders/new")
@requires("tender.draft")
@unit_of_work
def begin(ctx: Ctx) -> ResponseReturnValue:
    """Save the first page: from here on there is a draft to come back to."""
    return _begin(ctx, commissioned=False)


@door.post("/dept/tenders/new")
@requires("tender.draft")
@unit_of_work
def begin_review(ctx: Ctx) -> ResponseReturnValue:
    """The same for a commissioned review."""
    return _begin(ctx, commissioned=True)


def _begin(ctx: Ctx, *, commissioned: bool) -> ResponseReturnValue:
    data, errors = form_of(ServiceStep, request.form)
    if not errors:
        try:
            limit = catalogue.kept_item(ctx, data["item_code"]).time_limit_workdays
            known = {**_beginning(ctx, commissioned=commissioned), "service_workdays": limit, **data}
            tender = service.draft(ctx, **cast("DraftFacts", known))
        except DomainError as error:
            errors = field_errors(error)
        else:
            return see_other(_address(tender.number, "requirement"))
    return _service_page(ctx, request.form, errors, commissioned=commissioned), 422


def _draft(ctx: Ctx, number: str) -> Tender:
    return queries.own(ctx, queries.by_number(ctx, number).id)


@door.get("/buyer/tenders/<number>/edit/<any(service, requirement, money, method, time):step>", endpoint="step")
@requires("tender.draft")
@unit_of_work
def show_step(ctx: Ctx, number: str, step: str) -> str:
    """One page of a draft, filled with what is saved; what is wrong with it so far stands beside it."""
    tender = _draft(ctx, number)
    schema = cast("Any", STEPS[step][1])
    form = as_form({name: getattr(tender, name, None) for name in schema.Meta.fields}, schema.Meta.fields)
    if step == "method":
        form = arranging.form_of(tender)
    if step == "money" and tender.direct_agency_id:
        form["direct_uscc"] = agencies.agency(ctx, tender.direct_agency_id).uscc
    if step == "money":
        form.update(zip(FURTHER, tender.further_line_ids, strict=False))
    if step == "time" and tender.closes_at is None:
        form["closes_at"] = as_form({"closes_at": _usual_closing(ctx, tender)}, ["closes_at"])["closes_at"]
    return _step_page(ctx, tender, step, form, {})


def _usual_closing(ctx: Ctx, tender: Tender) -> datetime:
    """The afternoon of the working day after the shortest sign-up. Source: posting.signup_min_workdays."""
    days = queries.rules_for(ctx, tender)["posting.signup_min_workdays"] + 1
    until = rulebook.add_workdays(ctx, ctx.now, days).astimezone(SHANGHAI)
    return until.replace(hour=CLOSING_HOUR, minute=0, second=0, microsecond=0)


def _step_page(ctx: Ctx, tender: Tender, step: str, form: Mapping[str, str], errors: Mapping[str, list[str]]) -> str:
    place = PLACES.index("money" if step == "method" else step) + 1
    facts: dict[str, Any] = {"tender": tender, "place": place, "names": NAMES, "form": form, "errors": errors}
    if step == "service":
        return _service_page(ctx, form, errors, tender=tender, commissioned=tender.government_commissioned)
    if step == "requirement":
        facts["authorities"] = queries.authorities(ctx)
    if step == "money":
        facts["methods"] = doorway.methods(ctx, competitive=tender.government_commissioned)
        facts["lines"] = balances.lines_to_choose(ctx, tender.buyer_id, ctx.now) if tender.payer == "department" else []
        facts["limit_fen"] = queries.rules_for(ctx, tender).fen("threshold.direct_max_yuan")
    if step == "method":
        facts["asked"], facts["book"] = arranging.ASKED.get(tender.method, ()), queries.rules_for(ctx, tender)
    if step == "time":
        book = queries.rules_for(ctx, tender)
        facts["days"] = book["posting.signup_min_workdays"]
        facts["urgent_days"] = book["posting.signup_min_urgent_workdays"]
    return render(f"marketplace/tenders/post_{step}.html", **facts)


@door.post("/buyer/tenders/<number>/edit/<any(service, requirement, money, method, time):step>")
@requires("tender.draft")
@unit_of_work
def save_step(ctx: Ctx, number: str, step: str) -> ResponseReturnValue:
    """Save one page and go on, or back to the check page when one came from there."""
    tender = _draft(ctx, number)
    data, errors = form_of(STEPS[step][1], request.form)
    if not errors:
        try:
            if step == "money":
                data = _with_agency(ctx, _with_lines(data))
            if step == "method":
                data = arranging.facts_of(data, tender.method)
            tender = service.revise(ctx, tender.id, **cast("DraftFacts", data))
        except DomainError as error:
            errors = field_errors(error)
        else:
            following = following_of(step, tender.method)
            to_check = request.args.get("back") and not (step == "money" and following == "method")
            return see_other(_address(number, "check" if to_check else following))
    return _step_page(ctx, tender, step, request.form, errors), 422


def _with_lines(data: dict[str, Any]) -> dict[str, Any]:
    """The lines after the first as one list, in their order."""
    chosen = [data.pop(name) for name in FURTHER]
    return {**data, "further_line_ids": [id for id in chosen if id]}


def _with_agency(ctx: Ctx, data: dict[str, Any]) -> dict[str, Any]:
    """The named agency by its code. Raises AgencyNotFound at the field."""
    uscc = data.pop("direct_uscc")
    if data["method"] != "direct":
        return {**data, "direct_agency_id": None, "direct_reason": ""}
    try:
        return {**data, "direct_agency_id": agencies.by_uscc(ctx, uscc).id if uscc else None}
    except DomainError as refusal:
        refusal.field = "direct_uscc"
        raise


@door.get("/buyer/tenders/<number>/check")
@requires("tender.draft")
@unit_of_work
def check_draft(ctx: Ctx, number: str) -> str:
    """The whole notice once more, with everything that would stop it and the page to mend it on."""
    return _check_page(ctx, _draft(ctx, number), service.check(ctx, _draft(ctx, number).id))


def _check_page(ctx: Ctx, tender: Tender, problems: list[DomainError]) -> str:
    found = [
        {"text": problem.say(t), "remedy": problem.advise(t), "step": step_of(problem.field or "")}
        for problem in problems
    ]
    ids = [tender.budget_line_id, *tender.further_line_ids] if tender.budget_line_id else []
    lines = [budgets.line(ctx, id).name for id in ids]
    direct = agencies.agency(ctx, tender.direct_agency_id) if tender.direct_agency_id else None
    facts: dict[str, Any] = {"problems": found, "lines": lines, "direct": direct, "names": NAMES, "place": len(NAMES)}
    facts |= {"arrangement": arranging.arrangement(ctx, tender), "asked_methods": arranging.ASKED}
    item = catalogue.item(ctx, tender.item_code)
    region = doorway.region_name(ctx, tender.region)
    return render("marketplace/tenders/post_check.html", tender=tender, item=item, region=region, **facts)


@door.post("/buyer/tenders/<number>/publish")
@requires("tender.publish")
@unit_of_work
def publish(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Send it out; what stops it is shown on the check page."""
    tender = _draft(ctx, number)
    try:
        with ctx.session.begin_nested():
            service.publish(ctx, tender.id)
    except DomainError as refusal:
        return _check_page(ctx, _draft(ctx, number), [refusal]), 422
    return see_other(url_for("marketplace_tenders.manage", number=number), done="published")
