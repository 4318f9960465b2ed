"""JSON door of contracts."""

from typing import Any

from flask import request, send_file
from flask.typing import ResponseReturnValue

from marketplace.contracts import queries, service
from marketplace.contracts.models import Contract, ContractChange, Deliverable, Milestone, MilestoneDispute
from marketplace.contracts.schemas import (
    ConfirmationIn,
    ContractChangeIn,
    ContractChangeOut,
    ContractNoticeOut,
    ContractNoticesOut,
    ContractOut,
    ContractsOut,
    ContractWholeOut,
    DeliverableOut,
    DeliveryFiles,
    DeliveryForm,
    DisputeIn,
    DisputeOut,
    DraftIn,
    MilestoneOut,
    ReasonIn,
)
from marketplace.kernel.context import Ctx
from marketplace.web.doors import api_door, public, requires, signed_in, unit_of_work
from marketplace.web.paging import Page, page_of

api = api_door("contracts", __name__)


@api.get("/contract-notices")
@public
@unit_of_work
@api.response(200, ContractNoticesOut)
def list_notices(ctx: Ctx) -> Page[Contract]:
    """合同公示: contracts in force, finished or ended, newest first."""
    key = (Contract.signed_at, Contract.id)
    return page_of(ctx.session, queries.published(), key=key, descending=True, cursor=request.args.get("after"))


@api.get("/contract-notices/<number>")
@public
@unit_of_work
@api.response(200, ContractNoticeOut)
def show_notice(ctx: Ctx, number: str) -> Contract:
    """One public contract by its number."""
    return queries.by_number(ctx, number)


@api.get("/contracts")
@requires("contract.confirm")
@unit_of_work
@api.response(200, ContractsOut)
def list_contracts(ctx: Ctx) -> Page[Contract]:
    """The caller's own contracts, drafts included, newest first."""
    wanted = queries.of_organisation(ctx.actor.organisation_id or "")
    return page_of(ctx.session, wanted, key=(Contract.id,), descending=True, cursor=request.args.get("after"))


@api.get("/contracts/<contract_id>")
@signed_in
@unit_of_work
@api.response(200, ContractWholeOut)
def show_contract(ctx: Ctx, contract_id: str) -> dict[str, Any]:
    """A contract with milestones and files, for its parties and the authority."""
    found = queries.readable(ctx, contract_id)
    facts = {name: getattr(found, name) for name in ContractOut().fields}
    parts, files = queries.milestones(ctx, found.id), queries.deliverables(ctx, found.id)
    return facts | {"milestones": parts, "deliverables": files, "changes": queries.changes(ctx, found.id)}


@api.put("/awards/<award_id>/contract")
@requires("contract.draw")
@unit_of_work
@api.arguments(DraftIn)
@api.response(200, ContractOut)
def draw_up(ctx: Ctx, data: dict[str, Any], award_id: str) -> Contract:
    """Draw up the contract of a confirmed award, or write the draft again."""
    return service.draw_up(ctx, award_id, **data)


@api.delete("/contracts/<contract_id>")
@requires("contract.draw")
@unit_of_work
@api.response(204)
def discard(ctx: Ctx, contract_id: str) -> None:
    """Discard a draft; a confirmed contract cannot be deleted."""
    service.discard(ctx, contract_id)


@api.post("/contracts/<contract_id>/confirmation")
@requires("contract.confirm")
@unit_of_work
@api.arguments(ConfirmationIn, required=False)
@api.response(200, ContractOut)
def confirm(ctx: Ctx, data: dict[str, Any], contract_id: str) -> Contract:
    """Confirm the text for the caller's side; with `revision` only the one that was read."""
    return service.confirm(ctx, contract_id, **data)


@api.post("/contracts/<contract_id>/return")
@requires("contract.confirm")
@unit_of_work
@api.arguments(ReasonIn)
@api.response(200, ContractOut)
def return_draft(ctx: Ctx, data: dict[str, Any], contract_id: str) -> Contract:
    """Send the draft back with a reason."""
    return service.return_draft(ctx, contract_id, **data)


@api.post("/contracts/<contract_id>/termination")
@signed_in
@unit_of_work
@api.arguments(ReasonIn)
@api.response(200, ContractOut)
def terminate(ctx: Ctx, data: dict[str, Any], contract_id: str) -> Contract:
    """Ask to end a contract early, or agree to it; an authority ends it at once."""
    return service.terminate(ctx, contract_id, **data)


@api.post("/contracts/<contract_id>/changes")
@requires("contract.draw")
@unit_of_work
@api.arguments(ContractChangeIn)
@api.response(201, ContractChangeOut)
def propose_change(ctx: Ctx, data: dict[str, Any], contract_id: str) -> ContractChange:
    """Propose an increase or a reduction of a running contract."""
    return service.propose_change(ctx, contract_id, **data)


@api.post("/contract-changes/<change_id>/agreement")
@requires("contract.confirm")
@unit_of_work
@api.response(200, ContractChangeOut)
def agree_change(ctx: Ctx, change_id: str) -> ContractChange:
    """The agency agrees to a change."""
    return service.agree_change(ctx, change_id)


@api.post("/contract-changes/<change_id>/drop")
@requires("contract.confirm")
@unit_of_work
@api.arguments(ReasonIn)
@api.response(200, ContractChangeOut)
def drop_change(ctx: Ctx, data: dict[str, Any], change_id: str) -> ContractChange:
    """The agency does not agree to a change, or the buyer withdraws it."""
    return service.drop_change(ctx, change_id, **data)


@api.post("/milestones/<milestone_id>/deliverables")
@requires("contract.deliver")
@unit_of_work
@api.arguments(DeliveryFiles, location="files")
@api.arguments(DeliveryForm, location="form")
@api.response(201, DeliverableOut)
def deliver(ctx: Ctx, files: dict[str, Any], data: dict[str, Any], milestone_id: str) -> Deliverable:
    """Deliver one file of a milestone's result (multipart/form-data)."""
    file = files["file"]
    return service.deliver(ctx, milestone_id, filename=file.filename or "", content=file.stream, **data)


@api.post("/milestones/<milestone_id>/acceptance")
@requires("delivery.accept")
@unit_of_work
@api.response(200, MilestoneOut)
def accept(ctx: Ctx, milestone_id: str) -> Milestone:
    """Accept the result of a milestone; its money falls due."""
    return service.accept(ctx, milestone_id)


@api.post("/milestones/<milestone_id>/dispute")
@requires("delivery.accept")
@unit_of_work
@api.arguments(DisputeIn)
@api.response(201, DisputeOut)
def dispute(ctx: Ctx, data: dict[str, Any], milestone_id: str) -> MilestoneDispute:
    """Dispute a part of an accepted milestone; the rest stays due."""
    return service.dispute(ctx, milestone_id, **data)


@api.post("/milestones/<milestone_id>/dispute/end")
@signed_in
@unit_of_work
@api.response(200, DisputeOut)
def end_dispute(ctx: Ctx, milestone_id: str) -> MilestoneDispute:
    """The buyer withdraws the dispute, or the agency concedes it."""
    return service.end_dispute(ctx, milestone_id)


@api.post("/milestones/<milestone_id>/return")
@requires("delivery.accept")
@unit_of_work
@api.arguments(ReasonIn)
@api.response(200, MilestoneOut)
def return_result(ctx: Ctx, data: dict[str, Any], milestone_id: str) -> Milestone:
    """Send the result of a milestone back with a reason."""
    return service.return_(ctx, milestone_id, **data)


@api.get("/deliverables/<deliverable_id>/file")
@signed_in
@unit_of_work
@api.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
def download(ctx: Ctx, deliverable_id: str) -> ResponseReturnValue:
    """The bytes of a delivered file, as an attachment."""
    file, path = queries.deliverable_file(ctx, deliverable_id)
    return send_file(path.resolve(), mimetype=file.media_type, as_attachment=True, download_name=file.name)
