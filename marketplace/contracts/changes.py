"""补充协议: what two sides change about a running contract: more work for more money, or less money for less work."""

from datetime import date
from typing import Any

from marketplace.budgets import service as budgets
from marketplace.contracts import queries, rules
from marketplace.contracts.errors import (
    ChangeIncomplete,
    ChangeNotFound,
    ChangeStillOpen,
    ContractNotFound,
    IncreaseAboveCap,
    ReductionTooLarge,
)
from marketplace.contracts.events import ChangeEnded, ChangeProposed
from marketplace.contracts.models import Contract, ContractChange, Milestone
from marketplace.contracts.rules import CHANGE, CONTRACT
from marketplace.kernel.clock import at_shanghai, shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import yuan
from marketplace.rulebook.queries import rules_of


def propose_change(
    ctx: Ctx,
    contract_id: str,
    *,
    kind: str,
    amount_fen: int,
    reason: str,
    milestone_id: str | None = None,
    title: str = "",
    due_on: date | None = None,
) -> ContractChange:
    """The buyer proposes more money for a further milestone, or less for one that is not accepted yet.

    kind: increase or reduction. milestone_id: of a reduction; title, due_on: of the further milestone. An increase is
    reserved on the budget lines at once. Raises ChangeStillOpen, ChangeIncomplete, IncreaseAboveCap,
    ReductionTooLarge, ReasonMissing, WrongState and what the budget refuses.
    """
    found = _changeable(ctx, contract_id)
    row = ContractChange(
        id=ctx.new_id(),
        contract_id=found.id,
        seq=len(queries.changes(ctx, found.id)) + 1,
        open_key=found.id,
        kind=kind,
        amount_fen=amount_fen,
        reason=rules.required(reason),
        state="proposed",
        proposed_at=ctx.now,
    )
    if kind == "increase":
        _plan_increase(ctx, found, row, title.strip(), due_on)
    else:
        _plan_reduction(ctx, found, row, milestone_id)
    ctx.session.add(row)
    facts: dict[str, Any] = {"change_id": row.id, "kind": kind, "reason": row.reason}
    ctx.record(ChangeProposed(subject=f"contract/{found.id}", amount_fen=amount_fen, **facts))
    ctx.session.flush()
    return row


def _changeable(ctx: Ctx, contract_id: str) -> Contract:
    """The buyer's own running contract, held, with no change that is still open."""
    ctx.require("contract.draw")
    found = queries.locked(ctx, contract_id)
    if not queries.is_side(ctx, found, "buyer"):
        raise ContractNotFound
    CONTRACT.move(found.status, "change")
    if queries.open_change(ctx, found.id) is not None:
        raise ChangeStillOpen
    return found


def agree_change(ctx: Ctx, change_id: str) -> ContractChange:
    """The agency agrees: the contract has a further milestone, or one is worth less. Raises ChangeNotFound, WrongState.

    The increase stands as obligated; the reduction goes back to the budget line.
    """
    ctx.require("contract.confirm")
    row, found = _locked(ctx, change_id)
    if not queries.is_side(ctx, found, "agency"):
        raise ChangeNotFound
    CONTRACT.move(found.status, "change")
    if row.kind == "increase":
        _grow(ctx, found, row)
    else:
        _shrink(ctx, found, row)
    return _end(ctx, found, row, "agree", "")


def drop_change(ctx: Ctx, change_id: str, *, reason: str) -> ContractChange:
    """The agency does not agree, or the buyer withdraws. Raises ChangeNotFound, ReasonMissing, WrongState."""
    ctx.require("contract.confirm")
    row, found = _locked(ctx, change_id)
    verb = "withdraw" if queries.is_side(ctx, found, "buyer") else "refuse"
    _give_up(ctx, found, row)
    return _end(ctx, found, row, verb, rules.required(reason))


def require_none(ctx: Ctx, found: Contract, part: Milestone, *, by_clock: bool) -> None:
    """Before an acceptance: a reduction of the milestone, or an increase that its contract would outlive, is decided.

    What nobody has decided when the clock accepts lapses. Raises ChangeStillOpen.
    """
    row = queries.open_change(ctx, found.id)
    if row is None:
        return
    last = all(other.status == "met" for other in queries.milestones(ctx, found.id) if other.id != part.id)
    if row.milestone_id != part.id and not (last and row.kind == "increase"):
        return
    if not by_clock:
        raise ChangeStillOpen
    lapse(ctx, found)


def lapse(ctx: Ctx, found: Contract) -> None:
    """A contract goes on or ends without the change that nobody has decided."""
    row = queries.open_change(ctx, found.id)
    if row is not None:
        _give_up(ctx, found, row)
        _end(ctx, found, row, "lapse", "")


def _locked(ctx: Ctx, change_id: str) -> tuple[ContractChange, Contract]:
    _, found = queries.change(ctx, change_id)
    found = queries.locked(ctx, found.id)
    row = ctx.session.get(ContractChange, change_id, populate_existing=True)
    assert row is not None
    if row.open_key is None:
        raise ChangeNotFound
    return row, found


def _plan_increase(ctx: Ctx, found: Contract, row: ContractChange, title: str, due_on: date | None) -> None:
    if not title or due_on is None or due_on < shanghai_date(ctx.now):
        raise ChangeIncomplete(field="due_on" if title else "title")
    row.title, row.due_at = title[:120], at_shanghai(due_on, 23, 59)
    if found.encumbrance_id is None:
        return
    most_bp = int(rules_of(ctx, found.ruleset_id)["contract.increase_max_bp"])
    agreed = [one for one in queries.changes(ctx, found.id) if one.state == "agreed"]
    grown, shrunk = (sum(o.amount_fen for o in agreed if o.kind == kind) for kind in ("increase", "reduction"))
    room = rules.room_for_increase(found.amount_fen, grown, shrunk, most_bp)
    if not 0 < row.amount_fen <= room:
        raise IncreaseAboveCap(field="amount", percent=f"{most_bp / 100:g}", most=yuan(room))
    budgets.increase(ctx, found.encumbrance_id, amount_fen=row.amount_fen, reference=_reference(found, row))


def _plan_reduction(ctx: Ctx, found: Contract, row: ContractChange, milestone_id: str | None) -> None:
    part = next((part for part in queries.milestones(ctx, found.id) if part.id == milestone_id), None)
    if part is None or part.status not in rules.UNACCEPTED:
        raise ChangeIncomplete(field="milestone_id")
    if not 0 < row.amount_fen <= part.amount_fen or row.amount_fen >= found.amount_fen:
        raise ReductionTooLarge(field="amount", most=yuan(part.amount_fen))
    row.milestone_id, row.title = part.id, part.title


def _grow(ctx: Ctx, found: Contract, row: ContractChange) -> None:
    if found.encumbrance_id is not None:
        facts: dict[str, Any] = {"amount_fen": row.amount_fen, "reference": _reference(found, row)}
        budgets.obligate_increase(ctx, found.encumbrance_id, **facts)
    parts = queries.milestones(ctx, found.id)
    part = Milestone(
        id=ctx.new_id(), contract_id=found.id, seq=parts[-1].seq + 1, title=row.title, share_bp=1,
        amount_fen=row.amount_fen, due_at=row.due_at, status="scheduled", returned_count=0, accepted_by_clock=False,
    )  # fmt: skip
    found.amount_fen += row.amount_fen
    ctx.session.add(part)
    ctx.session.flush()
    _share_out(ctx, found)
    ctx.promise("contract.delivery_due", part.id, part.due_at)


def _shrink(ctx: Ctx, found: Contract, row: ContractChange) -> None:
    part = ctx.session.get(Milestone, row.milestone_id, populate_existing=True)
    assert part is not None
    if found.encumbrance_id is not None:
        facts: dict[str, Any] = {"amount_fen": row.amount_fen, "reference": _reference(found, row)}
        budgets.deduct(ctx, found.encumbrance_id, **facts)
    part.amount_fen, part.reduced_fen = part.amount_fen - row.amount_fen, part.reduced_fen + row.amount_fen
    found.amount_fen -= row.amount_fen
    _share_out(ctx, found)


def _share_out(ctx: Ctx, found: Contract) -> None:
    """Every milestone's share is one of the amount as it now is, no longer of the amount first signed."""
    parts = queries.milestones(ctx, found.id)
    for part, share_bp in zip(parts, rules.shares([part.amount_fen for part in parts]), strict=True):
        part.share_bp = share_bp


def _give_up(ctx: Ctx, found: Contract, row: ContractChange) -> None:
    """What an increase has reserved goes back to the line."""
    if row.kind == "increase" and found.encumbrance_id is not None:
        facts: dict[str, Any] = {"amount_fen": row.amount_fen, "reference": _reference(found, row)}
        budgets.drop_increase(ctx, found.encumbrance_id, **facts)


def _end(ctx: Ctx, found: Contract, row: ContractChange, verb: str, reason: str) -> ContractChange:
    row.state, row.open_key = CHANGE.move(row.state, verb), None
    row.ended_at, row.end_reason = ctx.now, reason
    facts: dict[str, Any] = {"change_id": row.id, "state": row.state}
    ctx.record(ChangeEnded(subject=f"contract/{found.id}", contract_fen=found.amount_fen, **facts))
    ctx.session.flush()
    return row


def _reference(found: Contract, row: ContractChange) -> str:
    return f"{found.number}+{row.seq}"
