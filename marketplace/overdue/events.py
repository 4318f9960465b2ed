"""Facts of the overdue domain."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class PayerReminded(Event):
    """A payer was told that an amount comes due, is due, or is overdue."""

    type: ClassVar[str] = "overdue.payer.reminded"
    public: ClassVar[bool] = False
    milestone_id: str
    stage: str
    unpaid_fen: int
    days_late: int


@dataclass(frozen=True, slots=True)
class SizeDeclared(Event):
    """An agency declared the size of its firm."""

    type: ClassVar[str] = "overdue.size.declared"
    size: str
