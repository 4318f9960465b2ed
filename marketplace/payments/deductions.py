"""扣款: what a payment leaves out. A retention (质保金) is paid later.

A penalty (违约金) goes back to the budget line. What the department disputes (争议款) waits as due until that ends.
"""

from datetime import date
from typing import Any

from marketplace.budgets import service as budgets
from marketplace.contracts import queries as contracts
from marketplace.kernel.clock import at_shanghai, shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.payments import queries, rules
from marketplace.payments.errors import (
    DeductionBooked,
    DeductionDisputed,
    DeductionTooLarge,
    DisputeOpen,
    NothingUndisputed,
    ReasonNeeded,
    ReleaseDayWrong,
    RetentionAboveCap,
)
from marketplace.payments.events import DeductionDropped, OrderDeducted
from marketplace.payments.evidence import locked, own
from marketplace.payments.models import PaymentLine, PaymentOrder
from marketplace.rulebook import queries as rulebook

RELEASES = "payment.release"
FOLLOWS = "payment.follow_dispute"
DISPUTE = "dispute"
_COPIED = ("origin_id", "kind", "amount_fen", "basis", "release_on", "booked")


def deduct(
    ctx: Ctx, order_id: str, *, kind: str, amount_fen: int, basis: str, release_on: date | None = None
) -> PaymentOrder:
    """Leave a part of a draft out of its payment.

    kind: retention or penalty. amount_fen: less than the order. basis: clause and document. release_on: the day a
    retention falls due. Raises DeductionTooLarge, RetentionAboveCap, ReleaseDayWrong, ReasonNeeded, WrongState.
    """
    ctx.require("payment.make")
    row = own(ctx, locked(ctx, order_id))
    rules.STATES.move(row.state, "deduct")
    if not basis.strip():
        raise ReasonNeeded(field="basis")
    if not 0 < amount_fen < row.amount_fen:
        raise DeductionTooLarge(field="amount_fen")
    if kind == "retention":
        _require_retention(ctx, row, amount_fen, release_on)
    id = ctx.new_id()
    line = PaymentLine(
        id=id,
        order_id=row.id,
        origin_id=id,
        kind=kind,
        amount_fen=amount_fen,
        basis=basis.strip()[:400],
        release_on=release_on if kind == "retention" else None,
        booked=False,
    )
    ctx.session.add(line)
    row.amount_fen -= amount_fen
    ctx.record(
        OrderDeducted(
            subject=f"payment/{row.id}", number=row.number, kind=kind, amount_fen=amount_fen, basis=line.basis
        )
    )
    ctx.session.flush()
    return row


def drop(ctx: Ctx, order_id: str, line_id: str) -> PaymentOrder:
    """Take a deduction out of a draft again. Raises DeductionBooked, WrongState."""
    ctx.require("payment.make")
    row = own(ctx, locked(ctx, order_id))
    rules.STATES.move(row.state, "deduct")
    line = ctx.session.get(PaymentLine, line_id)
    if line is None or line.order_id != row.id or line.booked:
        raise DeductionBooked
    if line.kind == DISPUTE:
        raise DeductionDisputed
    row.amount_fen += line.amount_fen
    ctx.session.delete(line)
    ctx.record(DeductionDropped(subject=f"payment/{row.id}", number=row.number, amount_fen=line.amount_fen))
    ctx.session.flush()
    return row


def book(ctx: Ctx, row: PaymentOrder) -> None:
    """At approval: penalties go back to the budget line, retentions wait for their day, disputes for their end.

    Once for a line and its copies.
    """
    for line in queries.lines(ctx, row.id):
        if line.booked:
            continue
        if line.kind == "penalty":
            reference = f"penalty/{line.origin_id}"
            budgets.forfeit(ctx, row.encumbrance_id, amount_fen=line.amount_fen, reference=reference)
        elif line.kind == DISPUTE:
            ctx.promise(FOLLOWS, row.milestone_id, ctx.now)
        else:
            assert line.release_on is not None
            ctx.promise(RELEASES, line.origin_id, at_shanghai(line.release_on))
        line.booked = True


def copy(ctx: Ctx, before: PaymentOrder, row: PaymentOrder) -> None:
    """A new order for the same claim leaves out what the one before left out."""
    for line in queries.lines(ctx, before.id):
        same = {name: getattr(line, name) for name in _COPIED}
        ctx.session.add(PaymentLine(id=ctx.new_id(), order_id=row.id, **same))
    row.amount_fen = before.amount_fen


def follow_dispute(ctx: Ctx, row: PaymentOrder) -> None:
    """争议款: a draft leaves out what is disputed or conceded, and takes in again what was withdrawn before approval.

    Raises NothingUndisputed. Source: rulebook payment.undisputed_part_due.
    """
    if row.state != "draft" or row.claim_id != row.milestone_id:
        return
    disputed, line = contracts.disputed_fen(ctx, row.milestone_id), _disputed(ctx, row)
    if disputed and line is None:
        if disputed >= row.amount_fen:
            raise NothingUndisputed
        _leave_out(ctx, row, disputed)
    elif line is not None and not disputed and not line.booked:
        row.amount_fen += line.amount_fen
        ctx.session.delete(line)
        ctx.record(DeductionDropped(subject=f"payment/{row.id}", number=row.number, amount_fen=line.amount_fen))
    ctx.session.flush()


def require_followed(ctx: Ctx, row: PaymentOrder) -> None:
    """Refuse an order that was submitted before the department disputed a part of it. Raises DisputeOpen."""
    main = row.claim_id == row.milestone_id
    if main and contracts.disputed_fen(ctx, row.milestone_id) and _disputed(ctx, row) is None:
        raise DisputeOpen


def _disputed(ctx: Ctx, row: PaymentOrder) -> PaymentLine | None:
    return next((line for line in queries.lines(ctx, row.id) if line.kind == DISPUTE), None)


def _leave_out(ctx: Ctx, row: PaymentOrder, amount_fen: int) -> None:
    id, dispute = ctx.new_id(), contracts.dispute_of(ctx, row.milestone_id)
    assert dispute is not None
    facts: dict[str, Any] = {"kind": DISPUTE, "amount_fen": amount_fen, "basis": dispute.reason[:400]}
    ctx.session.add(PaymentLine(id=id, order_id=row.id, origin_id=id, release_on=None, booked=False, **facts))
    row.amount_fen -= amount_fen
    ctx.record(OrderDeducted(subject=f"payment/{row.id}", number=row.number, **facts))


def _require_retention(ctx: Ctx, row: PaymentOrder, amount_fen: int, release_on: date | None) -> None:
    if release_on is None or release_on <= shanghai_date(ctx.now):
        raise ReleaseDayWrong(field="release_on")
    before = queries.lines(ctx, row.id)
    gross_fen = row.amount_fen + sum(line.amount_fen for line in before)
    held_fen = sum(line.amount_fen for line in before if line.kind == "retention")
    most_bp = int(
        rulebook.rules_of(ctx, contracts.contract(ctx, row.contract_id).ruleset_id)["payment.retention_max_bp"]
    )
    if (held_fen + amount_fen) * 10_000 > gross_fen * most_bp:
        raise RetentionAboveCap(field="amount_fen", percent=f"{most_bp / 100:g}")
