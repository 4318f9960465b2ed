"""Many orders in the air at once: a bounded pool at the wire, one thread at the books.

What bounds the rate is the number in the air divided by the provider's latency (Little's law), until the books'
own time per order is larger.
"""

import logging
import time
from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from marketplace.kernel.context import Runtime
from marketplace.kernel.errors import DomainError
from marketplace.payments import evidence, queries, rules, sender
from marketplace.payments.gateways.links import LINKS
from marketplace.payments.ports import Observation

log = logging.getLogger("marketplace.payments")

IN_FLIGHT = "MARKETPLACE_PAYMENTS_IN_FLIGHT"
TURN_SECONDS = 30.0  # after that nothing new leaves, so that the worker's other promises get their turn
AHEAD = 3  # times what may be in the air: so many orders are claimed
LINGER_SECONDS = 0.03  # how long an answer waits for others to share its commit


@dataclass
class Flight:
    """One turn of a worker. in_flight: exchanges that may be open at the provider at once.

    More than that are claimed and wait for a place, so that the air stays full while the books are written.
    """

    runtime: Runtime
    in_flight: int
    waiting: deque[str] = field(default_factory=deque)
    air: dict[Future[Observation], sender.Claim] = field(default_factory=dict)
    down: SimpleQueue[Future[Observation]] = field(default_factory=SimpleQueue)
    rounds: Counter[str] = field(default_factory=Counter)

    def run(self, order_ids: Sequence[str]) -> int:
        """Take orders as far as they go now; returns how many were touched."""
        self.waiting.extend(order_ids)
        until = time.monotonic() + TURN_SECONDS
        with LINKS.kept(), ThreadPoolExecutor(self.in_flight, thread_name_prefix="wire") as pool:
            while self.air or (self.waiting and time.monotonic() < until):
                landed = self._land() if self.air else []
                taken = self._next() if time.monotonic() < until else []
                if landed or taken:
                    self._turn(pool, landed, taken)
        return len(self.rounds)

    def _land(self) -> list[sender.Landed]:
        """Wait for an answer, and for as many as may share its commit while the air stays full or nothing waits."""
        done = [self.down.get()]
        until = time.monotonic() + LINGER_SECONDS
        while len(done) < len(self.air):
            idle = bool(self.waiting) and len(self.air) - len(done) < self.in_flight
            try:
                done.append(self.down.get(timeout=0 if idle else max(until - time.monotonic(), 0)))
            except Empty:
                break
        return [(self.air.pop(one), one.result()) for one in done]

    def _next(self) -> list[str]:
        room = AHEAD * self.in_flight - len(self.air)
        return [self.waiting.popleft() for _ in range(min(room, len(self.waiting)))]

    def _turn(self, pool: ThreadPoolExecutor, landed: Sequence[sender.Landed], taken: Sequence[str]) -> None:
        again, claims = _turn(self.runtime, landed, taken)
        for claimed in claims:
            self.rounds[claimed.order_id] += 1
            flying = pool.submit(sender.exchange, claimed)
            self.air[flying] = claimed
            flying.add_done_callback(self.down.put)
        self.waiting.extend(id for id in again if self.rounds[id] < sender.ROUNDS)


def run_due(runtime: Runtime, limit: int = 100) -> int:
    """Do what is due for open orders that no other worker holds; returns how many were touched."""
    with runtime.work(write=False) as ctx:
        waiting = queries.due(ctx, limit)
    return Flight(runtime, int(runtime.settings[IN_FLIGHT])).run(waiting) if waiting else 0


def _turn(
    runtime: Runtime, landed: Sequence[sender.Landed], order_ids: Sequence[str]
) -> tuple[list[str], list[sender.Claim]]:
    """Record and claim in one commit; when one order makes that fail, each alone, so that its trouble is its own."""
    try:
        return sender.turn(runtime, landed, order_ids)
    except Exception:  # told by the one that fails again
        again = _record(runtime, landed) if landed else []
        return again, _claim(runtime, order_ids) if order_ids else []


def _claim(runtime: Runtime, order_ids: Sequence[str]) -> list[sender.Claim]:
    """Claim together, else each alone; one that cannot be claimed is put aside."""
    try:
        return sender.claim_many(runtime, order_ids)
    except Exception as error:
        if len(order_ids) == 1:
            _put_aside(runtime, order_ids[0], error)
            return []
    return [claimed for id in order_ids for claimed in _claim(runtime, [id])]


def _record(runtime: Runtime, landed: Sequence[sender.Landed]) -> list[str]:
    """Record together, else each alone; returns the orders that want another exchange at once."""
    try:
        return sender.record_many(runtime, landed)
    except Exception as error:
        if len(landed) == 1:
            _put_aside(runtime, landed[0][0].order_id, error)
            return []
    return [id for alone in landed for id in _record(runtime, [alone])]


def _put_aside(runtime: Runtime, order_id: str, error: Exception) -> None:
    """One order's trouble never stops the others; it waits an hour and a person looks."""
    if isinstance(error, DomainError):
        log.warning("payment order %s: %s", order_id, error.code)
        return
    # The text of the error may hold what was to be sent; only its kind is written down.
    log.error("payment order %s: %s", order_id, type(error).__name__)
    with runtime.work() as ctx:
        row = evidence.locked(ctx, order_id)
        row.attention, row.next_action_at = True, ctx.now + rules.BACK_OFF[-1]
        row.last_code = type(error).__name__
