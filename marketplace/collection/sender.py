"""Collections and refunds on the wire: claim, exchange without a transaction, record under the fence."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, or_, update

from marketplace.collection import evidence, queries, rules
from marketplace.collection.models import Collection, Refund, Settlement
from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Fen
from marketplace.payments import queries as payments
from marketplace.payments.ports import Gateway, Observation, Operation, Outcome, Prepared

log = logging.getLogger("marketplace.collection")
Kind = type[Collection] | type[Refund] | type[Settlement]
What = Literal["send", "query", "cancel"]
OPERATIONS: dict[Kind, Operation] = {Collection: "payment", Refund: "refund", Settlement: "settlement"}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a worker takes to the wire."""

    kind: Kind
    id: str
    fence: int
    what: What
    prepared: Prepared
    gateway: Gateway
    deadline: float  # time.monotonic
    taken_at: datetime


def run_due(runtime: Runtime, limit: int = 100) -> int:
    """Do what is due for every collection and refund that no other worker holds; returns how many were touched."""
    with runtime.work(write=False) as ctx:
        waiting = [(kind, id) for kind in (Collection, Refund, Settlement) for id in queries.due(ctx, kind, limit)]
    return sum(_run_apart(runtime, kind, id) for kind, id in waiting)


def _run_apart(runtime: Runtime, kind: Kind, id: str) -> bool:
    """One command's trouble never stops the others."""
    try:
        claimed = claim(runtime, kind, id)
        if claimed is None:
            return False
        record(runtime, claimed, exchange(claimed))
    except DomainError as refusal:
        log.warning("%s %s: %s", kind.__name__, id, refusal.code)
    except Exception as error:
        # The text of the error may hold what was to be sent; only its kind is written down.
        log.error("%s %s: %s", kind.__name__, id, type(error).__name__)  # noqa: TRY400
        return False
    return True


def claim(runtime: Runtime, kind: Kind, id: str) -> Claim | None:
    """Phase 1: take the command with a new fence and a lease."""
    deadline = time.monotonic() + rules.WIRE_SECONDS
    with runtime.work() as ctx:
        if not _take(ctx, kind, id):
            return None
        row = cast("Collection | Refund | Settlement | None", ctx.session.get(kind, id, populate_existing=True))
        assert row is not None
        what = cast("What", row.next_what)
        # Until the outcome is recorded the only safe guess is that it left: then it is asked for, not sent.
        if isinstance(row, Refund):
            row.next_what, row.sent_at = "query", ctx.now if what == "send" else row.sent_at
        operation = OPERATIONS[kind]
        prepared = Prepared.of(operation, row.number, Fen(row.amount_fen), ctx.keys.decrypt(row.payload))
        if prepared.digest != row.digest:
            raise RuntimeError(f"payload of {row.number} does not fit its digest")
        return Claim(kind, row.id, row.fence, what, prepared, payments.gateway(ctx, row.gateway), deadline, ctx.now)


def _take(ctx: Ctx, kind: Kind, id: str) -> bool:
    states = rules.OPEN if kind is Collection else rules.REFUND_OPEN
    free = or_(kind.lease_until.is_(None), kind.lease_until <= ctx.now)
    taken = (
        update(kind)
        .where(kind.id == id, kind.state.in_(states), kind.next_action_at <= ctx.now, free)
        .values(fence=kind.fence + 1, lease_until=ctx.now + rules.LEASE)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", ctx.session.execute(taken)).rowcount == 1


def exchange(claimed: Claim) -> Observation:
    """Phase 2: the wire, with no transaction open. Closing that fails is followed by the question why."""
    rail, prepared, deadline = claimed.gateway, claimed.prepared, claimed.deadline
    try:
        fact = getattr(rail, claimed.what)(prepared, deadline=deadline)
        if claimed.what == "cancel" and fact.outcome is Outcome.UNKNOWN:
            fact = rail.query(prepared, deadline=deadline)
        return cast("Observation", fact)
    except Exception as error:
        log.error("gateway %s failed on %s: %s", rail.name, prepared.number, type(error).__name__)  # noqa: TRY400
        return Observation("query", prepared.number, Outcome.UNKNOWN, code=type(error).__name__)


def record(runtime: Runtime, claimed: Claim, fact: Observation) -> None:
    """Phase 3: store what was learnt and apply it, unless another worker has taken the command over."""
    with runtime.work() as ctx:
        if claimed.kind is Collection:
            _plan(ctx, claimed, evidence.apply(ctx, claimed.id, fact, fence=claimed.fence))
        elif claimed.kind is Settlement:
            _plan_settlement(ctx, claimed, evidence.apply_settlement(ctx, claimed.id, fact))
        else:
            _plan_refund(ctx, claimed, evidence.apply_refund(ctx, claimed.id, fact, fence=claimed.fence), fact)


def _plan(ctx: Ctx, claimed: Claim, row: Collection) -> None:
    if row.fence != claimed.fence:
        return
    row.lease_until = None
    if row.state in rules.OPEN and rules.what_next(row.state) == claimed.what:
        row.tries += 1
        row.next_action_at = ctx.now + rules.poll(row.tries)
        row.attention = row.attention or (row.state != "waiting" and row.tries >= rules.MOST_TRIES)


def _plan_settlement(ctx: Ctx, claimed: Claim, row: Settlement) -> None:
    """Said again it is the same settlement, so it is said until it is answered."""
    if row.fence != claimed.fence:
        return
    row.lease_until = None
    if row.state in rules.REFUND_OPEN:
        row.tries += 1
        row.next_action_at = ctx.now + rules.poll(row.tries)
        row.attention = row.attention or row.tries >= rules.MOST_TRIES


def _plan_refund(ctx: Ctx, claimed: Claim, row: Refund, fact: Observation) -> None:
    if row.fence != claimed.fence:
        return
    row.lease_until = None
    if row.state in rules.REFUND_OPEN:
        row.tries += 1
        settling = _settling(claimed, row)
        row.next_what = rules.refund_next(fact.outcome, settling)
        wait = rules.poll(row.tries)
        row.next_action_at = ctx.now + (max(wait, settling) if fact.outcome is Outcome.NOT_FOUND else wait)
        row.attention = row.attention or row.tries >= rules.MOST_TRIES


def _settling(claimed: Claim, row: Refund) -> timedelta:
    """How much longer, seen from the exchange, the newest send could be under way at the provider."""
    if row.sent_at is None:
        return timedelta(0)
    return row.sent_at + timedelta(seconds=rules.WIRE_SECONDS) + claimed.gateway.caps.settles_within - claimed.taken_at
