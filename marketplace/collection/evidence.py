"""Facts about collections and refunds: kept as they came, then applied by one rule, so that order and repetition do
not matter."""

from datetime import datetime, timedelta

from marketplace.collection import books, queries, rules
from marketplace.collection.errors import CollectionNotFound
from marketplace.collection.events import CollectionDoubted, CollectionMoved, LateReceipt, RefundMoved, SettlementMoved
from marketplace.collection.models import Collection, CollectionFact, Refund, Settlement, UnallocatedReceipt
from marketplace.kernel.context import Ctx
from marketplace.payments.evidence import as_it_came
from marketplace.payments.ports import Observation, Outcome


def locked(ctx: Ctx, collection_id: str) -> Collection:
    """The collection, held until commit. Raises CollectionNotFound."""
    found = ctx.session.get(Collection, collection_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise CollectionNotFound
    return found


def locked_refund(ctx: Ctx, refund_id: str) -> tuple[Refund, Collection]:
    """The refund and its collection, held until commit; always the collection first. Raises CollectionNotFound."""
    found = ctx.session.get(Refund, refund_id)
    if found is None:
        raise CollectionNotFound
    parent = locked(ctx, found.collection_id)
    held = ctx.session.get(Refund, refund_id, with_for_update=True, populate_existing=True)
    assert held is not None
    return held, parent


def keep(ctx: Ctx, subject_id: str, fact: Observation) -> None:
    """Store a fact without any effect."""
    ctx.session.add(CollectionFact(id=ctx.new_id(), subject_id=subject_id, **as_it_came(ctx, fact)))


def take_notice(ctx: Ctx, gateway: str, fact: Observation) -> bool:
    """Apply a notice if it names a collection or a refund of that rail; False if it does not."""
    if fact.operation == "refund":
        refund = queries.refund_by_number(ctx, fact.number)
        if refund is not None and refund.gateway == gateway:
            apply_refund(ctx, refund.id, fact)
            return True
        return False
    found = queries.by_number(ctx, fact.number)
    if found is None or found.gateway != gateway:
        return False
    apply(ctx, found.id, fact)
    return True


def apply(ctx: Ctx, collection_id: str, fact: Observation, *, fence: int | None = None) -> Collection:
    """Keep a fact about a collection and let it have its effect.

    fence: the claim under which it was learnt; one that another worker has overtaken may show that money came and
    nothing else. Raises CollectionNotFound and what the ledger refuses.
    """
    row = locked(ctx, collection_id)
    keep(ctx, row.id, fact)
    row.last_code, row.provider_ids = fact.code[:120], {**row.provider_ids, **fact.provider_ids}
    source = "notice" if fence is not None and fence != row.fence else fact.source
    if fact.outcome is Outcome.SUCCEEDED and fact.amount not in {None, row.amount_fen}:
        _doubt(ctx, row, fact)
        _late(ctx, row, fact, int(fact.amount or 0))
    elif fact.outcome is Outcome.SUCCEEDED and row.state in rules.OVER:
        _late(ctx, row, fact, row.amount_fen)
    elif fact.outcome is Outcome.REFUSED and row.state == "paid" and not queries.refunds_of(ctx, row.id):
        _doubt(ctx, row, fact)
    else:
        _move(ctx, row, fact, source)
    ctx.session.flush()
    return row


def _move(ctx: Ctx, row: Collection, fact: Observation, source: str) -> None:
    over = rules.expired(row.expires_at, ctx.now)
    verb = rules.verb_for(row.state, fact.outcome, source, offered=bool(row.action), expired=over)
    if source == "notice" and not verb and row.state in rules.OPEN:
        row.next_action_at = ctx.now  # a hint: ask the provider itself
    if verb:
        to(ctx, row, verb, fact)


def to(ctx: Ctx, row: Collection, verb: str, fact: Observation) -> None:
    """Move a collection on, with everything that follows."""
    row.state = rules.STATES.move(row.state, verb)
    if verb == "offer":
        row.action = fact.action
    if verb == "cancel":
        row.reason = row.reason or fact.code[:400]
    if verb in {"pay", "allocate"}:
        row.paid_at = fact.occurred_at or ctx.now
    if verb == "pay":
        books.move(ctx, row, "paid", "payer", "held" if row.hold_days else "collected", row.amount_fen)
        ctx.send("collection.paid", {"number": row.number, "amount_fen": row.amount_fen})
    if row.paid_at is not None and row.hold_days and not row.hold_state:
        _hold(ctx, row, row.paid_at)
    if row.state in {"closed", "refused"}:
        row.closed_at = ctx.now
    live = row.state in rules.OPEN
    row.live_key = row.milestone_id if live else None
    row.next_what = rules.what_next(row.state) if live else ""
    row.next_action_at, row.tries = (ctx.now, 0) if live else (None, 0)
    row.attention = row.attention and live
    ctx.record(
        CollectionMoved(
            subject=f"collection/{row.id}",
            number=row.number,
            state=row.state,
            amount_fen=row.amount_fen,
            source=fact.source,
            code=fact.code[:120],
        )
    )


def _hold(ctx: Ctx, row: Collection, paid_at: datetime) -> None:
    """The provider holds it: look whether it may be settled at once, and again before the time is over."""
    row.hold_state = "held"
    ctx.promise("collection.held", row.id, ctx.now)
    ctx.promise("collection.hold_ends", row.id, paid_at + timedelta(days=row.hold_days) - rules.HELD_BACK)


def _late(ctx: Ctx, row: Collection, fact: Observation, amount_fen: int) -> None:
    """Money without an owner, once per collection however often it is told."""
    if queries.receipt_of(ctx, row.id) is not None or amount_fen <= 0:
        return
    made = UnallocatedReceipt(
        id=ctx.new_id(),
        collection_id=row.id,
        amount_fen=amount_fen,
        state="waiting",
        occurred_at=fact.occurred_at or ctx.now,
        found_at=ctx.now,
    )
    ctx.session.add(made)
    ctx.session.flush()
    books.move(ctx, row, "late", "payer", "unallocated", amount_fen)
    ctx.record(LateReceipt(subject=f"collection/{row.id}", number=row.number, amount_fen=amount_fen))


def _doubt(ctx: Ctx, row: Collection, fact: Observation) -> None:
    row.attention = True
    facts = {"number": row.number, "outcome": fact.outcome.value, "source": fact.source}
    ctx.record(CollectionDoubted(subject=f"collection/{row.id}", **facts))


def apply_refund(ctx: Ctx, refund_id: str, fact: Observation, *, fence: int | None = None) -> Refund:
    """Keep a fact about a refund and let it have its effect. Raises CollectionNotFound."""
    row, parent = locked_refund(ctx, refund_id)
    keep(ctx, row.id, fact)
    row.last_code, row.provider_ids = fact.code[:120], {**row.provider_ids, **fact.provider_ids}
    stale = fence is not None and fence != row.fence
    verb = rules.REFUND_VERBS.get(fact.outcome, "")
    if rules.refund_contradicts(row.state, fact.outcome) or (
        fact.outcome is Outcome.SUCCEEDED and fact.amount not in {None, row.amount_fen}
    ):
        row.attention = True
        _doubt(ctx, parent, fact)
    elif (stale or fact.source == "notice") and verb != "finish":
        row.next_action_at, row.next_what = (ctx.now, "query") if row.state in rules.REFUND_OPEN else (None, "")
    elif verb and rules.REFUND.allows(row.state, verb):
        _move_refund(ctx, row, parent, verb, fact)
    ctx.session.flush()
    return row


def _move_refund(ctx: Ctx, row: Refund, parent: Collection, verb: str, fact: Observation) -> None:
    before, row.state = row.state, rules.REFUND.move(row.state, verb)
    if row.state == before:
        return
    if verb == "finish":
        books.move(ctx, parent, f"{row.number}/done", "refunding", "payer", row.amount_fen)
    elif verb == "refuse":
        books.move(ctx, parent, f"{row.number}/back", "refunding", _came_from(row, parent), row.amount_fen)
    if verb != "take":
        row.finished_at, row.next_action_at, row.lease_until = ctx.now, None, None
        _end_receipt(ctx, row, "refunded" if verb == "finish" else "waiting")
        if parent.hold_state == "held" and not any(books.held_fen(ctx, parent).values()):
            parent.hold_state = "returned"
    ctx.record(
        RefundMoved(
            subject=f"collection/{parent.id}",
            number=row.number,
            state=row.state,
            amount_fen=row.amount_fen,
            source=fact.source,
            code=fact.code[:120],
        )
    )


def _came_from(row: Refund, parent: Collection) -> str:
    return "unallocated" if row.receipt_id else books.stands_in(parent)


def _end_receipt(ctx: Ctx, row: Refund, state: str) -> None:
    found = ctx.session.get(UnallocatedReceipt, row.receipt_id) if row.receipt_id else None
    if found is not None:
        found.state, found.ended_at = state, ctx.now if state == "refunded" else None


def apply_settlement(ctx: Ctx, settlement_id: str, fact: Observation) -> Settlement:
    """Keep a fact about a settlement and let it have its effect. Raises CollectionNotFound."""
    found = ctx.session.get(Settlement, settlement_id)
    if found is None:
        raise CollectionNotFound
    parent = locked(ctx, found.collection_id)
    row = ctx.session.get(Settlement, settlement_id, with_for_update=True, populate_existing=True)
    assert row is not None
    keep(ctx, row.id, fact)
    row.last_code, row.provider_ids = fact.code[:120], {**row.provider_ids, **fact.provider_ids}
    verb = rules.REFUND_VERBS.get(fact.outcome, "")
    if fact.outcome is Outcome.SUCCEEDED and fact.amount not in {None, row.amount_fen}:
        row.attention = True
        _doubt(ctx, parent, fact)
    elif verb and rules.SETTLEMENT.allows(row.state, verb):
        _move_settlement(ctx, row, parent, verb, fact)
    ctx.session.flush()
    return row


def _move_settlement(ctx: Ctx, row: Settlement, parent: Collection, verb: str, fact: Observation) -> None:
    before, row.state = row.state, rules.SETTLEMENT.move(row.state, verb)
    if row.state == before:
        return
    if verb == "finish":
        books.move(ctx, parent, f"{row.number}/settled", "held", "collected", row.amount_fen)
    if verb != "take":
        parent.hold_state = "settled" if verb == "finish" else "held"
        parent.attention = parent.attention or verb == "refuse"
        row.finished_at, row.next_action_at, row.lease_until = ctx.now, None, None
    facts = {"number": row.number, "state": row.state, "code": fact.code[:120]}
    ctx.record(SettlementMoved(subject=f"collection/{parent.id}", amount_fen=row.amount_fen, **facts))
