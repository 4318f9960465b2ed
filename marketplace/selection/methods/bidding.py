"""竞价选取: sealed entry quotes, then a live room; the room's final standings are the ranking."""

from collections.abc import Sequence
from typing import Literal

from marketplace.selection.ordering import ordered, outside, quoted
from marketplace.selection.ports import Choice, Offer, Seed, TenderFacts


class Bidding:
    """The best quote at the end of the room wins; places that the room left equal are ordered by the public draw."""

    code = "bidding"
    label = "竞价选取"
    sealed_until: Literal["close", "never"] = "close"
    needs_entropy = True
    competitive = True
    live = True

    def admit(self, tender: TenderFacts, offer: Offer) -> str | None:
        """An entry quote outside the bounds of the notice is not let into the room."""
        return outside(tender, offer)

    def choose(self, offers: Sequence[Offer], seed: Seed | None = None) -> Choice:
        """Rank by quote, then by the place in the room; equal places by the draw. Raises ValueError without a seed."""
        ranking, tied = ordered(offers, _standing, seed)
        reasons = {}
        for place, offer in enumerate(ranking, 1):
            how = "（同为底价，按摇号排序）" if offer.id in tied else ""
            reasons[offer.id] = f"竞价最终{quoted(offer)}，排第{place}位{how}"
        return Choice(tuple(offer.id for offer in ranking), reasons, chance=bool(tied))


def _standing(offer: Offer) -> tuple[int, int]:
    return offer.cost, offer.place
