"""Plug-in point: what a selection method is given and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable

from marketplace.kernel.draw import rank


@dataclass(frozen=True, slots=True)
class TenderFacts:
    """What a method may know of a tender. Amounts in fen."""

    number: str
    ceiling_fen: int
    fixed_price_fen: int | None = None
    direct_agency_id: str | None = None
    floor_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """One opened offer. label: uscc + "/" + tender number, which the agency cannot choose. price_fen in fen.

    place: in the final standings of a live room, shared where the draw decides; 0 for all without one.
    """

    id: str
    label: str
    agency_id: str
    price_fen: int
    received_at: datetime
    days: int = 0
    place: int = 0


@dataclass(frozen=True, slots=True)
class Seed:
    """Revealed chance: salt (the operator's seed) and the public randomness text."""

    salt: bytes
    randomness: str

    def order(self, offers: Sequence[Offer]) -> list[Offer]:
        """The offers in the order of the draw. Taking one away never reorders the rest."""
        places = {
            label: place for place, label in enumerate(rank(self.salt, self.randomness, [o.label for o in offers]))
        }
        return sorted(offers, key=lambda offer: places[offer.label])


@dataclass(frozen=True, slots=True)
class Choice:
    """The answer of a method: offer ids from first to last, a reason for each, and whether chance was used.

    draw: the public record of the draw, added by the service when chance was used.
    """

    ranking: tuple[str, ...]
    reasons: Mapping[str, str]
    chance: bool = False
    draw: Mapping[str, Any] | None = field(default=None)


@runtime_checkable
class SelectionMethod(Protocol):
    """One way to choose. Values in, values out: the same offers and seed always give the same ranking."""

    code: str
    label: str
    sealed_until: Literal["close", "never"]
    needs_entropy: bool
    competitive: bool

    def admit(self, tender: TenderFacts, offer: Offer) -> str | None:
        """Why the offer cannot be considered, or None."""
        ...

    def choose(self, offers: Sequence[Offer], seed: Seed | None) -> Choice:
        """Rank the admitted offers. seed: present whenever `needs_entropy`."""
        ...
