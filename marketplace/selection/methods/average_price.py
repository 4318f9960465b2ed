"""均价选取: the quote nearest to the mean of all valid quotes wins (variant A), or of the trimmed ones (variant B)."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from marketplace.kernel.money import yuan
from marketplace.selection.errors import VariantUnknown
from marketplace.selection.ordering import ordered, outside, quoted
from marketplace.selection.ports import Choice, Offer, Rule, Seed, TenderFacts
from marketplace.selection.quotes import half_up, percent

VARIANTS = ("A", "B")
FEWEST_TO_TRIM = 3


def _value(offer: Offer) -> int:
    """What is averaged: the discount rate where rates are quoted (basis points), the price elsewhere (fen)."""
    return offer.price_fen if offer.rate_bp is None else offer.rate_bp


class AveragePrice:
    """Nearest to the mean. variant B drops one highest and one lowest when there are at least trim_from quotes.

    The mean is rounded half up to a fen (a basis point). tie: lower (the lower price goes first) or draw.
    Source: rulebook average.*.
    """

    code = "average"
    label = "均价选取"
    sealed_until: Literal["close", "never"] = "close"
    needs_entropy = True
    competitive = True

    def __init__(self, variant: str = "B", trim_from: int = 5, tie: str = "lower") -> None:
        self._variant, self._trim_from, self._tie = variant, trim_from, tie

    def params(self, asked: Mapping[str, Any], rule: Rule) -> dict[str, Any]:
        """The buyer may choose the variant. Raises VariantUnknown."""
        variant = asked.get("variant") or rule("average.variant")
        if variant not in VARIANTS:
            raise VariantUnknown(field="variant", variant=variant)
        return {"variant": variant, "trim_from": rule("average.trim_from"), "tie": rule("average.tie")}

    def with_params(self, params: Mapping[str, Any]) -> "AveragePrice":
        """The method of one tender."""
        return AveragePrice(params["variant"], params["trim_from"], params["tie"])

    def admit(self, tender: TenderFacts, offer: Offer) -> str | None:
        """A quote outside the bounds of the notice does not move the mean."""
        return outside(tender, offer)

    def mean(self, offers: Sequence[Offer]) -> int:
        """The mean that quotes are measured by, in fen or basis points, halves up. offers: at least one."""
        values = sorted(_value(offer) for offer in offers)
        if self._variant == "B" and len(values) >= max(self._trim_from, FEWEST_TO_TRIM):
            values = values[1:-1]
        return half_up(sum(values), len(values))

    def choose(self, offers: Sequence[Offer], seed: Seed | None = None) -> Choice:
        """Rank by distance to the mean, then by the tie rule, then by the draw. Raises ValueError without its seed."""
        if not offers:
            return Choice((), {})
        mean = self.mean(offers)
        away = {offer.id: abs(_value(offer) - mean) for offer in offers}

        def key(offer: Offer) -> tuple[int, ...]:
            return (away[offer.id], offer.cost) if self._tie == "lower" else (away[offer.id],)

        ranked, tied = ordered(offers, key, seed)
        reasons = {}
        for place, offer in enumerate(ranked, 1):
            how = "（差额相同，按摇号排序）" if offer.id in tied else ""
            apart = _words(offer, mean, away[offer.id])
            reasons[offer.id] = f"{quoted(offer)}，{apart}，由近到远排第{place}位{how}"
        return Choice(
            tuple(offer.id for offer in ranked),
            reasons,
            chance=bool(tied),
            figures={"mean": mean},
            numbers={id: {"distance": distance} for id, distance in away.items()},
        )


def _words(offer: Offer, mean: int, distance: int) -> str:
    if offer.rate_bp is None:
        return f"与平均价{yuan(mean)}元相差{yuan(distance)}元"
    return f"与平均下浮率{percent(mean)}%相差{percent(distance)}个百分点"
