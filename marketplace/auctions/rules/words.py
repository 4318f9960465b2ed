"""Values and instants of a room as people read them."""

from datetime import datetime

from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.money import yuan


def value_text(value: int, unit: str) -> str:
    """An amount in yuan, or a discount in per cent with two places. value in fen or basis points."""
    return f"{yuan(value)}元" if unit == "fen" else f"{value // 100}.{value % 100:02d}%"


def clock_text(at: datetime) -> str:
    """The time of day in Shanghai, to the second."""
    return at.astimezone(SHANGHAI).strftime("%H:%M:%S")
