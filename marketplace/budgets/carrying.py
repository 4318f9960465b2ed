"""Into the next year: a line's rest is carried or lapses, and what comes back later finds the line that goes on."""

from sqlalchemy import select

from marketplace.budgets import queries
from marketplace.budgets.errors import TransitOpen
from marketplace.budgets.events import EncumbranceCarried, EncumbranceMoved, LineSettled
from marketplace.budgets.models import BudgetLine, ClosingLine, ClosingRun, Encumbrance, EncumbranceShare
from marketplace.budgets.moving import (
    control,
    locked,
    open_line,
    open_share,
    pass_through,
    require_open,
    subject,
)
from marketplace.budgets.queries import balances, closings
from marketplace.budgets.rules import FROZEN, STATES, carried_name, posting_id
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger import service as ledger
from marketplace.ledger.errors import PostingDiffers
from marketplace.ledger.rules import Entry

CARRIED = ("reserved", "obligated", "due")


def carry_line(ctx: Ctx, run: ClosingRun, line: BudgetLine, decision: str) -> ClosingLine:
    """Settle one line of a year: open needs go on in the next year, what is free is carried or lapses; once.

    decision: "carry" or "lapse" for what is available. Raises TransitOpen, YearFrozen (the next year).
    """
    known = ctx.session.get(ClosingLine, (run.id, line.id))
    if known is not None:
        return known
    for encumbrance_id in closings.drawing_on(ctx, line.id):
        _carry_need(ctx, line, locked(ctx, encumbrance_id))
    free = balances.available_fen(ctx, line.id)
    if free and decision == "carry":
        _carry_free(ctx, line, free)
    elif free:
        _lapse(ctx, line, free)
    target = closings.line_after(ctx, line.id)
    done = ClosingLine(
        run_id=run.id,
        line_id=line.id,
        decision=decision,
        target_id=None if target is None else target.id,
        settled_at=ctx.now,
    )
    ctx.session.add(done)
    ctx.session.flush()
    ctx.record(
        LineSettled(subject=subject(line), decision=decision, available_fen=free, target_id=done.target_id or "")
    )
    return done


def line_going_on(ctx: Ctx, line: BudgetLine) -> BudgetLine:
    """The line of the next open year that goes on with this one, opened where there is none yet."""
    found = closings.line_after(ctx, line.id)
    if found is None:
        year = line.fiscal_year + 1
        require_open(ctx, line.department_id, year)
        found = open_line(
            ctx,
            department_id=line.department_id,
            fiscal_year=year,
            name=carried_name(line.name, line.fiscal_year),
            function_code=line.function_code,
            economic_code=line.economic_code,
            project=line.project,
            source=line.source,
            document=f"{line.fiscal_year}年结转",
            carried_from=line.id,
        )
    run = closings.closing_of(ctx, found.department_id, found.fiscal_year)
    return line_going_on(ctx, found) if run is not None and run.state in FROZEN else found


def paid_before(ctx: Ctx, row: Encumbrance, reference: str) -> bool:
    """Whether what was settled under this reference belongs to a year that is being closed or is closed."""
    shares = queries.shares(ctx, row.id)
    paid = balances.booked(ctx, row.id, "settle", reference, shares)
    return any(closings.is_settled(ctx, share.line.id) for share in shares if share.seq in paid)


def return_later(ctx: Ctx, row: Encumbrance, amount_fen: int, reference: str) -> Encumbrance:
    """退票 of an earlier year: due again on the line that goes on; the closed year stays as it is.

    Raises PostingDiffers, WrongState.
    """
    shares = queries.shares(ctx, row.id)
    before = balances.booked(ctx, row.id, "return", reference, shares)
    paid = balances.booked(ctx, row.id, "settle", reference, shares)
    if sum((before or paid).values()) != amount_fen:
        raise PostingDiffers(id=posting_id(row.id, "return", reference))
    if before:
        return row
    row.state = STATES.move(row.state, "return")
    row.closed_at = None
    first = next(share.line for share in shares if share.seq in paid)
    target = line_going_on(ctx, first)
    seq = _share_on(ctx, row, target)
    ledger.post(
        ctx,
        id=posting_id(row.id, "return", reference, seq),
        debit_id=control(ctx, target.department_id, "prior_year", target.fiscal_year),
        credit_id=balances.account_of(target, row.id, "due"),
        amount_fen=amount_fen,
        kind="return",
        reference=reference,
        fiscal_year=target.fiscal_year,
        business_date=shanghai_date(ctx.now),
    )
    ctx.record(
        EncumbranceMoved(
            subject=subject(first), encumbrance_id=row.id, move="return", amount_fen=amount_fen, reference=reference
        )
    )
    ctx.session.flush()
    return row


def _carry_need(ctx: Ctx, line: BudgetLine, row: Encumbrance) -> None:
    held = balances.stages_of_encumbrances(ctx, line, [row.id])[row.id]
    if held["transit"]:
        raise TransitOpen(reference=row.reference)
    moving = {stage: held[stage] for stage in CARRIED if held[stage]}
    if not moving:
        return
    target = line_going_on(ctx, line)
    seq = _share_on(ctx, row, line)
    _share_on(ctx, row, target)
    for stage, fen in moving.items():
        pass_through(
            ctx,
            id=posting_id(row.id, f"carry-{stage}", str(line.fiscal_year), seq),
            clearing="carryover",
            out=line,
            into=target,
            debit_id=balances.account_of(line, row.id, stage),
            credit_id=balances.account_of(target, row.id, stage),
            amount_fen=fen,
            kind=f"carry-{stage}",
            reference=row.reference,
        )
    _end_share(ctx, row, line)
    ctx.record(
        EncumbranceCarried(
            subject=subject(line), encumbrance_id=row.id, target_id=target.id, amount_fen=sum(moving.values())
        )
    )


def _share_on(ctx: Ctx, row: Encumbrance, line: BudgetLine) -> int:
    """The place of a line among those of an encumbrance; at the end where it is new."""
    shares = queries.shares(ctx, row.id)
    known = [share.seq for share in shares if share.line.id == line.id]
    return known[0] if known else open_share(ctx, row, line, max(share.seq for share in shares) + 1).seq


def _end_share(ctx: Ctx, row: Encumbrance, line: BudgetLine) -> None:
    share = ctx.session.scalars(
        select(EncumbranceShare).where(EncumbranceShare.encumbrance_id == row.id, EncumbranceShare.line_id == line.id)
    ).one()
    share.active = False
    ctx.session.flush()


def _carry_free(ctx: Ctx, line: BudgetLine, free_fen: int) -> None:
    target = line_going_on(ctx, line)
    pass_through(
        ctx,
        id=f"{line.id}/carry/{line.fiscal_year}",
        clearing="carryover",
        out=line,
        into=target,
        debit_id=balances.account_of(line, "", "available"),
        credit_id=balances.account_of(target, "", "available"),
        amount_fen=free_fen,
        kind="carry",
        reference=target.document,
    )


def _lapse(ctx: Ctx, line: BudgetLine, free_fen: int) -> None:
    entry = Entry(
        id=f"{line.id}/lapse/{line.fiscal_year}",
        debit_id=balances.account_of(line, "", "available"),
        credit_id=balances.account_of(line, "", "lapsed"),
        amount_fen=free_fen,
        kind="lapse",
        reference=f"{line.fiscal_year}年年终收回",
        fiscal_year=line.fiscal_year,
        business_date=shanghai_date(ctx.now),
    )
    if ledger_queries.posting(ctx, entry.id) is None:
        ledger.post_all(ctx, [entry])
