"""What is remembered of questions, changes and bids that were asked about again."""

from dataclasses import dataclass
from typing import Any, ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class ClarificationAsked(Event):
    """Somebody asked about a notice; nobody learns who."""

    type: ClassVar[str] = "tender.clarification.asked"
    anonymous: ClassVar[bool] = True
    number: str
    clarification_id: str
    question: str


@dataclass(frozen=True, slots=True)
class ClarificationAnswered(Event):
    """The buyer answered a question to everybody."""

    type: ClassVar[str] = "tender.clarification.answered"
    number: str
    clarification_id: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class ClarificationOverdue(Event):
    """A question was not answered in time; supervision may read this."""

    type: ClassVar[str] = "tender.clarification.overdue"
    number: str
    clarification_id: str


@dataclass(frozen=True, slots=True)
class NoticeAmended(Event):
    """A notice changed while it was open: the difference, the reason, and what became of earlier bids."""

    type: ClassVar[str] = "tender.notice.amended"
    number: str
    version: int
    reason: str
    changes: list[dict[str, Any]]
    effect: str
    closes_at: str


@dataclass(frozen=True, slots=True)
class BidConfirmed(Event):
    """An envelope that was sealed for an earlier version of the notice counts for this one too."""

    type: ClassVar[str] = "tender.bid.confirmed"
    sealed: ClassVar[bool] = True
    digest: str
    notice_version: int


@dataclass(frozen=True, slots=True)
class BidsNotCounted(Event):
    """Envelopes that stayed shut at the opening: sealed for an earlier version of the notice and never confirmed."""

    type: ClassVar[str] = "tender.bids.not_counted"
    number: str
    digests: list[str]


@dataclass(frozen=True, slots=True)
class TenderReposted(Event):
    """A new draft was begun in place of an ended tender."""

    type: ClassVar[str] = "tender.tender.reposted"
    number: str
    new_number: str


@dataclass(frozen=True, slots=True)
class HistoryImported(Event):
    """Ended tenders of another system were taken over, by a file of this hash."""

    type: ClassVar[str] = "tender.history.imported"
    public: ClassVar[bool] = False
    tenders: int
    sha256: str
