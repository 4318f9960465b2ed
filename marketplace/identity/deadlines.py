"""Timer door of identity: counters of failed sign-ins are forgotten every night."""

from collections.abc import Callable
from datetime import datetime, timedelta

from marketplace.identity import service
from marketplace.kernel.clock import at_shanghai, shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.deadlines import Next

SWEEP_HOUR = 3


def sweep(ctx: Ctx, subject: str) -> None:
    """Forget what the night allows to be forgotten."""
    service.sweep(ctx)


def next_night(now: datetime) -> datetime:
    """Three in the morning of the next day in Shanghai."""
    return at_shanghai(shanghai_date(now) + timedelta(days=1), SWEEP_HOUR)


HANDLERS: dict[str, Callable[[Ctx, str], None]] = {"identity.sweep": sweep}
RECURRING: dict[str, Next] = {"identity.sweep": next_night}
