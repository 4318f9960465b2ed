"""Whose turn it is: for every method and every stage, who moves a tender on, and what does when nobody does. Pure."""

from dataclasses import dataclass

from marketplace.tenders.rules import STATES


@dataclass(frozen=True, slots=True)
class Turn:
    """who: buyer, bidders, agency, assessors, keepers, participants, winner, or nobody where a tender has ended.

    promise: kind of the deadline that moves the tender when they stay silent; empty only where nobody waits: in a
    draft, and where a tender has ended.
    """

    who: str
    promise: str = ""


# The verb by which a tender comes into a stage that only some methods have → what the method must ask for.
ONLY_WHEN = {"ask_scores": "scores", "ask_comparison": "comparison", "enter": "live"}
NOBODY = Turn("nobody")
_TURNS = {
    "draft": Turn("buyer"),
    "open": Turn("bidders", "tender.close"),
    "closed": Turn("keepers", "tender.shares_void"),
    "opened": Turn("buyer", "tender.award"),
    "explaining": Turn("agency", "tender.explain_due"),
    "auction": Turn("bidders", "auction.schedule"),
    "scoring": Turn("assessors", "tender.score_due"),
    "comparing": Turn("buyer", "tender.compare_due"),
    "publicity": Turn("participants", "award.publicity_ends"),
    "objected": Turn("buyer", "objection.reply_due"),
    "confirming": Turn("buyer", "award.confirm"),
    "awarded": Turn("winner", "contract.sign_due"),
    "failed": NOBODY,
    "cancelled": NOBODY,
}


def stages_of(asks: str, *, live: bool) -> frozenset[str]:
    """Every stage that a tender of such a method can come to. asks: scores, comparison, or nothing."""
    wants = {asks, "live"} if live else {asks}
    known, found = {"draft"}, {"draft"}
    while found:
        found = {
            after
            for (stage, verb), after in STATES.transitions.items()
            if stage in found and ONLY_WHEN.get(verb, asks) in wants
        } - known
        known |= found
    return frozenset(known)


def turn(stage: str, asks: str, *, live: bool) -> Turn:
    """Whose turn it is in a stage; nobody's where no tender of such a method ever comes. Raises KeyError."""
    held = _TURNS[stage]
    return held if stage in stages_of(asks, live=live) else NOBODY
