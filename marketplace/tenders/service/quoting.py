"""What a quote may be: an amount or a discount rate, within the bounds of the notice."""

from marketplace.kernel.money import yuan
from marketplace.selection.quotes import WHOLE_BP, percent, price_of_rate
from marketplace.tenders.errors import PriceAboveCeiling, PriceInvalid, PriceNotFixed
from marketplace.tenders.errors.live import PriceBelowFloor
from marketplace.tenders.errors.weighing import RateNotWanted, RateOutside, RateWanted
from marketplace.tenders.models import Tender

HIGHEST_RATE_BP = WHOLE_BP - 1


def price_of(tender: Tender, price_fen: int | None, rate_bp: int | None) -> int:
    """The price of a quote in fen; one that is quoted as a rate follows from the rate, exactly.

    Raises PriceInvalid, PriceAboveCeiling, PriceBelowFloor, PriceNotFixed, RateWanted, RateNotWanted, RateOutside.
    """
    if tender.quote == "rate":
        return _price_by_rate(tender, price_fen, rate_bp)
    if rate_bp is not None:
        raise RateNotWanted(field="rate_bp")
    if price_fen is None or price_fen <= 0:
        raise PriceInvalid(field="price_fen")
    if price_fen > tender.ceiling_fen:
        raise PriceAboveCeiling(field="price_fen", ceiling=yuan(tender.ceiling_fen))
    if tender.floor_fen is not None and price_fen < tender.floor_fen:
        raise PriceBelowFloor(field="price_fen", floor=yuan(tender.floor_fen))
    if tender.fixed_price_fen not in {None, price_fen}:
        raise PriceNotFixed(field="price_fen", price=yuan(tender.fixed_price_fen or 0))
    return price_fen


def _price_by_rate(tender: Tender, price_fen: int | None, rate_bp: int | None) -> int:
    if rate_bp is None:
        raise RateWanted(field="rate_bp")
    low = tender.rate_floor_bp or 0
    high = HIGHEST_RATE_BP if tender.rate_cap_bp is None else tender.rate_cap_bp
    if not low <= rate_bp <= high:
        raise RateOutside(field="rate_bp", low=percent(low), high=percent(high))
    price = price_of_rate(tender.ceiling_fen, rate_bp)
    if price <= 0 or price_fen not in {None, price}:
        raise PriceInvalid(field="price_fen")
    return price
