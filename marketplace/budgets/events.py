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


@dataclass(frozen=True, slots=True)
class EncumbranceCarried(Event):
    """What was not paid goes on in the next year, on the line named by target_id."""

    type: ClassVar[str] = "budget.encumbrance.carried"
    public: ClassVar[bool] = False
    encumbrance_id: str
    target_id: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class LineSettled(Event):
    """At the end of the year a line's free rest was carried or lapsed."""

    type: ClassVar[str] = "budget.line.settled"
    public: ClassVar[bool] = False
    decision: str
    available_fen: int
    target_id: str


@dataclass(frozen=True, slots=True)
class TransferAsked(Event):
    """Somebody asked for money to go to another line."""

    type: ClassVar[str] = "budget.transfer.asked"
    public: ClassVar[bool] = False
    number: str
    target_id: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class TransferDecided(Event):
    """A transfer was approved by a second person, refused, or withdrawn."""

    type: ClassVar[str] = "budget.transfer.decided"
    public: ClassVar[bool] = False
    number: str
    state: str


@dataclass(frozen=True, slots=True)
class ClosingMoved(Event):
    """The closing of a year went one step on; digest: SHA-256 of the figures, from the signature on."""

    type: ClassVar[str] = "budget.closing.moved"
    public: ClassVar[bool] = False
    fiscal_year: int
    state: str
    digest: str


@dataclass(frozen=True, slots=True)
class SheetBooked(Event):
    """A file of appropriations was booked whole. Subject: budget-sheet/<id>."""

    type: ClassVar[str] = "budget.sheet.booked"
    public: ClassVar[bool] = False
    sha256: str
    rows: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class VouchersNumbered(Event):
    """Moves of a year got voucher numbers, from first to last."""

    type: ClassVar[str] = "budget.vouchers.numbered"
    public: ClassVar[bool] = False
    fiscal_year: int
    first: int
    last: int
