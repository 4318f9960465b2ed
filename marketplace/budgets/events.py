"""What happens to the money of a department, one fact per move. Subject: budget-line/<id>."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class LineAppropriated(Event):
    """A document put money on a budget line."""

    type: ClassVar[str] = "budget.line.appropriated"
    public: ClassVar[bool] = False
    amount_fen: int
    document: str


@dataclass(frozen=True, slots=True)
class EncumbranceReserved(Event):
    """Money was put aside for a notice."""

    type: ClassVar[str] = "budget.encumbrance.reserved"
    public: ClassVar[bool] = False
    encumbrance_id: str
    reference: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class EncumbranceAwarded(Event):
    """The price was kept and the difference given back to the line."""

    type: ClassVar[str] = "budget.encumbrance.awarded"
    public: ClassVar[bool] = False
    encumbrance_id: str
    amount_fen: int
    released_fen: int


@dataclass(frozen=True, slots=True)
class EncumbranceObligated(Event):
    """The contract is signed: the reserved amount is obligated."""

    type: ClassVar[str] = "budget.encumbrance.obligated"
    public: ClassVar[bool] = False
    encumbrance_id: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class EncumbranceReleased(Event):
    """What was not due went back to the line."""

    type: ClassVar[str] = "budget.encumbrance.released"
    public: ClassVar[bool] = False
    encumbrance_id: str
    amount_fen: int
    reason: str


@dataclass(frozen=True, slots=True)
class EncumbranceMoved(Event):
    """A move on the way to payment: due, transit, settle, back, return."""

    type: ClassVar[str] = "budget.encumbrance.moved"
    public: ClassVar[bool] = False
    encumbrance_id: str
    move: str
    amount_fen: int
    reference: str
