"""What the clock does to budgets: it reminds departments of the end of the year."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from marketplace.budgets.queries import closings
from marketplace.identity import queries as identity
from marketplace.kernel.clock import at_shanghai, shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.rulebook.queries import rules_at

YEAR_END = "budget.year_end"
DAYS = (30, 14, 7, 3, 1, 0)
WEEK = 7


def remind(ctx: Ctx, subject: str) -> None:
    """Tell each department that has not sealed a year how many days are left, or how many it is late.

    Source: rulebook budget.closing_days_before.
    """
    today = shanghai_date(ctx.now)
    for department_id, year in closings.unclosed_years(ctx, today.year):
        left = (date(year, 12, 31) - today).days
        first = int(rules_at(ctx, identity.organisation(ctx, department_id).region, ctx.now)[_FIRST])
        if left == first or (left <= first and left in DAYS) or (left < 0 and left % WEEK == 0):
            ctx.send(YEAR_END, {"department_id": department_id, "fiscal_year": year, "days_left": left})


def next_morning(now: datetime) -> datetime:
    """The next 08:00 in Shanghai."""
    today = at_shanghai(shanghai_date(now), 8)
    return today if today > now else at_shanghai(shanghai_date(now) + timedelta(days=1), 8)


_FIRST = "budget.closing_days_before"
HANDLERS: dict[str, Callable[[Ctx, str], None]] = {YEAR_END: remind}
RECURRING: dict[str, Callable[[datetime], datetime]] = {YEAR_END: next_morning}
