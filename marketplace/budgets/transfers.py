"""指标调剂: one person asks, another approves; only then does the money move."""

from marketplace.budgets import queries
from marketplace.budgets.errors import (
    BudgetLineNotFound,
    TransferAmountInvalid,
    TransferNotFound,
    TransferReasonMissing,
    TransferSamePerson,
    TransferUnfit,
)
from marketplace.budgets.events import TransferAsked, TransferDecided
from marketplace.budgets.models import BudgetTransfer
from marketplace.budgets.moving import pass_through, require_open, subject, too_small, who
from marketplace.budgets.queries import balances
from marketplace.budgets.rules import TRANSFERS
from marketplace.kernel.context import Ctx
from marketplace.ledger.errors import Overdrawn


def ask(ctx: Ctx, *, source_id: str, target_id: str, amount_fen: int, reason: str) -> BudgetTransfer:
    """申请调剂: ask for money to go from one line to another of the same year and source of money.

    Raises TransferUnfit, TransferAmountInvalid, TransferReasonMissing, BudgetTooSmall, BudgetLineNotFound, YearFrozen.
    """
    ctx.require("budget.write")
    source, target = (queries.own_line(ctx, id) for id in (source_id, target_id))
    if source.id == target.id or (source.fiscal_year, source.source) != (target.fiscal_year, target.source):
        raise TransferUnfit(field="target_id")
    if source.department_id != target.department_id:
        raise TransferUnfit(field="target_id")
    if amount_fen <= 0:
        raise TransferAmountInvalid(field="amount_fen")
    if not reason.strip():
        raise TransferReasonMissing(field="reason")
    require_open(ctx, source.department_id, source.fiscal_year)
    available = balances.available_fen(ctx, source.id)
    if available < amount_fen:
        raise too_small(source.name, available, amount_fen)
    row = BudgetTransfer(
        id=ctx.new_id(),
        number=ctx.number("TJ"),
        department_id=source.department_id,
        fiscal_year=source.fiscal_year,
        source_id=source.id,
        target_id=target.id,
        amount_fen=amount_fen,
        reason=reason.strip()[:400],
        state="asked",
        asked_by=who(ctx),
        asked_at=ctx.now,
        said="",
    )
    ctx.session.add(row)
    ctx.session.flush()
    ctx.record(TransferAsked(subject=subject(source), number=row.number, target_id=target.id, amount_fen=amount_fen))
    return row


def approve(ctx: Ctx, transfer_id: str) -> BudgetTransfer:
    """批准调剂: a second person lets the money go.

    Raises TransferSamePerson, BudgetTooSmall, YearFrozen, WrongState.
    """
    row = _locked(ctx, transfer_id)
    if row.asked_by == who(ctx):
        raise TransferSamePerson
    _decide(ctx, row, "approve", "")
    source, target = queries.line(ctx, row.source_id), queries.line(ctx, row.target_id)
    require_open(ctx, row.department_id, row.fiscal_year)
    try:
        pass_through(
            ctx,
            id=f"transfer/{row.id}",
            clearing="transfer",
            out=source,
            into=target,
            debit_id=balances.account_of(source, "", "available"),
            credit_id=balances.account_of(target, "", "available"),
            amount_fen=row.amount_fen,
            kind="transfer",
            reference=row.number,
        )
    except Overdrawn as error:
        raise too_small(source.name, error.facts["available_fen"], row.amount_fen) from error
    return row


def refuse(ctx: Ctx, transfer_id: str, *, reason: str) -> BudgetTransfer:
    """退回调剂: it is not approved, and says why. Raises TransferReasonMissing, TransferSamePerson, WrongState."""
    row = _locked(ctx, transfer_id)
    if row.asked_by == who(ctx):
        raise TransferSamePerson
    if not reason.strip():
        raise TransferReasonMissing(field="reason")
    return _decide(ctx, row, "refuse", reason)


def withdraw(ctx: Ctx, transfer_id: str) -> BudgetTransfer:
    """撤回调剂: given up before anybody decided. Raises WrongState, TransferNotFound."""
    return _decide(ctx, _locked(ctx, transfer_id), "withdraw", "")


def _decide(ctx: Ctx, row: BudgetTransfer, verb: str, said: str) -> BudgetTransfer:
    row.state = TRANSFERS.move(row.state, verb)
    row.decided_by, row.decided_at, row.said = who(ctx), ctx.now, said.strip()[:400]
    ctx.session.flush()
    ctx.record(TransferDecided(subject=f"budget-line/{row.source_id}", number=row.number, state=row.state))
    return row


def _locked(ctx: Ctx, transfer_id: str) -> BudgetTransfer:
    ctx.require("budget.write")
    found = ctx.session.get(BudgetTransfer, transfer_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise TransferNotFound
    try:
        queries.own_department(ctx, found.department_id)
    except BudgetLineNotFound as error:  # another's is answered as none
        raise TransferNotFound from error
    return found
