"""Pages about the money of a running contract: what the buyer disputes, and what both sides change."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.contracts import queries, rules, service
from marketplace.contracts.errors import ContractNotFound
from marketplace.contracts.pages.doorway import SIDE, Step, door, take_step
from marketplace.contracts.schemas import LABELS, ContractChangeIn, DisputeIn
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.web.doors import form_of, render, requires, see_other, unit_of_work
from marketplace.web.language import t

DISPUTE_STEPS = {
    "buyer": Step(
        "撤回争议", "撤回后争议部分按原付款期限支付，逾期天数自原期限起算。", "withdrawn", service.end_dispute
    ),
    "agency": Step(
        "认可争议", "认可后争议部分不再支付，退回项目业主预算；认可不能撤销。", "conceded", service.end_dispute
    ),
}
CHANGE_STEPS = {
    "agree": Step(
        "同意补充协议",
        "同意后合同金额随之变更：追加的增加一个付款节点，扣减的从该节点减去。",
        "agreed",
        service.agree_change,
    ),
    "refuse": Step("不同意补充协议", "不同意的，合同按原约定履行。", "dropped", service.drop_change, True),
    "withdraw": Step(
        "撤回补充协议", "撤回后合同按原约定履行，追加所预留的预算退回。", "dropped", service.drop_change, True
    ),
}


@door.route("/buyer/milestones/<milestone_id>/dispute", methods=["GET", "POST"])
@requires("delivery.accept")
@unit_of_work
def dispute(ctx: Ctx, milestone_id: str) -> ResponseReturnValue:
    """Dispute a part of an accepted milestone."""
    part, found = queries.own_milestone(ctx, milestone_id, "buyer")
    data, errors = form_of(DisputeIn, request.form) if request.method == "POST" else ({}, {})
    if request.method == "POST" and not errors:
        try:
            service.dispute(ctx, milestone_id, **data)
        except DomainError as error:
            errors = {error.field or "_": [error.say(t), error.advise(t)]}
        else:
            return see_other(url_for("marketplace_contracts.show", side="buyer", contract_id=found.id), done="disputed")
    page = render("marketplace/contracts/dispute.html", contract=found, part=part, form=request.form, errors=errors)
    return page, 422 if errors else 200


@door.route(f"/{SIDE}/milestones/<milestone_id>/dispute/end", methods=["GET", "POST"])
@requires("contract.confirm")
@unit_of_work
def end_dispute(ctx: Ctx, side: str, milestone_id: str) -> ResponseReturnValue:
    """The buyer withdraws the dispute, or the agency concedes it."""
    part, found = queries.own_milestone(ctx, milestone_id, side)
    here = url_for("marketplace_contracts.show", side=side, contract_id=found.id)
    return take_step(ctx, DISPUTE_STEPS[side], milestone_id, found, part, here, here)


@door.route("/buyer/contracts/<contract_id>/changes/new", methods=["GET", "POST"])
@requires("contract.draw")
@unit_of_work
def propose_change(ctx: Ctx, contract_id: str) -> ResponseReturnValue:
    """Propose an increase or a reduction."""
    found = queries.contract(ctx, contract_id)
    if not queries.is_side(ctx, found, "buyer"):
        raise ContractNotFound
    data, errors = form_of(ContractChangeIn, request.form) if request.method == "POST" else ({}, {})
    if request.method == "POST" and not errors:
        try:
            service.propose_change(ctx, contract_id, **data)
        except DomainError as error:
            ctx.session.expire_all()
            errors = {error.field or "_": [error.say(t), error.advise(t)]}
        else:
            return see_other(url_for("marketplace_contracts.show", side="buyer", contract_id=found.id), done="proposed")
    parts = [part for part in queries.milestones(ctx, found.id) if part.status in rules.UNACCEPTED]
    facts: dict[str, Any] = {"contract": found, "parts": parts, "form": request.form, "errors": errors}
    kinds = [(code, t(text)) for code, text in LABELS["change.kind"].items()]
    return render("marketplace/contracts/change.html", kinds=kinds, **facts), 422 if errors else 200


@door.route(f"/{SIDE}/changes/<change_id>/<any(agree, refuse, withdraw):step>", methods=["GET", "POST"])
@requires("contract.confirm")
@unit_of_work
def end_change(ctx: Ctx, side: str, change_id: str, step: str) -> ResponseReturnValue:
    """The agency agrees or does not; the buyer withdraws."""
    row, found = queries.change(ctx, change_id)
    if not queries.is_side(ctx, found, side) or (step == "withdraw") != (side == "buyer"):
        raise ContractNotFound
    here = url_for("marketplace_contracts.show", side=side, contract_id=found.id)
    return take_step(ctx, CHANGE_STEPS[step], change_id, found, row, here, here)
