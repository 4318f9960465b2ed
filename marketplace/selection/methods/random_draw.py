"""随机选取: the price is fixed by the notice, the order comes from the public draw."""

from collections.abc import Sequence
from typing import Literal

from marketplace.selection.ports import Choice, Offer, Seed, TenderFacts


def admit_fixed(tender: TenderFacts, offer: Offer) -> str | None:
    """Nobody enters a draw with another price than the posted one."""
    wanted = tender.ceiling_fen if tender.fixed_price_fen is None else tender.fixed_price_fen
    return None if offer.price_fen == wanted else "报价与公告的固定价格不一致"


class RandomDraw:
    """Every admitted offer has the same chance."""

    code = "random"
    label = "随机选取"
    sealed_until: Literal["close", "never"] = "close"
    needs_entropy = True
    competitive = True

    def admit(self, tender: TenderFacts, offer: Offer) -> str | None:
        """Only the posted price."""
        return admit_fixed(tender, offer)

    def choose(self, offers: Sequence[Offer], seed: Seed | None = None) -> Choice:
        """Rank by the draw. Raises ValueError without a seed."""
        if not offers:
            return Choice((), {})
        if seed is None:
            raise ValueError("a draw needs its seeds")
        ordered = seed.order(offers)
        reasons = {offer.id: f"摇号排序第{place}位" for place, offer in enumerate(ordered, 1)}
        return Choice(tuple(offer.id for offer in ordered), reasons, chance=True)
