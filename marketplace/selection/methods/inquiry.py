"""询比选取: sealed quotes of the invited, some of them drawn; the buyer compares and says why it chose."""

from collections.abc import Sequence
from typing import Literal

from marketplace.selection.ordering import cheapest_first, ordered, outside, quoted
from marketplace.selection.ports import Choice, Offer, Seed, TenderFacts


class Inquiry:
    """The offer that the buyer named goes first, the others by price; when nobody was named the lowest price wins."""

    code = "inquiry"
    label = "询比选取"
    sealed_until: Literal["close", "never"] = "close"
    needs_entropy = True
    competitive = True
    asks = "comparison"

    def admit(self, tender: TenderFacts, offer: Offer) -> str | None:
        """Only the invited, and only within the bounds of the notice."""
        if tender.invited and offer.agency_id not in tender.invited:
            return "不在本项目的邀请名单内"
        return outside(tender, offer)

    def choose(self, offers: Sequence[Offer], seed: Seed | None = None) -> Choice:
        """Rank: the named one, then by price, ties by the draw. Raises ValueError for a tie without a seed."""
        ranked, tied = ordered(offers, lambda offer: (not offer.named, cheapest_first(offer)), seed)
        reasons = {}
        for place, offer in enumerate(ranked, 1):
            how = "（同价，按摇号排序）" if offer.id in tied else ""
            words = "项目业主比较后选定" if offer.named else "按报价排序"
            reasons[offer.id] = f"{quoted(offer)}，{words}，排第{place}位{how}"
        return Choice(tuple(offer.id for offer in ranked), reasons, chance=bool(tied))
