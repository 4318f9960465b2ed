"""What the clock does to credit: silence counted, late delivery entered, appeals overdue, scores decaying."""

from collections.abc import Callable
from datetime import datetime, timedelta

from marketplace.credit import appeals, service
from marketplace.kernel.clock import at_shanghai, shanghai_date
from marketplace.kernel.context import Ctx


def regrade_market(ctx: Ctx, subject: str) -> None:
    """Grade every agency again: facts lose weight with time."""
    service.regrade_all(ctx)


def next_night(now: datetime) -> datetime:
    """The next 02:30 in Shanghai."""
    tonight = at_shanghai(shanghai_date(now), 2, 30)
    return tonight if tonight > now else at_shanghai(shanghai_date(now) + timedelta(days=1), 2, 30)


# credit.review_closes and credit.delivery_late are promised by contracts with the contract's and milestone's id.
HANDLERS: dict[str, Callable[[Ctx, str], None]] = {
    "credit.review_closes": service.close_review,
    "credit.delivery_late": service.note_delivery_late,
    "credit.appeal_due": appeals.note_overdue,
    "credit.regrade": regrade_market,
}
RECURRING: dict[str, Callable[[datetime], datetime]] = {"credit.regrade": next_night}
