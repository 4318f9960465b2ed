"""Public notices of contracts and the pages of both sides, one decision a page."""

from collections.abc import Mapping
from typing import Any

from flask import request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from marketplace.contracts import queries, rules, service
from marketplace.contracts.errors import ContractNotFound, FileRefused
from marketplace.contracts.models import Contract, SigningDelay
from marketplace.contracts.pages.doorway import SIDE, Step, done, door, take_step
from marketplace.contracts.schemas import PERCENT_BP, DeliveryForm, DraftForm
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.web.doors import form_of, public, render, requires, see_other, signed_in, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of

PLAN_ROWS = 5


def _confirm(ctx: Ctx, contract_id: str) -> Contract:
    """Confirm the text that the page has shown."""
    return service.confirm(ctx, contract_id, revision=request.form.get("revision", type=int))


STEPS = {
    "confirm": Step("确认合同", "双方都确认后合同生效、对外公示，并占用预算；生效后不能删除。", "confirmed", _confirm),
    "return": Step(
        "退回草稿", "退回后双方的确认失效，由项目业主修改后重新确认。", "returned", service.return_draft, True
    ),
    "terminate": Step(
        "提前终止合同",
        "双方同意或者由行业主管部门决定；未到应付阶段的预算退回，已验收的部分照常付款。",
        "asked",
        service.terminate,
        True,
    ),
    "discard": Step("删除草稿", "删除后可以重新起草。", "discarded", service.discard),
}
PART_STEPS = {
    "accept": Step(
        "验收通过", "验收后该节点款项转为应付，付款期限开始计算；验收不能撤回。", "accepted", service.accept
    ),
    "return": Step("退回成果", "请写明需要修改的内容，机构修改后重新提交。", "sent_back", service.return_, True),
}


def _own(ctx: Ctx, contract_id: str, side: str) -> Contract:
    """The contract when the actor stands on that side of it. Raises ContractNotFound."""
    found = queries.contract(ctx, contract_id)
    if queries.side_of(ctx, found) != side:
        raise ContractNotFound
    return found


@door.get("/contracts")
@public
@unit_of_work
def notices(ctx: Ctx) -> str:
    """合同公示: the list."""
    key = (Contract.signed_at, Contract.id)
    page = page_of(ctx.session, queries.published(), key=key, descending=True, cursor=request.args.get("after"))
    return render("marketplace/contracts/list.html", page=page, names=queries.names(ctx, page.items))


@door.get("/contracts/<number>")
@public
@unit_of_work
def notice(ctx: Ctx, number: str) -> str:
    """合同公示: one contract with its milestones and clocks."""
    return render("marketplace/contracts/notice.html", **_facts(ctx, queries.by_number(ctx, number)))


@door.get("/desk/contracts/<contract_id>")
@signed_in
@unit_of_work
def own_side(ctx: Ctx, contract_id: str) -> ResponseReturnValue:
    """The contract's page on the actor's own side."""
    side = queries.side_of(ctx, queries.contract(ctx, contract_id))
    return see_other(url_for("marketplace_contracts.show", side=side, contract_id=contract_id))


@door.get("/regulator/contracts/<contract_id>")
@requires("supervision.read")
@unit_of_work
def oversee(ctx: Ctx, contract_id: str) -> str:
    """The whole contract for the authority."""
    found = queries.readable(ctx, contract_id)
    files = queries.deliverables(ctx, found.id)
    return render("marketplace/contracts/contract.html", side="", files=files, done=done(), **_facts(ctx, found))


@door.route("/regulator/contracts/<contract_id>/terminate", methods=["GET", "POST"])
@requires("finding.decide")
@unit_of_work
def end_by_authority(ctx: Ctx, contract_id: str) -> ResponseReturnValue:
    """An authority ends a contract at once."""
    here = url_for("marketplace_contracts.oversee", contract_id=contract_id)
    return take_step(ctx, STEPS["terminate"], contract_id, queries.readable(ctx, contract_id), None, here, here)


@door.get(f"/{SIDE}/contracts")
@requires("contract.confirm")
@unit_of_work
def mine(ctx: Ctx, side: str) -> str:
    """The contracts of one's own organisation, and awards whose contract is overdue."""
    organisation_id = ctx.actor.organisation_id or ""
    wanted = queries.of_organisation(organisation_id)
    page = page_of(ctx.session, wanted, key=(Contract.id,), descending=True, cursor=request.args.get("after"))
    delays = page_of(ctx.session, queries.signing_delays(organisation_id), key=(SigningDelay.award_id,), rows=100)
    names = queries.names(ctx, page.items)
    return render(
        "marketplace/contracts/mine.html", page=page, side=side, names=names, delays=delays.items, done=done()
    )


@door.get(f"/{SIDE}/contracts/<contract_id>")
@requires("contract.confirm")
@unit_of_work
def show(ctx: Ctx, side: str, contract_id: str) -> str:
    """One contract for one of its parties."""
    found = _own(ctx, contract_id, side)
    files = queries.deliverables(ctx, found.id)
    return render("marketplace/contracts/contract.html", side=side, files=files, done=done(), **_facts(ctx, found))


@door.route(f"/{SIDE}/contracts/<contract_id>/<any(confirm, return, terminate, discard):step>", methods=["GET", "POST"])
@requires("contract.confirm")
@unit_of_work
def decide(ctx: Ctx, side: str, contract_id: str, step: str) -> ResponseReturnValue:
    """One decision about the contract: asked on a page of its own, then done."""
    found = _own(ctx, contract_id, side)
    here = url_for("marketplace_contracts.show", side=side, contract_id=contract_id)
    after = url_for("marketplace_contracts.mine", side=side) if step == "discard" else here
    return take_step(ctx, STEPS[step], contract_id, found, None, here, after)


@door.route("/buyer/milestones/<milestone_id>/<any(accept, return):step>", methods=["GET", "POST"])
@requires("delivery.accept")
@unit_of_work
def judge(ctx: Ctx, milestone_id: str, step: str) -> ResponseReturnValue:
    """Accept or return the result of a milestone."""
    part, found = queries.own_milestone(ctx, milestone_id, "buyer")
    here = url_for("marketplace_contracts.show", side="buyer", contract_id=found.id)
    return take_step(ctx, PART_STEPS[step], milestone_id, found, part, here, here)


@door.route("/agency/milestones/<milestone_id>/deliver", methods=["GET", "POST"])
@requires("contract.deliver")
@unit_of_work
def deliver(ctx: Ctx, milestone_id: str) -> ResponseReturnValue:
    """Upload a file of the result."""
    part, found = queries.own_milestone(ctx, milestone_id, "agency")
    data, errors = form_of(DeliveryForm, request.form)
    file = request.files.get("file")
    if request.method == "POST" and not errors and file is not None and file.filename:
        try:
            service.deliver(ctx, milestone_id, filename=file.filename, content=file.stream, **data)
        except FileRefused as error:
            errors = {"file": [f"{error.say(t)} {error.advise(t)}"]}
        else:
            here = url_for("marketplace_contracts.show", side="agency", contract_id=found.id)
            return see_other(here, done="delivered")
    elif request.method == "POST" and not errors:
        errors = {"file": [t("请选择文件")]}
    page = render("marketplace/contracts/deliver.html", contract=found, part=part, form=request.form, errors=errors)
    return page, 422 if errors else 200


@door.route("/awards/<number>/contract/new", methods=["GET", "POST"])
@requires("contract.draw")
@unit_of_work
def draw_up(ctx: Ctx, number: str) -> ResponseReturnValue:
    """Draw up the contract of a confirmed award, or write a returned draft again. number: the tender's."""
    award = queries.award_to_draw(ctx, number)
    if request.method == "GET":
        return _draft_page(ctx, award, _prefilled(ctx, award), {})
    data, errors = form_of(DraftForm, request.form)
    if not errors:
        try:
            draft = service.draw_up(ctx, award.award_id, **data)
        except DomainError as error:
            if error.field is None:
                raise
            errors = {"milestone_title" if error.field == "milestones" else error.field: [error.say(t)]}
        else:
            return see_other(url_for("marketplace_contracts.show", side="buyer", contract_id=draft.id), done="drawn")
    return _draft_page(ctx, award, request.form, errors), 422


@door.get("/deliverables/<deliverable_id>/file")
@signed_in
@unit_of_work
def download(ctx: Ctx, deliverable_id: str) -> ResponseReturnValue:
    """A delivered file as an attachment, for parties and the authority."""
    file, path = queries.deliverable_file(ctx, deliverable_id)
    response = send_file(path.resolve(), mimetype=file.media_type, as_attachment=True, download_name=file.name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _facts(ctx: Ctx, found: Contract) -> dict[str, Any]:
    parts = queries.milestones(ctx, found.id)
    late = {
        part.id: rules.days_late(part.late_since, part.delivered_at, part.status, ctx.now)
        for part in parts
        if part.late_since
    }
    due = queries.confirmation_due(ctx, found) if found.status == "pending" else None
    disputes, changes = queries.disputes_of(ctx, found.id), queries.changes(ctx, found.id)
    names = queries.names(ctx, [found])
    return {"contract": found, "parts": parts, "late": late, "due": due, "names": names} | {
        "disputes": disputes,
        "changes": changes,
    }


def _prefilled(ctx: Ctx, award: queries.AwardFacts) -> Mapping[str, Any]:
    found = queries.by_award(ctx, award.award_id)
    form: MultiDict[str, Any] = MultiDict()
    if found is None:
        form["starts_on"] = shanghai_date(ctx.now).isoformat()
        return form
    form.update({"content": found.content, "starts_on": found.starts_on, "ends_on": found.ends_on})
    agreed = {"payment_days": found.payment_days, "late_rate_bp": found.late_rate_bp}
    form.update({name: value for name, value in agreed.items() if value is not None})
    for part in queries.milestones(ctx, found.id):
        form.add("milestone_title", part.title)
        form.add("milestone_percent", part.share_bp // PERCENT_BP)
        form.add("milestone_due", shanghai_date(part.due_at))
    return form


def _draft_page(ctx: Ctx, award: queries.AwardFacts, form: Mapping[str, Any], errors: dict[str, list[str]]) -> str:
    found = queries.by_award(ctx, award.award_id)
    return render(
        "marketplace/contracts/draft.html", award=award, contract=found, form=form, errors=errors, rows=PLAN_ROWS
    )
