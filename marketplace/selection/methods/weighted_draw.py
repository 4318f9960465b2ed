"""信用加权随机: a draw in which the better credit grade has more tickets; how many is published with the pool."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from marketplace.selection.methods.random_draw import admit_fixed
from marketplace.selection.ports import Choice, Offer, Rule, Seed, TenderFacts

GRADES = {5: "five", 4: "four", 3: "three", 2: "two", 1: "one", None: "new"}
USUAL = {"five": 5, "four": 4, "three": 3, "two": 2, "one": 0, "new": 3}


class WeightedDraw:
    """Every ticket has the same chance; an offer's place is that of the first of its tickets.

    The tickets of an offer are its label with #1, #2, … after the social credit code. All tickets are ordered by the
    same HKDF order as any draw, so each place depends on the ticket alone: taking an offer away never reorders the
    rest, and the chance to be first is exactly own tickets / all tickets. Source: rulebook credit.ticket_weights.*.
    """

    code = "weighted"
    label = "信用加权随机选取"
    sealed_until: Literal["close", "never"] = "close"
    needs_entropy = True
    competitive = True

    def __init__(self, tickets: Mapping[str, int] = USUAL) -> None:
        self._tickets = dict(tickets)

    def params(self, asked: Mapping[str, Any], rule: Rule) -> dict[str, Any]:
        """The tickets of each grade, from the rulebook alone."""
        return {"tickets": {grade: rule(f"credit.ticket_weights.{grade}") for grade in USUAL}}

    def with_params(self, params: Mapping[str, Any]) -> "WeightedDraw":
        """The method of one tender."""
        return WeightedDraw(params["tickets"])

    def enter(self, offer: Offer) -> Offer:
        """The offer with the tickets of its grade."""
        return replace(offer, tickets=self._tickets[GRADES[offer.stars]])

    def admit(self, tender: TenderFacts, offer: Offer) -> str | None:
        """Only the posted price, and only grades that have a ticket."""
        if not self.enter(offer).tickets:
            return "信用等级没有抽取资格"
        return admit_fixed(tender, offer)

    def choose(self, offers: Sequence[Offer], seed: Seed | None = None) -> Choice:
        """Rank by the draw of all tickets. Raises ValueError without a seed."""
        if not offers:
            return Choice((), {})
        if seed is None:
            raise ValueError("a draw needs its seeds")
        entered = seed.order([self.enter(offer) for offer in offers])
        total = sum(offer.tickets or 0 for offer in entered)
        reasons = {
            offer.id: f"持{offer.tickets}签（共{total}签），摇号排序第{place}位"
            for place, offer in enumerate(entered, 1)
        }
        numbers = {offer.id: {"tickets": offer.tickets or 0} for offer in entered}
        return Choice(
            tuple(offer.id for offer in entered), reasons, chance=True, figures={"tickets": total}, numbers=numbers
        )
