"""Ranking by a key with the public draw as the last word: what most methods share."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from marketplace.selection.ports import Offer, Seed, TenderFacts
from marketplace.selection.quotes import percent

Key = Callable[[Offer], Any]


def ordered(offers: Sequence[Offer], key: Key, seed: Seed | None) -> tuple[list[Offer], set[str]]:
    """Offers by ascending key, equal ones by the draw; and the ids of those whose place the draw decided.

    Raises ValueError for equal keys without a seed.
    """
    often = Counter(key(offer) for offer in offers)
    tied = {offer.id for offer in offers if often[key(offer)] > 1}
    if not tied:
        return sorted(offers, key=key), tied
    if seed is None:
        raise ValueError("equal offers need the draw")
    return sorted(seed.order(offers), key=key), tied


def cheapest_first(offer: Offer) -> int:
    """The key of a price competition: a discount rate is compared as it is, never by its rounded price."""
    return offer.cost


def quoted(offer: Offer) -> str:
    """A quote in the words of a published reason."""
    if offer.rate_bp is not None:
        return f"下浮率{percent(offer.rate_bp)}%（报价{offer.price_text}元）"
    return f"报价{offer.price_text}元"


def outside(tender: TenderFacts, offer: Offer) -> str | None:
    """Why a quote is not within what the notice allows, or None."""
    if offer.price_fen > tender.ceiling_fen:
        return "报价高于最高限价"
    if tender.floor_fen is not None and offer.price_fen < tender.floor_fen:
        return "报价低于最低限价"
    if tender.quote != "rate":
        return None
    if offer.rate_bp is None:
        return "未按公告要求报下浮率"
    if tender.rate_floor_bp is not None and offer.rate_bp < tender.rate_floor_bp:
        return "下浮率低于公告的最低下浮率"
    if tender.rate_cap_bp is not None and offer.rate_bp > tender.rate_cap_bp:
        return "下浮率高于公告的最高下浮率"
    return None
