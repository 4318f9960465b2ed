"""Paying in three phases: claim in one unit of work, the wire without any, record in another, guarded by a fence."""

import logging
import time
from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, case, or_, update

from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.errors import DomainError, Kind
from marketplace.kernel.money import Fen
from marketplace.payments import evidence, queries, rules
from marketplace.payments.models import PaymentAttempt, PaymentOrder
from marketplace.payments.ports import Gateway, Observation, Outcome, Prepared

log = logging.getLogger("marketplace.payments")

ROUNDS = 3  # exchanges of one order in a row: ask, send, ask again


@dataclass(frozen=True, slots=True)
class Claim:
    """What a worker takes to the wire: the frozen command under its fence."""

    order_id: str
    fence: int
    attempt_id: str
    what: Literal["send", "query"]
    prepared: Prepared
    gateway: Gateway
    deadline: float  # time.monotonic; ends long before the lease


def run_due(runtime: Runtime, limit: int = 100) -> int:
    """Do what is due for every open order that no other worker holds; returns how many were touched."""
    with runtime.work(write=False) as ctx:
        waiting = queries.due(ctx, limit)
    return sum(_run_apart(runtime, order_id) for order_id in waiting)


def _run_apart(runtime: Runtime, order_id: str) -> bool:
    """One order's trouble never stops the others; it waits an hour and a person looks."""
    try:
        return run_once(runtime, order_id)
    except DomainError as refusal:
        log.warning("payment order %s: %s", order_id, refusal.code)
    except Exception as error:
        # The text of the error may hold what was to be sent; only its kind is written down.
        log.error("payment order %s: %s", order_id, type(error).__name__)  # noqa: TRY400
        with runtime.work() as ctx:
            row = evidence.locked(ctx, order_id)
            row.attention, row.next_action_at = True, ctx.now + rules.BACK_OFF[-1]
            row.last_code = type(error).__name__
    return False


def run_once(runtime: Runtime, order_id: str) -> bool:
    """Take one order as far as it goes now. False when another worker has it or nothing is due."""
    touched = False
    for _ in range(ROUNDS):
        claimed = claim(runtime, order_id)
        if claimed is None:
            break
        touched = True
        record(runtime, claimed, exchange(claimed))
    return touched


def claim(runtime: Runtime, order_id: str) -> Claim | None:
    """Phase 1: take the order with a new fence and a lease, and write the attempt before anything leaves."""
    deadline = time.monotonic() + rules.WIRE_SECONDS
    with runtime.work() as ctx:
        if not _take(ctx, order_id):
            return None
        row = evidence.locked(ctx, order_id)
        assert row.payload is not None
        what: Literal["send", "query"] = "send" if row.next_what == "send" else "query"
        # Until the outcome is recorded the only safe guess is that it left.
        row.next_what, row.sends = "query", row.sends + (what == "send")
        row.resend_allowed = row.resend_allowed and what == "query"
        attempt = PaymentAttempt(id=ctx.new_id(), order_id=row.id, fence=row.fence, what=what, started_at=ctx.now)
        ctx.session.add(attempt)
        prepared = Prepared.of("transfer", row.number, Fen(row.amount_fen), ctx.keys.decrypt(row.payload))
        if prepared.digest != row.digest:
            raise RuntimeError(f"payload of {row.number} does not fit its digest")
        gateway = queries.gateway(ctx, row.gateway)
        return Claim(row.id, row.fence, attempt.id, what, prepared, gateway, deadline)


def _take(ctx: Ctx, order_id: str) -> bool:
    free = or_(PaymentOrder.lease_until.is_(None), PaymentOrder.lease_until <= ctx.now)
    taken = (
        update(PaymentOrder)
        .where(
            PaymentOrder.id == order_id,
            PaymentOrder.state.in_(rules.OPEN),
            PaymentOrder.next_action_at <= ctx.now,
            free,
        )
        .values(
            fence=PaymentOrder.fence + 1,
            lease_until=ctx.now + rules.LEASE,
            state=case((PaymentOrder.state == "approved", "sending"), else_=PaymentOrder.state),
        )
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", ctx.session.execute(taken)).rowcount == 1


def exchange(claimed: Claim) -> Observation:
    """Phase 2: the wire, with no transaction open. A broken adapter is an unknown outcome like any other."""
    act = claimed.gateway.send if claimed.what == "send" else claimed.gateway.query
    try:
        return act(claimed.prepared, deadline=claimed.deadline)
    except Exception as error:
        # The text of a foreign error may hold what was sent; only its kind is written down.
        log.error("gateway %s failed on %s: %s", claimed.gateway.name, claimed.prepared.number, type(error).__name__)  # noqa: TRY400
        source: Literal["answer", "query"] = "answer" if claimed.what == "send" else "query"
        return Observation(source, claimed.prepared.number, Outcome.UNKNOWN, code=type(error).__name__)


def record(runtime: Runtime, claimed: Claim, fact: Observation) -> None:
    """Phase 3: store what was learnt and apply it, unless another worker has taken the order over."""
    try:
        with runtime.work() as ctx:
            row = evidence.apply_observation(ctx, claimed.order_id, fact, fence=claimed.fence)
            _end(ctx, claimed, row, fact)
    except DomainError as refusal:
        # The fact stands even when the books refuse it (a closed year): keep it and call a person.
        log.error("payment %s: %s", claimed.prepared.number, refusal.code)  # noqa: TRY400
        with runtime.work() as ctx:
            row = evidence.locked(ctx, claimed.order_id)
            evidence.keep(ctx, row, fact)
            row.attention = row.attention or refusal.kind is not Kind.UNAVAILABLE
            _end(ctx, claimed, row, fact)


def _end(ctx: Ctx, claimed: Claim, row: PaymentOrder, fact: Observation) -> None:
    attempt = ctx.session.get(PaymentAttempt, claimed.attempt_id)
    assert attempt is not None
    attempt.ended_at, attempt.outcome, attempt.code = ctx.now, fact.outcome.value, fact.code[:120]
    if row.fence != claimed.fence:
        return
    row.lease_until = None
    if row.state in rules.OPEN:
        _plan(ctx, claimed, row, fact)


def _plan(ctx: Ctx, claimed: Claim, row: PaymentOrder, fact: Observation) -> None:
    if fact.outcome is Outcome.NOT_SENT and claimed.what == "send":
        row.sends -= 1
        if not row.sends and row.state == "sending":
            row.state = rules.STATES.move(row.state, "unsent")
    row.tries += 1
    may_repeat = claimed.gateway.caps.dedupes_forever or row.resend_allowed
    plan = rules.plan(fact.outcome, tries=row.tries, sends=row.sends, may_repeat=may_repeat)
    row.next_what, row.next_action_at = plan.what, ctx.now + plan.wait
    row.attention = row.attention or plan.attention
