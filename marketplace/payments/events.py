"""Facts of the payments domain. None carries an account number."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class PayeeRegistered(Event):
    """An agency said where it wants to be paid."""

    type: ClassVar[str] = "payment.payee.changed"
    public: ClassVar[bool] = False
    kind: str


@dataclass(frozen=True, slots=True)
class OrderPrepared(Event):
    """A payment order was drawn up for an accepted milestone."""

    type: ClassVar[str] = "payment.order.prepared"
    public: ClassVar[bool] = False
    number: str
    milestone_id: str
    amount_fen: int
    gateway: str
    replaces: str | None


@dataclass(frozen=True, slots=True)
class OrderSubmitted(Event):
    """The maker put the order before a second person."""

    type: ClassVar[str] = "payment.order.submitted"
    public: ClassVar[bool] = False
    number: str


@dataclass(frozen=True, slots=True)
class OrderSentBack(Event):
    """The second person gave the order back to the maker."""

    type: ClassVar[str] = "payment.order.rejected"
    public: ClassVar[bool] = False
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class OrderApproved(Event):
    """The second person approved; the payload is frozen and the money is in transit."""

    type: ClassVar[str] = "payment.order.approved"
    public: ClassVar[bool] = False
    number: str
    amount_fen: int
    digest: str


@dataclass(frozen=True, slots=True)
class OrderHeld(Event):
    """A person stopped an order that had not left."""

    type: ClassVar[str] = "payment.order.held"
    public: ClassVar[bool] = False
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class OrderWithdrawn(Event):
    """A held order that never left was given up; what it held is due again."""

    type: ClassVar[str] = "payment.order.withdrawn"
    public: ClassVar[bool] = False
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class OrderResumed(Event):
    """A held order goes on where it was stopped."""

    type: ClassVar[str] = "payment.order.resumed"
    public: ClassVar[bool] = False
    number: str


@dataclass(frozen=True, slots=True)
class ResendAllowed(Event):
    """A person allowed the same number to be sent again on a rail that does not remove doubles."""

    type: ClassVar[str] = "payment.resend.allowed"
    public: ClassVar[bool] = False
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class OrderMoved(Event):
    """Evidence changed the state of an order."""

    type: ClassVar[str] = "payment.order.moved"
    public: ClassVar[bool] = False
    number: str
    state: str
    amount_fen: int
    source: str
    code: str


@dataclass(frozen=True, slots=True)
class NoticeStored(Event):
    """A genuine notice of a provider entered the inbox."""

    type: ClassVar[str] = "payment.notice.stored"
    public: ClassVar[bool] = False
    gateway: str
    notice_id: str


@dataclass(frozen=True, slots=True)
class FactQuarantined(Event):
    """A fact contradicts what is held for certain; a person must look."""

    type: ClassVar[str] = "payment.fact.quarantined"
    public: ClassVar[bool] = False
    number: str
    outcome: str
    source: str


@dataclass(frozen=True, slots=True)
class ReceiptEntered(Event):
    """One person entered a treasury receipt. sha256: of its file, empty for paper."""

    type: ClassVar[str] = "payment.receipt.entered"
    public: ClassVar[bool] = False
    number: str
    document: str
    outcome: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ReceiptConfirmed(Event):
    """A second person confirmed the receipt."""

    type: ClassVar[str] = "payment.receipt.confirmed"
    public: ClassVar[bool] = False
    number: str
    document: str


@dataclass(frozen=True, slots=True)
class ReceiptKept(Event):
    """The provider's official receipt came; its file is kept under this hash."""

    type: ClassVar[str] = "payment.receipt.kept"
    public: ClassVar[bool] = False
    number: str
    document: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class ReceiptDiffers(Event):
    """Asked again, the provider handed out another file than the one that is kept, which stays."""

    type: ClassVar[str] = "payment.receipt.differs"
    public: ClassVar[bool] = False
    number: str
    sha256: str
    kept: str


@dataclass(frozen=True, slots=True)
class ReceiptGivenUp(Event):
    """The official receipt was asked for long enough; a person may ask again."""

    type: ClassVar[str] = "payment.receipt.given_up"
    public: ClassVar[bool] = False
    number: str
    code: str


@dataclass(frozen=True, slots=True)
class ReceiptAsked(Event):
    """A person asked for the official receipt again."""

    type: ClassVar[str] = "payment.receipt.asked"
    public: ClassVar[bool] = False
    number: str


@dataclass(frozen=True, slots=True)
class PayeeFixed(Event):
    """The account of a signed contract was written down."""

    type: ClassVar[str] = "payment.payee.fixed"
    public: ClassVar[bool] = False
    contract_id: str
    document: str


@dataclass(frozen=True, slots=True)
class PayeeChangeAsked(Event):
    """An agency asked for another account of a contract."""

    type: ClassVar[str] = "payment.payee.change.asked"
    public: ClassVar[bool] = False
    contract_id: str
    document: str


@dataclass(frozen=True, slots=True)
class PayeeChangeDecided(Event):
    """A department agreed to another account of a contract, or did not."""

    type: ClassVar[str] = "payment.payee.change.decided"
    public: ClassVar[bool] = False
    contract_id: str
    state: str
    document: str


@dataclass(frozen=True, slots=True)
class InvoiceEntered(Event):
    """An invoice was taken in."""

    type: ClassVar[str] = "payment.invoice.entered"
    public: ClassVar[bool] = False
    number: str
    gross_fen: int
    red: bool


@dataclass(frozen=True, slots=True)
class InvoiceChecked(Event):
    """A department found an invoice genuine, or refused it."""

    type: ClassVar[str] = "payment.invoice.checked"
    public: ClassVar[bool] = False
    number: str
    state: str


@dataclass(frozen=True, slots=True)
class OrderDeducted(Event):
    """A part of a payment was left out as retention, penalty or disputed."""

    type: ClassVar[str] = "payment.order.deducted"
    public: ClassVar[bool] = False
    number: str
    kind: str
    amount_fen: int
    basis: str


@dataclass(frozen=True, slots=True)
class DeductionDropped(Event):
    """A deduction was taken out again before approval."""

    type: ClassVar[str] = "payment.deduction.dropped"
    public: ClassVar[bool] = False
    number: str
    amount_fen: int
