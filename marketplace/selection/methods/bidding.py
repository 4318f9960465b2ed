"""竞价选取: sealed entry quotes, then a live room; the room's final standings are the ranking."""

from collections.abc import Sequence
from itertools import groupby
from typing import Literal

from marketplace.kernel.money import yuan
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
        """An entry quote above the ceiling or below the floor is not let into the room."""
        if offer.price_fen > tender.ceiling_fen:
            return "报价高于最高限价"
        if tender.floor_fen is not None and offer.price_fen < tender.floor_fen:
            return "报价低于最低限价"
        return None

    def choose(self, offers: Sequence[Offer], seed: Seed | None = None) -> Choice:
        """Rank by quote, then by the place in the room; equal places by the draw. Raises ValueError without a seed."""
        ordered = sorted(offers, key=_standing)
        groups = [list(group) for _, group in groupby(ordered, key=_standing)]
        tied = {offer.id for group in groups if len(group) > 1 for offer in group}
        if tied and seed is None:
            raise ValueError("equal places need the draw")
        ranking = [offer for group in groups for offer in (seed.order(group) if seed and len(group) > 1 else group)]
        reasons = {}
        for place, offer in enumerate(ranking, 1):
            how = "（同为底价，按摇号排序）" if offer.id in tied else ""
            reasons[offer.id] = f"竞价最终报价{yuan(offer.price_fen)}元，排第{place}位{how}"
        return Choice(tuple(offer.id for offer in ranking), reasons, chance=bool(tied))


def _standing(offer: Offer) -> tuple[int, int]:
    return offer.price_fen, offer.place
