"""Facts of the collection domain. None carries an account number."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class MerchantRegistered(Event):
    """An agency said to which merchant account enterprises pay it."""

    type: ClassVar[str] = "collection.merchant.changed"
    public: ClassVar[bool] = False
    hint: str


@dataclass(frozen=True, slots=True)
class CollectionOpened(Event):
    """A buyer asked to pay; the command is frozen."""

    type: ClassVar[str] = "collection.payment.asked"
    public: ClassVar[bool] = False
    number: str
    milestone_id: str
    amount_fen: int
    way: str
    digest: str


@dataclass(frozen=True, slots=True)
class CollectionMoved(Event):
    """Evidence, or the clock, changed the state of a collection."""

    type: ClassVar[str] = "collection.payment.moved"
    public: ClassVar[bool] = False
    number: str
    state: str
    amount_fen: int
    source: str
    code: str


@dataclass(frozen=True, slots=True)
class CollectionDoubted(Event):
    """A fact contradicts what is held for certain; a person must look."""

    type: ClassVar[str] = "collection.fact.quarantined"
    public: ClassVar[bool] = False
    number: str
    outcome: str
    source: str


@dataclass(frozen=True, slots=True)
class LateReceipt(Event):
    """Money came under a number that is closed; it has no owner yet."""

    type: ClassVar[str] = "collection.receipt.found"
    public: ClassVar[bool] = False
    number: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ReceiptAllocated(Event):
    """Money without an owner was taken for what it was meant for."""

    type: ClassVar[str] = "collection.receipt.allocated"
    public: ClassVar[bool] = False
    number: str
    amount_fen: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseAsked(Event):
    """The payer wants held money settled before acceptance; a second person confirms."""

    type: ClassVar[str] = "collection.release.asked"
    public: ClassVar[bool] = False
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class SettlementAsked(Event):
    """Held money is told to go to the agency. cause: acceptance, or two_persons of the payer."""

    type: ClassVar[str] = "collection.settlement.asked"
    public: ClassVar[bool] = False
    number: str
    collection: str
    amount_fen: int
    cause: str


@dataclass(frozen=True, slots=True)
class SettlementMoved(Event):
    """What a settlement has become."""

    type: ClassVar[str] = "collection.settlement.moved"
    public: ClassVar[bool] = False
    number: str
    state: str
    amount_fen: int
    code: str


@dataclass(frozen=True, slots=True)
class RefundAsked(Event):
    """A refund was asked for; its money is set aside."""

    type: ClassVar[str] = "collection.refund.asked"
    public: ClassVar[bool] = False
    number: str
    collection: str
    amount_fen: int
    reason: str


@dataclass(frozen=True, slots=True)
class RefundMoved(Event):
    """Evidence changed the state of a refund."""

    type: ClassVar[str] = "collection.refund.moved"
    public: ClassVar[bool] = False
    number: str
    state: str
    amount_fen: int
    source: str
    code: str
