"""一次报价、最低价: sealed prices, the lowest first; equal prices are ordered by the public draw."""

from collections.abc import Sequence
from typing import Literal

from marketplace.selection.ordering import cheapest_first, ordered, outside, quoted
from marketplace.selection.ports import Choice, Offer, Seed, TenderFacts


class SealedLowest:
    """The lowest valid price wins; where rates are quoted, the highest discount rate."""

    code = "lowest"
    label = "最低价选取"
    sealed_until: Literal["close", "never"] = "close"
    needs_entropy = True
    competitive = True

    def admit(self, tender: TenderFacts, offer: Offer) -> str | None:
        """A quote outside the bounds of the notice is not considered."""
        return outside(tender, offer)

    def choose(self, offers: Sequence[Offer], seed: Seed | None = None) -> Choice:
        """Rank by price; ties by the draw. Raises ValueError for a tie without a seed."""
        ranked, tied = ordered(offers, cheapest_first, seed)
        reasons = {}
        for place, offer in enumerate(ranked, 1):
            how = "（同价，按摇号排序）" if offer.id in tied else ""
            order = "由低到高" if offer.rate_bp is None else "由高到低"
            reasons[offer.id] = f"{quoted(offer)}，{order}排第{place}位{how}"
        return Choice(tuple(offer.id for offer in ranked), reasons, chance=bool(tied))
