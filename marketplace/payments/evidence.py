"""Facts from outside: stored as they came, then applied by one rule, so that order and repetition do not matter."""

from hashlib import sha256
from typing import Any, cast

from sqlalchemy import Table, insert

from marketplace.budgets import service as budgets
from marketplace.budgets.service import Arrival
from marketplace.kernel import gathering
from marketplace.kernel.context import Ctx
from marketplace.payments import queries, rules
from marketplace.payments.errors import PaymentNotFound
from marketplace.payments.events import FactQuarantined, OrderMoved
from marketplace.payments.models import PaymentObservation, PaymentOrder
from marketplace.payments.plain_orders import Order
from marketplace.payments.ports import Observation, Outcome

_MOVED = frozenset({Outcome.SUCCEEDED, Outcome.RETURNED})
_KEEP = insert(cast("Table", PaymentObservation.__table__))


def locked(ctx: Ctx, order_id: str) -> PaymentOrder:
    """The order, held until commit. Raises PaymentNotFound."""
    found = ctx.session.get(PaymentOrder, order_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise PaymentNotFound
    return found


def apply_observation(ctx: Ctx, order_id: str, fact: Observation, *, fence: int | None = None) -> PaymentOrder:
    """Store a fact about an order and let it have its effect.

    fence: the claim under which it was learnt. If another worker has the order by now, or the fact is only a notice,
    it may show that money moved but never release money: the provider is asked instead. Raises PaymentNotFound and
    whatever the budget refuses.
    """
    row = locked(ctx, order_id)
    apply(ctx, row, fact, fence=fence)
    ctx.session.flush()
    return row


def apply(
    ctx: Ctx, row: Order, fact: Observation, *, fence: int | None = None, later: list[Arrival] | None = None
) -> None:
    """apply_observation for an order that is held already.

    later: where a payment that has arrived is noted instead of being booked at once; the caller books them all.
    """
    keep(ctx, row, fact)
    stale = fence is not None and fence != row.fence
    if rules.contradicts(row.state, fact.outcome) or fact.amount not in {None, row.amount_fen}:
        _quarantine(ctx, row, fact)
    elif fact.outcome not in _MOVED and (stale or fact.source == "notice"):
        _ask_soon(ctx, row)
    else:
        _move(ctx, row, fact, later)


def keep(ctx: Ctx, row: Order, fact: Observation) -> None:
    """Store a fact without any effect."""
    row.last_code = fact.code[:120]
    row.provider_ids = {**row.provider_ids, **fact.provider_ids}
    facts = {"id": ctx.new_id(), "order_id": row.id, "provider_ids": dict(fact.provider_ids), **as_it_came(ctx, fact)}
    gathering.write(ctx.session, _KEEP, facts)


def as_it_came(ctx: Ctx, fact: Observation) -> dict[str, Any]:
    """The columns of a stored fact, whatever it is about: what was said, and the bytes that said it, encrypted."""
    return {
        "number": fact.number,
        "source": fact.source,
        "outcome": fact.outcome.value,
        "amount_fen": fact.amount,
        "code": fact.code[:120],
        "occurred_at": fact.occurred_at,
        "raw": ctx.keys.encrypt(fact.raw),
        "sha256": sha256(fact.raw).hexdigest(),
        "seen_at": ctx.now,
    }


def _quarantine(ctx: Ctx, row: Order, fact: Observation) -> None:
    row.attention = True
    ctx.record(
        FactQuarantined(subject=f"payment/{row.id}", number=row.number, outcome=fact.outcome.value, source=fact.source)
    )
    _ask_soon(ctx, row)


def _ask_soon(ctx: Ctx, row: Order) -> None:
    if row.state in rules.SENT:
        row.next_action_at, row.next_what = ctx.now, "query"


def _move(ctx: Ctx, row: Order, fact: Observation, later: list[Arrival] | None) -> None:
    before, row.state = row.state, rules.apply(row.state, fact.outcome)
    if row.state == before:
        return
    if row.state in {"paid", "refused", "returned"}:
        _finish(ctx, row, before, later)
    ctx.record(
        OrderMoved(
            subject=f"payment/{row.id}",
            number=row.number,
            state=row.state,
            amount_fen=row.amount_fen,
            source=fact.source,
            code=fact.code[:120],
        )
    )


def _finish(ctx: Ctx, row: Order, before: str, later: list[Arrival] | None) -> None:
    amount, mark = row.amount_fen, queries.reference(row)
    if row.state == "refused":
        budgets.back_to_due(ctx, row.encumbrance_id, amount_fen=amount, reference=mark)
    elif row.state == "paid" and later is not None:
        later.append(Arrival(row.encumbrance_id, amount, mark))
    elif before != "paid":
        budgets.settle(ctx, row.encumbrance_id, amount_fen=amount, reference=mark)
    if row.state == "returned":
        budgets.return_paid(ctx, row.encumbrance_id, amount_fen=amount, reference=mark)
    if row.state != "paid":
        row.live_key = None
    receipt_at = ctx.now + rules.RECEIPT_AFTER if row.state == "paid" else None
    row.finished_at, row.next_action_at, row.lease_until, row.attention = ctx.now, receipt_at, None, False
    ctx.send(f"payment.{row.state}", {"order_id": row.id, "number": row.number, "amount_fen": row.amount_fen})


def own(ctx: Ctx, row: PaymentOrder) -> PaymentOrder:
    """The order if it is of the actor's department. Raises PaymentNotFound."""
    if ctx.actor.kind not in {"system", "terminal"} and row.department_id != ctx.actor.organisation_id:
        raise PaymentNotFound
    return row


def who(ctx: Ctx) -> str:
    """Who acts, as it is stored."""
    return ctx.actor.login_id or ctx.actor.kind
