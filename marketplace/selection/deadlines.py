"""Timer door: keep commitments in stock, reveal the seeds that this process keeps, draw without what did not come."""

import logging
from collections.abc import Callable

from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.errors import DomainError
from marketplace.selection import ceremony, queries, rules, stock

log = logging.getLogger("marketplace.selection")


def _reveal_due(ctx: Ctx, tender_id: str) -> None:
    """Source: rulebook draw.reveal_minutes."""
    if queries.draw_or_none(ctx, tender_id) is None:
        ctx.promise("tender.award", tender_id, ctx.now)


def reveal_what_is_held(runtime: Runtime) -> None:
    """Reveal the seeds that this process's keepers owe."""
    if not runtime.keys.private:
        return
    with runtime.work(write=False) as ctx:
        owed = [row.number for row in ctx.session.scalars(queries.seeds_owed_by(runtime.keys.private, ctx.now))]
    for number in owed:
        try:
            with runtime.work() as ctx:
                ceremony.reveal_held(ctx, number)
        except DomainError:
            log.exception("the seeds of %s were not revealed; the next tick tries again", number)


def keep_in_stock(runtime: Runtime) -> None:
    """Fill up the stocks of this process's keepers once they are half empty. Source: MARKETPLACE_DRAW_STOCK."""
    size = int(runtime.settings.get("MARKETPLACE_DRAW_STOCK", "0"))
    held = sorted(set(rules.KEEPERS) & set(runtime.keys.private)) if size else []
    for keeper in held:
        with runtime.glance() as ctx:
            missing = size - stock.in_stock(ctx, keeper)
        if 2 * missing < size:
            continue
        try:
            with runtime.work() as ctx:
                stock.deposit(ctx, keeper, missing)
        except DomainError:
            log.exception("the stock of %s was not filled; the next tick tries again", keeper)


HANDLERS: dict[str, Callable[[Ctx, str], None]] = {"draw.reveal_due": _reveal_due}
AFTER_TICK: list[Callable[[Runtime], None]] = [reveal_what_is_held, keep_in_stock]
