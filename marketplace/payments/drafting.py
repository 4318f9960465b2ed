"""How an order comes to be: the draft for a claim under a number of its own."""

from dataclasses import asdict

from marketplace.kernel.context import Ctx
from marketplace.payments import deductions, queries
from marketplace.payments.events import OrderPrepared
from marketplace.payments.evidence import own
from marketplace.payments.models import PaymentOrder
from marketplace.payments.queries import claims


def open_order(ctx: Ctx, facts: claims.DueFacts, claim_id: str, before: PaymentOrder | None) -> PaymentOrder:
    """Draw up the draft for a claim. before: the order it comes after, whose deductions it takes over."""
    row = own(ctx, _draft(ctx, facts, claim_id))
    row.replaces = before.id if before else None
    ctx.session.add(row)
    ctx.session.flush()
    if before is not None:
        deductions.copy(ctx, before, row)
    ctx.record(
        OrderPrepared(
            subject=f"payment/{row.id}",
            number=row.number,
            milestone_id=row.milestone_id,
            amount_fen=row.amount_fen,
            gateway=row.gateway,
            replaces=row.replaces,
        )
    )
    deductions.follow_dispute(ctx, row)
    ctx.session.flush()
    return row


def _draft(ctx: Ctx, facts: claims.DueFacts, claim_id: str) -> PaymentOrder:
    return PaymentOrder(
        id=ctx.new_id(),
        # The tail keeps numbers apart at the provider even when a restored backup counts from an older value.
        number=f"{ctx.number('ZF')}-{ctx.entropy(3).hex().upper()}",
        claim_id=claim_id,
        live_key=claim_id,
        gateway=queries.gateway_name(ctx, facts.encumbrance_id),
        state="draft",
        prepared_at=ctx.now,
        provider_ids={},
        **asdict(facts),
    )
