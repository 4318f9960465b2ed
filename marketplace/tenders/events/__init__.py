"""What the tenders domain remembers for ever. Events of sealed bids carry a digest and nothing else."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class TenderDrafted(Event):
    """A buyer began to write a notice; not public."""

    type: ClassVar[str] = "tender.draft.written"
    public: ClassVar[bool] = False
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class TenderPublished(Event):
    """A notice went out with everything that bidders may rely on."""

    type: ClassVar[str] = "tender.notice.published"
    number: str
    title: str
    item_code: str
    region: str
    method: str
    ceiling_fen: int
    closes_at: str
    ruleset_id: str
    envelope_key: str
    avoidances: list[dict[str, str]]
    keepers: dict[str, str]
    threshold: int


@dataclass(frozen=True, slots=True)
class TenderExtended(Event):
    """Sign-up was prolonged once; how many had signed up is not said."""

    type: ClassVar[str] = "tender.closing.extended"
    number: str
    closes_at: str


@dataclass(frozen=True, slots=True)
class BidPlaced(Event):
    """An envelope was accepted."""

    type: ClassVar[str] = "tender.bid.placed"
    sealed: ClassVar[bool] = True
    digest: str


@dataclass(frozen=True, slots=True)
class BidReplaced(Event):
    """An envelope took the place of an earlier one of the same bidder."""

    type: ClassVar[str] = "tender.bid.replaced"
    sealed: ClassVar[bool] = True
    digest: str
    replaces: str


@dataclass(frozen=True, slots=True)
class BidWithdrawn(Event):
    """An envelope was taken back unopened."""

    type: ClassVar[str] = "tender.bid.withdrawn"
    sealed: ClassVar[bool] = True
    digest: str


@dataclass(frozen=True, slots=True)
class BidsOpened(Event):
    """The opening: every envelope by its digest, what was in it, and the minutes under the market's signature."""

    type: ClassVar[str] = "tender.bids.opened"
    opens: ClassVar[bool] = True
    number: str
    digests: list[str]
    offers: list[dict[str, Any]]
    minutes: dict[str, Any] = field(default_factory=dict)
    public_key: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class SharesAwaited(Event):
    """Sign-up is over; the envelopes stay shut until enough keepers have handed in their shares."""

    type: ClassVar[str] = "tender.shares.awaited"
    number: str
    keepers: list[str]
    threshold: int
    due_at: str
    void_at: str


@dataclass(frozen=True, slots=True)
class ShareHandedIn(Event):
    """A keeper handed in its share after the closing."""

    type: ClassVar[str] = "tender.share.handed_in"
    number: str
    keeper: str
    digest: str


@dataclass(frozen=True, slots=True)
class SharesOverdue(Event):
    """An incident: these keepers let the time for their shares pass."""

    type: ClassVar[str] = "tender.shares.overdue"
    number: str
    keepers: list[str]


@dataclass(frozen=True, slots=True)
class OfferExcluded(Event):
    """An opened bid is not considered, for this reason."""

    type: ClassVar[str] = "tender.offer.excluded"
    number: str
    agency: str
    cause: str
    reason: str


@dataclass(frozen=True, slots=True)
class AwardProposed(Event):
    """The ranking and the proposed winner, with the reason."""

    type: ClassVar[str] = "tender.award.proposed"
    number: str
    award_id: str
    agency: str
    price_fen: int
    reason: str
    ranking: list[str]
    publicity_ends_at: str


@dataclass(frozen=True, slots=True)
class PublicityEnded(Event):
    """The publicity days passed without an open objection."""

    type: ClassVar[str] = "tender.publicity.ended"
    number: str
    award_id: str
    confirm_due_at: str


@dataclass(frozen=True, slots=True)
class ObjectionFiled(Event):
    """A participant objected; the clock stands still."""

    type: ClassVar[str] = "tender.objection.filed"
    number: str
    award_id: str
    agency: str
    grounds: str


@dataclass(frozen=True, slots=True)
class ObjectionDecided(Event):
    """An objection was upheld or dismissed."""

    type: ClassVar[str] = "tender.objection.decided"
    number: str
    award_id: str
    upheld: bool
    reply: str


@dataclass(frozen=True, slots=True)
class AwardAccepted(Event):
    """The winner says that it will take the work."""

    type: ClassVar[str] = "tender.award.accepted"
    number: str
    award_id: str
    agency: str


@dataclass(frozen=True, slots=True)
class AwardDeclined(Event):
    """The winner gave the work back; supervision reads this."""

    type: ClassVar[str] = "tender.award.declined"
    number: str
    award_id: str
    agency_id: str
    agency: str
    reason: str


@dataclass(frozen=True, slots=True)
class AwardLapsed(Event):
    """The winner did not sign in time and the buyer stopped waiting."""

    type: ClassVar[str] = "tender.award.lapsed"
    number: str
    award_id: str
    agency_id: str
    agency: str


@dataclass(frozen=True, slots=True)
class AwardCancelled(Event):
    """An award ended by decision, not by its winner."""

    type: ClassVar[str] = "tender.award.cancelled"
    number: str
    award_id: str
    agency: str
    reason: str


@dataclass(frozen=True, slots=True)
class AwardConfirmed(Event):
    """The award is final; the letter can be checked by its code."""

    type: ClassVar[str] = "tender.award.confirmed"
    number: str
    award_id: str
    agency: str
    price_fen: int
    check_code: str
    automatic: bool


@dataclass(frozen=True, slots=True)
class TenderFailed(Event):
    """流标: nobody can be awarded."""

    type: ClassVar[str] = "tender.tender.failed"
    opens: ClassVar[bool] = True
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class TenderCancelled(Event):
    """The buyer took the notice back."""

    type: ClassVar[str] = "tender.tender.cancelled"
    opens: ClassVar[bool] = True
    number: str
    reason: str
    kind: str
