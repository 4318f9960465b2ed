"""What buyers put on record; contact details and delegates' names stay out of the log."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class BuyerRegistered(Event):
    """A buyer entered the market."""

    type: ClassVar[str] = "buyer.buyer.registered"
    kind: str
    name: str
    uscc: str
    region: str


@dataclass(frozen=True, slots=True)
class BuyerAmended(Event):
    """A buyer changed its own details."""

    type: ClassVar[str] = "buyer.buyer.amended"
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class DelegateAdded(Event):
    """A buyer named somebody to act for it until a day."""

    type: ClassVar[str] = "buyer.delegate.added"
    public: ClassVar[bool] = False
    delegate_id: str
    valid_until: str


@dataclass(frozen=True, slots=True)
class DelegateEnded(Event):
    """A delegation ended; lapsed: by its date."""

    type: ClassVar[str] = "buyer.delegate.ended"
    public: ClassVar[bool] = False
    delegate_id: str
    lapsed: bool
