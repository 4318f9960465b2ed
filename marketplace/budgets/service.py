"""The verbs on department money. Amounts are integer fen and move only as ledger postings."""

from collections.abc import Sequence

from marketplace.budgets import carrying, queries
from marketplace.budgets.appropriating import Paper, appropriate
from marketplace.budgets.errors import AboveObligation, AboveReservation
from marketplace.budgets.events import (
    EncumbranceAwarded,
    EncumbranceMoved,
    EncumbranceObligated,
    EncumbranceReleased,
    EncumbranceReserved,
)
from marketplace.budgets.models import BudgetLine, Encumbrance
from marketplace.budgets.moving import (
    finish,
    locked,
    move,
    open_share,
    require_one_purse,
    require_open,
    subject,
    take,
    too_small,
)
from marketplace.budgets.queries import balances
from marketplace.budgets.rules import STATES
from marketplace.budgets.settling import Arrival, settle_all
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import yuan
from marketplace.ledger.errors import Overdrawn

__all__ = [
    "Arrival",
    "Paper",
    "appropriate",
    "award",
    "back_to_due",
    "deduct",
    "drop_increase",
    "forfeit",
    "increase",
    "make_due",
    "obligate",
    "obligate_increase",
    "release",
    "reserve",
    "return_paid",
    "settle",
    "settle_all",
    "to_transit",
]


def reserve(
    ctx: Ctx, *, line_id: str, amount_fen: int, reference: str, further_lines: Sequence[str] = ()
) -> Encumbrance:
    """预留: available → reserved for one need, before it is published.

    further_lines: lines to draw on in this order once the first is empty; all or nothing.
    reference: what the money is for, once per line. Raises BudgetTooSmall, BudgetLinesDiffer, ReferenceTaken,
    YearFrozen.
    """
    lines = [queries.line(ctx, id) for id in (line_id, *further_lines)]
    require_one_purse(lines)
    require_open(ctx, lines[0].department_id, lines[0].fiscal_year)
    _require_available(ctx, lines, amount_fen)
    row = Encumbrance(
        id=ctx.new_id(), line_id=line_id, reference=reference, state="reserved", moves=0, opened_at=ctx.now, reason=""
    )
    ctx.session.add(row)
    ctx.session.flush()
    for seq, line in enumerate(lines, start=1):
        open_share(ctx, row, line, seq)
    take(ctx, row, "reserve", amount_fen)
    ctx.record(
        EncumbranceReserved(
            subject=subject(lines[0]), encumbrance_id=row.id, reference=reference, amount_fen=amount_fen
        )
    )
    return row


def award(ctx: Ctx, encumbrance_id: str, *, amount_fen: int) -> Encumbrance:
    """中选: keep the price, give the difference back to the line, the last line first.

    A reserve candidate may follow at another price; then the difference is taken again, never above what was first
    reserved. Raises AboveReservation, BudgetTooSmall, WrongState.
    """
    row = locked(ctx, encumbrance_id)
    state = STATES.move(row.state, "award")
    reserved = balances.stages(ctx, row.id)["reserved"]
    first = sum(balances.booked(ctx, row.id, "reserve", "", queries.shares(ctx, row.id)).values())
    if amount_fen > first:
        raise AboveReservation(field="amount_fen", needed=yuan(amount_fen), reserved=yuan(first))
    row.state = state
    row.moves += 1
    if amount_fen > reserved:
        take(ctx, row, "retake", amount_fen - reserved, str(row.moves))
    elif amount_fen < reserved:
        move(ctx, row, "award", reserved - amount_fen, str(row.moves))
    ctx.record(
        EncumbranceAwarded(
            subject=_subject(ctx, row),
            encumbrance_id=row.id,
            amount_fen=amount_fen,
            released_fen=reserved - amount_fen,
        )
    )
    return row


def obligate(ctx: Ctx, encumbrance_id: str) -> Encumbrance:
    """合同占用: reserved → obligated, whole, when both sides have confirmed the contract. Raises WrongState."""
    row = locked(ctx, encumbrance_id)
    row.state = STATES.move(row.state, "obligate")
    amount = balances.stages(ctx, row.id)["reserved"]
    move(ctx, row, "obligate", amount)
    ctx.record(EncumbranceObligated(subject=_subject(ctx, row), encumbrance_id=row.id, amount_fen=amount))
    return row


def increase(ctx: Ctx, encumbrance_id: str, *, amount_fen: int, reference: str) -> Encumbrance:
    """合同增加: a second reservation on the lines of a running contract, before the amendment is signed.

    reference: the amendment, booked once. Raises BudgetTooSmall, YearFrozen, WrongState.
    """
    row = locked(ctx, encumbrance_id)
    line = queries.line(ctx, row.line_id)
    active = [share.line for share in queries.shares(ctx, row.id) if share.active]
    require_open(ctx, line.department_id, active[-1].fiscal_year)
    return _advance(ctx, row, "more", amount_fen, reference)


def obligate_increase(ctx: Ctx, encumbrance_id: str, *, amount_fen: int, reference: str) -> Encumbrance:
    """增加部分转为合同占用: the amendment is signed. reference: the one it was reserved under. Raises WrongState."""
    return _advance(ctx, locked(ctx, encumbrance_id), "more-obligate", amount_fen, reference)


def drop_increase(ctx: Ctx, encumbrance_id: str, *, amount_fen: int, reference: str) -> Encumbrance:
    """增加部分退回: the amendment was given up. reference: the one it was reserved under. Raises WrongState."""
    return _advance(ctx, locked(ctx, encumbrance_id), "more-drop", amount_fen, reference)


def deduct(ctx: Ctx, encumbrance_id: str, *, amount_fen: int, reference: str) -> Encumbrance:
    """验收扣减: obligated → available for what the acceptance took off. reference: the milestone, booked once.

    Raises AboveObligation, WrongState.
    """
    return _owed(ctx, encumbrance_id, "deduct", amount_fen, reference)


def make_due(ctx: Ctx, encumbrance_id: str, *, amount_fen: int, reference: str) -> Encumbrance:
    """应付: obligated → due when a milestone was accepted. reference: the milestone, booked once.

    Raises AboveObligation, WrongState.
    """
    return _owed(ctx, encumbrance_id, "due", amount_fen, reference)


def forfeit(ctx: Ctx, encumbrance_id: str, *, amount_fen: int, reference: str) -> Encumbrance:
    """违约扣款: due → available for what the agency is not paid. reference: the deduction, booked once.

    Raises AboveObligation, WrongState.
    """
    return _owed(ctx, encumbrance_id, "forfeit", amount_fen, reference)


def to_transit(ctx: Ctx, encumbrance_id: str, *, amount_fen: int, reference: str) -> Encumbrance:
    """支付中: due → transit when a payment order was approved. Raises Overdrawn, WrongState, YearFrozen."""
    row = locked(ctx, encumbrance_id)
    active = [share.line for share in queries.shares(ctx, row.id) if share.active]
    require_open(ctx, active[0].department_id, active[0].fiscal_year)
    return _advance(ctx, row, "transit", amount_fen, reference)


def settle(ctx: Ctx, encumbrance_id: str, *, amount_fen: int, reference: str) -> Encumbrance:
    """已付: transit → paid on certain evidence; the last payment closes the encumbrance. Raises Overdrawn."""
    return _advance(ctx, locked(ctx, encumbrance_id), "settle", amount_fen, reference)


def back_to_due(ctx: Ctx, encumbrance_id: str, *, amount_fen: int, reference: str) -> Encumbrance:
    """支付被拒: transit → due after a certain refusal. Raises Overdrawn, WrongState."""
    return _advance(ctx, locked(ctx, encumbrance_id), "back", amount_fen, reference)


def return_paid(ctx: Ctx, encumbrance_id: str, *, amount_fen: int, reference: str) -> Encumbrance:
    """退票: paid → due when the bank gave the money back; reopens a closed encumbrance. Raises Overdrawn.

    What a year paid that has been carried or closed meanwhile is due again in the year that goes on with it.
    """
    row = locked(ctx, encumbrance_id)
    if carrying.paid_before(ctx, row, reference):
        return carrying.return_later(ctx, row, amount_fen, reference)
    return _advance(ctx, row, "return", amount_fen, reference)


def release(ctx: Ctx, encumbrance_id: str, *, reason: str) -> Encumbrance:
    """释放: what is not yet due goes back to the line; what is due stays payable. Raises WrongState."""
    row = locked(ctx, encumbrance_id)
    row.state = STATES.move(row.state, "release")
    row.reason = reason
    row.moves += 1
    held = balances.stages(ctx, row.id)
    for stage in ("reserved", "obligated"):
        if held[stage]:
            move(ctx, row, f"free-{stage}", held[stage], str(row.moves))
    freed = held["reserved"] + held["obligated"]
    ctx.record(EncumbranceReleased(subject=_subject(ctx, row), encumbrance_id=row.id, amount_fen=freed, reason=reason))
    finish(ctx, row)
    return row


def _owed(ctx: Ctx, encumbrance_id: str, verb: str, amount_fen: int, reference: str) -> Encumbrance:
    try:
        return _advance(ctx, locked(ctx, encumbrance_id), verb, amount_fen, reference)
    except Overdrawn as error:
        facts = error.facts
        raise AboveObligation(field="amount_fen", needed=facts["needed"], available=facts["available"]) from error


def _advance(ctx: Ctx, row: Encumbrance, verb: str, amount_fen: int, reference: str) -> Encumbrance:
    """One move, once per reference; repeating it changes neither money nor state."""
    known = balances.booked(ctx, row.id, verb, reference, queries.shares(ctx, row.id))
    state = row.state if known else STATES.move(row.state, verb)
    mover = take if verb == "more" else move
    if not mover(ctx, row, verb, amount_fen, reference, told=reference):
        return row
    row.state = state
    if verb == "return":
        row.closed_at = None
    ctx.record(
        EncumbranceMoved(
            subject=_subject(ctx, row), encumbrance_id=row.id, move=verb, amount_fen=amount_fen, reference=reference
        )
    )
    finish(ctx, row)
    return row


def _require_available(ctx: Ctx, lines: Sequence[BudgetLine], amount_fen: int) -> None:
    """The polite check before anything is written; the posting itself is the judge."""
    available = sum(balances.available_fen(ctx, line.id) for line in lines)
    if available < amount_fen:
        raise too_small("、".join(line.name for line in lines), available, amount_fen)


def _subject(ctx: Ctx, row: Encumbrance) -> str:
    return subject(queries.line(ctx, row.line_id))
