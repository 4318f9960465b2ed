"""Plug-in point: what a selection method is given and what it answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, Self, runtime_checkable

from marketplace.kernel.draw import rank
from marketplace.kernel.money import yuan
from marketplace.selection.quotes import WHOLE_BP

Rule = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class TenderFacts:
    """What a method may know of a tender. Amounts in fen, rates in basis points.

    quote: amount, or rate (下浮率 on the ceiling). invited: ids of the invited agencies.
    """

    number: str
    ceiling_fen: int
    fixed_price_fen: int | None = None
    direct_agency_id: str | None = None
    quote: str = "amount"
    floor_fen: int | None = None
    rate_floor_bp: int | None = None
    rate_cap_bp: int | None = None
    invited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """One opened offer. label: uscc + "/" + tender number, which the agency cannot choose. price_fen in fen.

    place: in the final standings of a live room, shared where the draw decides; 0 for all without one.
    days in working days; rate_bp: the quoted discount rate, if the tender asked for one; stars: credit grade, None for
    a newcomer; credit: credit points, 0 to 100; points: the assessors' points for the plan, 0 to 100 each; named: the
    buyer compared the quotes and chose this one; tickets: how often the offer is in the draw.
    """

    id: str
    label: str
    agency_id: str
    price_fen: int
    received_at: datetime
    days: int = 0
    place: int = 0
    rate_bp: int | None = None
    stars: int | None = None
    credit: int = 100
    points: tuple[int, ...] = ()
    named: bool = False
    tickets: int | None = None

    @property
    def cost(self) -> int:
        """What is compared where the cheaper is better: fen, or the part of the base that remains after the rate."""
        return self.price_fen if self.rate_bp is None else WHOLE_BP - self.rate_bp

    @property
    def price_text(self) -> str:
        """The price in yuan, for published reasons."""
        return yuan(self.price_fen)

    @property
    def labels(self) -> tuple[str, ...]:
        """What stands for the offer in a draw: its label, or one label for each ticket (uscc#1/number, …)."""
        if self.tickets is None:
            return (self.label,)
        code, _, number = self.label.rpartition("/")
        return tuple(f"{code}#{ticket}/{number}" for ticket in range(1, self.tickets + 1))


@dataclass(frozen=True, slots=True)
class Seed:
    """Revealed chance: salt (the operator's seed) and the public randomness text."""

    salt: bytes
    randomness: str

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """The seed of a public draw record."""
        return cls(bytes.fromhex(record["salt"]), record["randomness"])

    def order(self, offers: Sequence[Offer]) -> list[Offer]:
        """The offers in the order of the draw, each by its first label. Taking one away never reorders the rest."""
        labels = [label for offer in offers for label in offer.labels]
        places = {label: place for place, label in enumerate(rank(self.salt, self.randomness, labels))}
        return sorted(offers, key=lambda offer: min(places[label] for label in offer.labels))


@dataclass(frozen=True, slots=True)
class Choice:
    """The answer of a method: offer ids from first to last, a reason for each, and whether chance was used.

    draw: the public record of the draw, added by the service when chance was used. figures: integers that the method
    computed of all offers (a mean); numbers: those of each offer by its id (a score). Both are published.
    """

    ranking: tuple[str, ...]
    reasons: Mapping[str, str]
    chance: bool = False
    draw: Mapping[str, Any] | None = field(default=None)
    figures: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


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


@runtime_checkable
class TakesParams(Protocol):
    """May be added by a method with numbers of its own: they are fixed when the notice goes out, and published."""

    def params(self, asked: Mapping[str, Any], rule: Rule) -> dict[str, Any]:
        """The whole parameters of one tender as JSON without floats: what the buyer wrote, the rulebook for the rest.

        Raises a refusal with its field for what cannot be.
        """
        ...

    def with_params(self, params: Mapping[str, Any]) -> SelectionMethod:
        """The method with these parameters, exactly as `params` returned them."""
        ...


@runtime_checkable
class GivesTickets(Protocol):
    """May be added by a method whose draw is weighted."""

    def enter(self, offer: Offer) -> Offer:
        """The offer with the tickets under which it enters the draw."""
        ...


def entering(method: SelectionMethod, offers: Sequence[Offer]) -> list[Offer]:
    """The offers as they enter the draw of a method."""
    return [method.enter(offer) for offer in offers] if isinstance(method, GivesTickets) else list(offers)


def with_params(method: SelectionMethod, params: Mapping[str, Any]) -> SelectionMethod:
    """The method for one tender: with the tender's parameters where it takes any."""
    return method.with_params(params) if params and isinstance(method, TakesParams) else method
