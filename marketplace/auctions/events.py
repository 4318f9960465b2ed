"""What the auction rooms remember for ever. Quotes carry no name and wait outside the tree until the end."""

from dataclasses import dataclass
from typing import Any, ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class AuctionScheduled(Event):
    """A room was arranged: when it starts, in what form, for how many numbers."""

    type: ClassVar[str] = "auction.room.scheduled"
    number: str
    starts_at: str
    seats: int
    terms: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuctionQuoted(Event):
    """A quote was accepted in a room; value in the room's unit."""

    type: ClassVar[str] = "auction.quote.accepted"
    sealed: ClassVar[bool] = True
    number: str
    seat: int
    value: int
    received_at: str


@dataclass(frozen=True, slots=True)
class AuctionQuoteSealed(Event):
    """A quote was put into an envelope until its sealed stage has ended; digest: SHA-256 of the envelope."""

    type: ClassVar[str] = "auction.quote.sealed"
    sealed: ClassVar[bool] = True
    number: str
    seat: int
    digest: str
    received_at: str


@dataclass(frozen=True, slots=True)
class AuctionQuoteRefused(Event):
    """What was in an envelope did not count: damaged, strange (somebody else's quote), or the code of the refusal."""

    type: ClassVar[str] = "auction.quote.refused"
    number: str
    seat: int
    digest: str
    why: str


@dataclass(frozen=True, slots=True)
class AuctionKeyAwaited(Event):
    """An incident: a sealed stage ended and the key of its room is away; after void_at the tender fails."""

    type: ClassVar[str] = "auction.key.awaited"
    number: str
    void_at: str


@dataclass(frozen=True, slots=True)
class AuctionDelayed(Event):
    """A stage could not be ended in time and is run again, or the room starts later than announced."""

    type: ClassVar[str] = "auction.stage.delayed"
    number: str
    resumes_at: str


@dataclass(frozen=True, slots=True)
class AuctionEnded(Event):
    """A room ended: the digest of its audit file, its standings, and who was behind each number."""

    type: ClassVar[str] = "auction.room.ended"
    number: str
    digest: str
    standings: list[dict[str, Any]]
    seats: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class AuctionCancelled(Event):
    """A room was closed because its tender was."""

    type: ClassVar[str] = "auction.room.cancelled"
    number: str
