"""Facts of the contracts domain."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class DraftDrawn(Event):
    """The buyer wrote a draft, or wrote it again after a return."""

    type: ClassVar[str] = "contract.draft.drawn"
    public: ClassVar[bool] = False
    number: str
    award_id: str
    amount_fen: int
    revision: int


@dataclass(frozen=True, slots=True)
class SideConfirmed(Event):
    """One side confirmed the present text."""

    type: ClassVar[str] = "contract.side.confirmed"
    public: ClassVar[bool] = False
    side: str
    revision: int


@dataclass(frozen=True, slots=True)
class DraftReturned(Event):
    """One side sent the draft back."""

    type: ClassVar[str] = "contract.draft.returned"
    public: ClassVar[bool] = False
    side: str
    reason: str


@dataclass(frozen=True, slots=True)
class DraftDiscarded(Event):
    """The buyer threw a draft away that had not come into force."""

    type: ClassVar[str] = "contract.draft.discarded"
    public: ClassVar[bool] = False
    number: str


@dataclass(frozen=True, slots=True)
class ContractSigned(Event):
    """Both sides confirmed: the contract is in force and its notice public."""

    type: ClassVar[str] = "contract.contract.signed"
    number: str
    award_id: str
    tender_id: str
    buyer_id: str
    agency_id: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class SigningFellOverdue(Event):
    """The time to sign ran out before both sides had confirmed."""

    type: ClassVar[str] = "contract.signing.fell_overdue"
    award_id: str
    buyer_id: str
    agency_id: str
    waiting_for: list[str]


@dataclass(frozen=True, slots=True)
class ConfirmationFellOverdue(Event):
    """One side confirmed the draft and the other did neither confirm nor return it in time."""

    type: ClassVar[str] = "contract.confirmation.fell_overdue"
    public: ClassVar[bool] = False
    number: str
    waiting_for: list[str]


@dataclass(frozen=True, slots=True)
class DeliverableUploaded(Event):
    """The agency delivered a file; its fingerprint is on the record."""

    type: ClassVar[str] = "contract.deliverable.uploaded"
    public: ClassVar[bool] = False
    milestone_id: str
    deliverable_id: str
    version: int
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class DeliveryFellLate(Event):
    """A milestone's date passed without a delivery."""

    type: ClassVar[str] = "contract.delivery.fell_late"
    milestone_id: str
    agency_id: str
    due_at: str


@dataclass(frozen=True, slots=True)
class ResultReturned(Event):
    """The buyer sent the result of a milestone back."""

    type: ClassVar[str] = "contract.result.returned"
    public: ClassVar[bool] = False
    milestone_id: str
    reason: str
    times: int


@dataclass(frozen=True, slots=True)
class MilestoneAccepted(Event):
    """A milestone passed acceptance: the payment clock runs."""

    type: ClassVar[str] = "contract.milestone.accepted"
    milestone_id: str
    amount_fen: int
    by_clock: bool
    payment_due_at: str


@dataclass(frozen=True, slots=True)
class ContractCompleted(Event):
    """Every milestone is accepted."""

    type: ClassVar[str] = "contract.contract.completed"
    number: str
    agency_id: str
    review_due_at: str


@dataclass(frozen=True, slots=True)
class TerminationAsked(Event):
    """One side asks to end the contract before its time."""

    type: ClassVar[str] = "contract.termination.asked"
    public: ClassVar[bool] = False
    side: str
    reason: str


@dataclass(frozen=True, slots=True)
class ContractTerminated(Event):
    """The contract ended before its time."""

    type: ClassVar[str] = "contract.contract.terminated"
    number: str
    reason: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class MilestoneDisputed(Event):
    """The buyer disputes a part of an accepted milestone."""

    type: ClassVar[str] = "contract.dispute.raised"
    public: ClassVar[bool] = False
    milestone_id: str
    disputed_fen: int
    reason: str
    sent: bool  # the money had left: nothing is stopped


@dataclass(frozen=True, slots=True)
class DisputeEnded(Event):
    """The buyer withdrew, or the agency conceded."""

    type: ClassVar[str] = "contract.dispute.ended"
    public: ClassVar[bool] = False
    milestone_id: str
    state: str


@dataclass(frozen=True, slots=True)
class ChangeProposed(Event):
    """The buyer proposes an increase or a reduction of a running contract."""

    type: ClassVar[str] = "contract.change.proposed"
    public: ClassVar[bool] = False
    change_id: str
    kind: str
    amount_fen: int
    reason: str


@dataclass(frozen=True, slots=True)
class ChangeEnded(Event):
    """A proposed change was agreed, refused, withdrawn, or lapsed. contract_fen: what the contract amounts to now."""

    type: ClassVar[str] = "contract.change.ended"
    public: ClassVar[bool] = False
    change_id: str
    state: str
    contract_fen: int
