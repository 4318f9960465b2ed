"""Exact arithmetic of quotes: prices from discount rates, half-up rounding, medians. Integers only."""

from collections.abc import Sequence

WHOLE_BP = 10_000


def half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator rounded to the nearest integer, halves up. Both at least 0, denominator above 0."""
    return (2 * numerator + denominator) // (2 * denominator)


def price_of_rate(base_fen: int, rate_bp: int) -> int:
    """The price of a discount rate (下浮率) on a base, in fen, halves up. rate_bp: basis points, below 10,000."""
    return half_up(base_fen * (WHOLE_BP - rate_bp), WHOLE_BP)


def percent(rate_bp: int) -> str:
    """A rate as people read it: 1250 → "12.50"."""
    return f"{rate_bp // 100}.{rate_bp % 100:02d}"


def is_below(cost: int, others: Sequence[int], pct: int) -> bool:
    """Whether a cost is below `pct` percent of the median of all costs (its own among them). Exact."""
    ordered = sorted(others)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return 2 * 100 * cost < pct * (low + high)
