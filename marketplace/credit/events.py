"""Facts of the credit domain."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class ReviewWritten(Event):
    """A buyer rated finished work; the marks are public."""

    type: ClassVar[str] = "credit.review.written"
    contract_id: str
    agency_id: str
    marks: list[int]


@dataclass(frozen=True, slots=True)
class ReviewAnswered(Event):
    """The agency replied to a review."""

    type: ClassVar[str] = "credit.review.answered"
    contract_id: str
    agency_id: str


@dataclass(frozen=True, slots=True)
class ReviewBlocked(Event):
    """The words of a review were taken off the pages; the marks stay."""

    type: ClassVar[str] = "credit.review.blocked"
    agency_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReviewStayedSilent(Event):
    """The time to rate ran out: counted as silence, never as a mark."""

    type: ClassVar[str] = "credit.review.stayed_silent"
    agency_id: str
    buyer_id: str


@dataclass(frozen=True, slots=True)
class EntryRecorded(Event):
    """A decided fact gave or took points. points: hundredths."""

    type: ClassVar[str] = "credit.entry.recorded"
    agency_id: str
    kind: str
    reference: str
    decided_at: str
    points: int


@dataclass(frozen=True, slots=True)
class GradeChanged(Event):
    """An agency's score or stars moved. Points are hundredths."""

    type: ClassVar[str] = "credit.grade.changed"
    before_points: int | None
    before_stars: int | None
    after_points: int
    after_stars: int
    ruleset_id: str


@dataclass(frozen=True, slots=True)
class AppealFiled(Event):
    """An agency contests an entry or a review."""

    type: ClassVar[str] = "credit.appeal.filed"
    public: ClassVar[bool] = False
    agency_id: str
    contested: str
    reason: str


@dataclass(frozen=True, slots=True)
class AppealDecided(Event):
    """An authority decided an appeal."""

    type: ClassVar[str] = "credit.appeal.decided"
    agency_id: str
    contested: str
    upheld: bool
    reason: str


@dataclass(frozen=True, slots=True)
class AppealFellOverdue(Event):
    """The time to decide an appeal ran out."""

    type: ClassVar[str] = "credit.appeal.fell_overdue"
    agency_id: str
    contested: str


@dataclass(frozen=True, slots=True)
class FeedImported(Event):
    """Records of an outside source were entered."""

    type: ClassVar[str] = "credit.feed.imported"
    feed: str
    recorded: int
    known: int
    refused: int
    sha256: str
