"""择优选取: price, credit, time and the assessors' points for the plan, weighted as the notice says."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from marketplace.selection.errors import WeightsUnfit
from marketplace.selection.ordering import ordered, outside, quoted
from marketplace.selection.ports import Choice, Offer, Rule, Seed, TenderFacts
from marketplace.selection.quotes import WHOLE_BP, half_up

PARTS = ("price", "credit", "time", "plan")
EVEN = dict.fromkeys(PARTS, WHOLE_BP // len(PARTS))
HUNDREDTHS = 100
FULL = 100 * HUNDREDTHS


class Merit:
    """The highest composite score wins; ties: the lower price, the better credit, the draw.

    Each part has 0 to 100 points, kept as integer hundredths, halves up: price = lowest / own × 100, time = shortest /
    own × 100, credit as graded, plan = the mean of the assessors' points. Score = Σ weight × part, with the weights in
    basis points: an integer number of millionths of a point, never rounded.
    """

    code = "merit"
    label = "择优选取"
    sealed_until: Literal["close", "never"] = "close"
    needs_entropy = True
    competitive = True
    asks = "scores"

    def __init__(self, weights: Mapping[str, int] = EVEN) -> None:
        self._weights = dict(weights)

    def params(self, asked: Mapping[str, Any], rule: Rule) -> dict[str, Any]:
        """The buyer posts the weights, in basis points, together 10,000. Raises WeightsUnfit."""
        weights = {part: asked.get("weights", {}).get(part) or 0 for part in PARTS}
        if min(weights.values()) < 0 or sum(weights.values()) != WHOLE_BP:
            raise WeightsUnfit(field="weights")
        return {"weights": weights}

    def with_params(self, params: Mapping[str, Any]) -> "Merit":
        """The method of one tender."""
        return Merit(params["weights"])

    def admit(self, tender: TenderFacts, offer: Offer) -> str | None:
        """A quote outside the bounds of the notice is not scored."""
        return outside(tender, offer)

    def parts(self, offers: Sequence[Offer]) -> dict[str, dict[str, int]]:
        """Offer id → the four parts in hundredths of a point, and the score in millionths."""
        lowest = min(offer.cost for offer in offers)
        shortest = min(max(offer.days, 1) for offer in offers)
        found = {}
        for offer in offers:
            parts = {
                "price": half_up(FULL * lowest, offer.cost),
                "credit": HUNDREDTHS * offer.credit,
                "time": half_up(FULL * shortest, max(offer.days, 1)),
                "plan": half_up(HUNDREDTHS * sum(offer.points), len(offer.points)) if offer.points else 0,
            }
            found[offer.id] = {**parts, "score": sum(self._weights[part] * parts[part] for part in PARTS)}
        return found

    def choose(self, offers: Sequence[Offer], seed: Seed | None = None) -> Choice:
        """Rank by score. Raises ValueError when only the draw can decide and there is no seed."""
        if not offers:
            return Choice((), {})
        numbers = self.parts(offers)

        def key(offer: Offer) -> tuple[int, int, int]:
            return -numbers[offer.id]["score"], offer.cost, -offer.credit

        ranked, tied = ordered(offers, key, seed)
        reasons = {}
        for place, offer in enumerate(ranked, 1):
            how = "（得分、报价和信用均相同，按摇号排序）" if offer.id in tied else ""
            reasons[offer.id] = f"{quoted(offer)}，{_words(numbers[offer.id])}，排第{place}位{how}"
        return Choice(tuple(offer.id for offer in ranked), reasons, chance=bool(tied), numbers=numbers)


def _points(value: int, places: int) -> str:
    whole, rest = divmod(value, 10**places)
    return f"{whole}.{rest:0{places}d}"


def _words(numbers: Mapping[str, int]) -> str:
    price, credit, time, plan = (_points(numbers[part], 2) for part in PARTS)
    score = _points(numbers["score"], 6).rstrip("0").rstrip(".")
    return f"综合得分{score}（价格{price}、信用{credit}、工期{time}、方案{plan}）"
