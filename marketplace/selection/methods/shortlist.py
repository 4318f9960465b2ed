"""竞价后随机: the lowest quotes enter the public draw; the rest follow by price."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from marketplace.selection.errors import ShortlistSizeUnfit
from marketplace.selection.ordering import cheapest_first, ordered, outside, quoted
from marketplace.selection.ports import Choice, Offer, Rule, Seed, TenderFacts


class Shortlist:
    """An offer enters the draw when fewer than `size` offers are cheaper: equals at the edge all enter.

    Source: rulebook shortlist.size.
    """

    code = "shortlist"
    label = "竞价后随机选取"
    sealed_until: Literal["close", "never"] = "close"
    needs_entropy = True
    competitive = True

    def __init__(self, size: int = 3) -> None:
        self._size = size

    def params(self, asked: Mapping[str, Any], rule: Rule) -> dict[str, Any]:
        """The buyer may let more enter than the rulebook asks for, never fewer. Raises ShortlistSizeUnfit."""
        least = rule("shortlist.size")
        size = asked.get("size") or least
        if size < least:
            raise ShortlistSizeUnfit(field="size", least=least)
        return {"size": size}

    def with_params(self, params: Mapping[str, Any]) -> "Shortlist":
        """The method of one tender."""
        return Shortlist(params["size"])

    def admit(self, tender: TenderFacts, offer: Offer) -> str | None:
        """A quote outside the bounds of the notice is not considered."""
        return outside(tender, offer)

    def choose(self, offers: Sequence[Offer], seed: Seed | None = None) -> Choice:
        """Draw among the lowest, then by price. Raises ValueError when a draw is needed and there is no seed."""
        costs = sorted(offer.cost for offer in offers)
        edge = costs[min(self._size, len(costs)) - 1] if costs else 0
        ranked, drawn = ordered(offers, lambda offer: 0 if offer.cost <= edge else cheapest_first(offer), seed)
        reasons = {}
        for place, offer in enumerate(ranked, 1):
            if offer.cost <= edge:
                reasons[offer.id] = f"{quoted(offer)}，进入低价名单，摇号排第{place}位"
            else:
                how = "（同价，按摇号排序）" if offer.id in drawn else ""
                reasons[offer.id] = f"{quoted(offer)}，未进入低价名单，按报价排第{place}位{how}"
        return Choice(tuple(o.id for o in ranked), reasons, chance=bool(drawn), figures={"edge": edge} if costs else {})
