"""Paying in three phases: claim in one unit of work, the wire without any, record in another, guarded by a fence.

Many orders share one unit of work, so that a commit is paid once for all of them; the wire is one exchange each.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlalchemy import Table, bindparam, insert, update

from marketplace.budgets import service as budgets
from marketplace.kernel import gathering
from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.errors import DomainError, Kind
from marketplace.kernel.money import Fen
from marketplace.kernel.quick import Quick
from marketplace.payments import evidence, plain_orders, queries, rules
from marketplace.payments.models import PaymentAttempt
from marketplace.payments.plain_orders import PlainOrder
from marketplace.payments.ports import Gateway, Observation, Outcome, Prepared
from marketplace.payments.queries import course

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
    taken_at: datetime


_attempts = cast("Table", PaymentAttempt.__table__)
_BEGUN = Quick(insert(_attempts), columns=("id", "order_id", "fence", "what", "started_at", "code"))
_ENDED = Quick(
    update(_attempts)
    .where(_attempts.c.id == bindparam("attempt"))
    .values({name: bindparam(f"new_{name}", type_=_attempts.c[name].type) for name in ("ended_at", "outcome", "code")})
)
Landed = tuple[Claim, Observation]


def claim(runtime: Runtime, order_id: str) -> Claim | None:
    """Take one order; see claim_many."""
    return next(iter(claim_many(runtime, [order_id])), None)


def claim_many(runtime: Runtime, order_ids: Sequence[str]) -> list[Claim]:
    """Phase 1: take orders with a new fence and a lease, and write the attempts before anything leaves.

    Orders that are not due, or that another worker holds or is just taking, are left out.
    """
    return turn(runtime, (), order_ids)[1]


def turn(runtime: Runtime, landed: Sequence[Landed], order_ids: Sequence[str]) -> tuple[list[str], list[Claim]]:
    """Phase 3 of what has landed and phase 1 of what leaves next, all in one commit or not at all.

    Returns the ids of orders that want another exchange at once, and the claims; see record_many and claim_many.
    """
    deadline = time.monotonic() + rules.WIRE_SECONDS
    with runtime.work() as ctx:
        again = _record(ctx, landed) if landed else []
        claims = _claim(ctx, order_ids, deadline) if order_ids else []
    return again, claims


def _claim(ctx: Ctx, order_ids: Sequence[str], deadline: float) -> list[Claim]:
    rows, rails = plain_orders.free(ctx, order_ids), dict[str, Gateway]()
    claims = [_take(ctx, row, deadline, rails) for row in rows]
    if claims:
        plain_orders.write_claimed(ctx, rows)
        _BEGUN.write_all(ctx.session, [_attempt(ctx, one) for one in claims])
    return claims


def _take(ctx: Ctx, row: PlainOrder, deadline: float, rails: dict[str, Gateway]) -> Claim:
    what: Literal["send", "query"] = "send" if row.next_what == "send" else "query"
    row.fence, row.lease_until = row.fence + 1, ctx.now + rules.LEASE
    if row.state == "approved":
        row.state = rules.STATES.move(row.state, "send")
    # Until the outcome is recorded the only safe guess is that it left.
    row.next_what, row.sends = "query", row.sends + (what == "send")
    row.resend_allowed = row.resend_allowed and what == "query"
    assert row.payload is not None
    prepared = Prepared.of("transfer", row.number, Fen(row.amount_fen), ctx.keys.decrypt(row.payload))
    if prepared.digest != row.digest:
        raise RuntimeError(f"payload of {row.number} does not fit its digest")
    gateway = rails.get(row.gateway) or rails.setdefault(row.gateway, queries.gateway(ctx, row.gateway))
    return Claim(row.id, row.fence, ctx.new_id(), what, prepared, gateway, deadline, ctx.now)


def _attempt(ctx: Ctx, claimed: Claim) -> dict[str, object]:
    return {
        "id": claimed.attempt_id,
        "order_id": claimed.order_id,
        "fence": claimed.fence,
        "what": claimed.what,
        "started_at": ctx.now,
        "code": "",
    }


def exchange(claimed: Claim) -> Observation:
    """Phase 2: the wire, with no transaction open. A broken adapter is an unknown outcome like any other."""
    act = claimed.gateway.send if claimed.what == "send" else claimed.gateway.query
    source: Literal["answer", "query"] = "answer" if claimed.what == "send" else "query"
    if claimed.deadline - time.monotonic() < rules.WIRE_SECONDS / 2:
        # It waited for its place in the air for too long: what is left would be too short to hear an answer.
        return Observation(source, claimed.prepared.number, Outcome.NOT_SENT, code="waited")
    try:
        return act(claimed.prepared, deadline=claimed.deadline)
    except Exception as error:
        # The text of a foreign error may hold what was sent; only its kind is written down.
        log.error("gateway %s failed on %s: %s", claimed.gateway.name, claimed.prepared.number, type(error).__name__)  # noqa: TRY400
        return Observation(source, claimed.prepared.number, Outcome.UNKNOWN, code=type(error).__name__)


def record(runtime: Runtime, claimed: Claim, fact: Observation) -> list[str]:
    """Phase 3 for one order: store what was learnt and apply it; see record_many."""
    try:
        return turn(runtime, [(claimed, fact)], ())[0]
    except DomainError as refusal:
        # The fact stands even when the books refuse it (a closed year): keep it and call a person.
        log.error("payment %s: %s", claimed.prepared.number, refusal.code)  # noqa: TRY400
        with runtime.work() as ctx:
            row = plain_orders.held(ctx, [claimed.order_id])[claimed.order_id]
            evidence.keep(ctx, row, fact)
            row.attention = row.attention or refusal.kind is not Kind.UNAVAILABLE
            _end(ctx, claimed, row, fact)
            _write(ctx, [row], [(claimed, fact)])
        return []


def record_many(runtime: Runtime, landed: Sequence[Landed]) -> list[str]:
    """Phase 3: store and apply what was learnt about several orders in one commit, or one by one if that is refused.

    An order that another worker has taken over meanwhile keeps the fact and nothing else. Returns the ids of orders
    that want another exchange at once.
    """
    try:
        return turn(runtime, landed, ())[0]
    except DomainError:
        return [id for claimed, fact in landed for id in record(runtime, claimed, fact)]


def _record(ctx: Ctx, landed: Sequence[Landed]) -> list[str]:
    rows = plain_orders.held(ctx, [claimed.order_id for claimed, _ in landed])
    later: list[budgets.Arrival] = []
    with gathering.together(ctx.session):
        for claimed, fact in landed:
            evidence.apply(ctx, rows[claimed.order_id], fact, fence=claimed.fence, later=later)
            _end(ctx, claimed, rows[claimed.order_id], fact)
        if later:
            budgets.settle_all(ctx, later)
    _write(ctx, rows.values(), landed)
    return [id for id, row in rows.items() if row.lease_until is None and _is_due(ctx, row)]


def _write(ctx: Ctx, rows: Iterable[PlainOrder], landed: Sequence[Landed]) -> None:
    plain_orders.write_recorded(ctx, rows)
    _ENDED.write_all(ctx.session, [_ended(ctx, claimed, fact) for claimed, fact in landed])


def _is_due(ctx: Ctx, row: PlainOrder) -> bool:
    return row.state in rules.OPEN and row.next_action_at is not None and row.next_action_at <= ctx.now


def _ended(ctx: Ctx, claimed: Claim, fact: Observation) -> dict[str, object]:
    said = {"new_ended_at": ctx.now, "new_outcome": fact.outcome.value, "new_code": fact.code[:120]}
    return {"attempt": claimed.attempt_id, **said}


def _end(ctx: Ctx, claimed: Claim, row: PlainOrder, fact: Observation) -> None:
    if row.fence != claimed.fence:
        return
    row.lease_until = None
    if row.state in rules.OPEN:
        _plan(ctx, claimed, row, fact)


def _plan(ctx: Ctx, claimed: Claim, row: PlainOrder, fact: Observation) -> None:
    if fact.outcome is Outcome.NOT_SENT and claimed.what == "send":
        row.sends -= 1
        if not row.sends and row.state == "sending":
            row.state = rules.STATES.move(row.state, "unsent")
    row.tries += 1
    may_repeat = claimed.gateway.caps.dedupes_forever or row.resend_allowed
    settling = _settling(ctx, claimed) if fact.outcome is Outcome.NOT_FOUND else timedelta(0)
    plan = rules.plan(fact.outcome, tries=row.tries, sends=row.sends, may_repeat=may_repeat, settling=settling)
    row.next_what, row.next_action_at = plan.what, ctx.now + plan.wait
    row.attention = row.attention or plan.attention


def _settling(ctx: Ctx, claimed: Claim) -> timedelta:
    """How much longer, seen from the question, the last send could be under way at the provider."""
    sent_at = course.last_send(ctx, claimed.order_id)
    if sent_at is None:
        return timedelta(0)
    return sent_at + timedelta(seconds=rules.WIRE_SECONDS) + claimed.gateway.caps.settles_within - claimed.taken_at
