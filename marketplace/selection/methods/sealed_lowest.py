"""一次报价、最低价: sealed prices, the lowest first; equal prices are ordered by the public draw."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from marketplace.kernel.money import yuan
from marketplace.selection.ports import Choice, Offer, Seed, TenderFacts


class SealedLowest:
    """The lowest valid price wins."""

    code = "lowest"
    label = "最低价选取"
    sealed_until: Literal["close", "never"] = "close"
    needs_entropy = True
    competitive = True

    def admit(self, tender: TenderFacts, offer: Offer) -> str | None:
        """A price above the ceiling is not considered."""
        return "报价高于最高限价" if offer.price_fen > tender.ceiling_fen else None

    def choose(self, offers: Sequence[Offer], seed: Seed | None = None) -> Choice:
        """Rank by price; ties by the draw. Raises ValueError for a tie without a seed."""
        often = Counter(offer.price_fen for offer in offers)
        tied = {price for price, times in often.items() if times > 1}
        if not tied:
            ordered = sorted(offers, key=lambda offer: offer.price_fen)
        elif seed is None:
            raise ValueError("equal prices need the draw")
        else:
            ordered = sorted(seed.order(offers), key=lambda offer: offer.price_fen)
        reasons = {}
        for place, offer in enumerate(ordered, 1):
            how = "（同价，按摇号排序）" if offer.price_fen in tied else ""
            reasons[offer.id] = f"报价{yuan(offer.price_fen)}元，由低到高排第{place}位{how}"
        return Choice(tuple(offer.id for offer in ordered), reasons, chance=bool(tied))
