"""直接选取: the buyer names the agency and gives the reason; the agency's offer decides."""

from collections.abc import Sequence
from typing import Literal

from marketplace.selection.ordering import outside
from marketplace.selection.ports import Choice, Offer, Seed, TenderFacts


class Direct:
    """One invited agency, one offer within the ceiling."""

    code = "direct"
    label = "直接选取"
    sealed_until: Literal["close", "never"] = "close"
    needs_entropy = False
    competitive = False

    def admit(self, tender: TenderFacts, offer: Offer) -> str | None:
        """Only the named agency, and only within the bounds of the notice."""
        if offer.agency_id != tender.direct_agency_id:
            return "不是公告指定的中介服务机构"
        return outside(tender, offer)

    def choose(self, offers: Sequence[Offer], seed: Seed | None = None) -> Choice:
        """Rank the only offer. Raises ValueError when there are several: that would be a competition."""
        if len(offers) > 1:
            raise ValueError("a direct selection has one offer")
        return Choice(
            tuple(offer.id for offer in offers),
            {offer.id: "项目业主直接选取" for offer in offers},
        )
