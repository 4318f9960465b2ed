"""电子回单: ask for the official receipts of what was paid: claim, ask without a transaction, keep what came."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, select

from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Fen
from marketplace.payments import evidence, queries, receipts, rules
from marketplace.payments.models import PaymentOrder
from marketplace.payments.ports import Gateway, OfficialReceipt, Prepared

log = logging.getLogger("marketplace.payments")

TURN_SECONDS = 30.0  # after that nothing new is asked in this turn


@dataclass(frozen=True, slots=True)
class Question:
    """What a worker takes to the wire."""

    order_id: str
    prepared: Prepared
    provider_ids: Mapping[str, str]
    ticket: str
    gateway: Gateway
    deadline: float  # time.monotonic


def run_due(runtime: Runtime, limit: int = 100) -> int:
    """Take every receipt that is due one step further; returns how many were asked for."""
    with runtime.work(write=False) as ctx:
        waiting = queries.receipts_due(ctx, limit)
    until, asked = time.monotonic() + TURN_SECONDS, 0
    for order_id in waiting:
        if time.monotonic() < until:
            asked += _ask(runtime, order_id)
    return asked


def _ask(runtime: Runtime, order_id: str) -> bool:
    """One order's trouble never stops the others; it waits as long as any question may."""
    try:
        question = claim(runtime, order_id)
        if question is None:
            return False
        told = exchange(question)
        with runtime.work() as ctx:
            receipts.take_official(ctx, order_id, told)
    except Exception as error:
        said = error.code if isinstance(error, DomainError) else type(error).__name__
        log.error("receipt of payment order %s: %s", order_id, said)  # noqa: TRY400 - the text may hold what was sent
        with runtime.work() as ctx:
            receipts.request_of(ctx, evidence.locked(ctx, order_id)).tries += 1
            receipts.take_official(ctx, order_id, OfficialReceipt("unknown", code=said))
    return True


def claim(runtime: Runtime, order_id: str) -> Question | None:
    """Take one paid order whose receipt is due; None where another worker has it, or nothing is to be asked."""
    deadline = time.monotonic() + rules.WIRE_SECONDS
    with runtime.work() as ctx:
        row = ctx.session.scalar(_free(ctx, order_id))
        if row is None:
            return None
        row.next_action_at = None
        rail, known = queries.gateway(ctx, row.gateway), queries.receipt_request(ctx, row.id)
        if known is None and (not rail.caps.gives_receipts or queries.proof_of(ctx, row.id) is not None):
            return None
        request = receipts.request_of(ctx, row)
        if request.state != "asked":
            return None
        # Should this worker die, another asks once its lease is over.
        request.tries, row.next_action_at = request.tries + 1, ctx.now + rules.LEASE
        prepared = Prepared.of("transfer", row.number, Fen(row.amount_fen), ctx.keys.decrypt(str(row.payload)))
        return Question(row.id, prepared, dict(row.provider_ids), request.ticket, rail, deadline)


def _free(ctx: Ctx, order_id: str) -> Select[PaymentOrder]:
    due = (PaymentOrder.id == order_id, PaymentOrder.state == "paid", PaymentOrder.next_action_at <= ctx.now)
    return select(PaymentOrder).where(*due).with_for_update(skip_locked=True).execution_options(populate_existing=True)


def exchange(question: Question) -> OfficialReceipt:
    """The wire, with no transaction open. A broken adapter is an unknown answer like any other."""
    facts = (question.prepared, question.provider_ids)
    try:
        return question.gateway.receipt(*facts, ticket=question.ticket, deadline=question.deadline)
    except Exception as error:
        log.error("gateway %s has no receipt for us: %s", question.gateway.name, type(error).__name__)  # noqa: TRY400
        return OfficialReceipt("unknown", question.ticket, code=type(error).__name__)
