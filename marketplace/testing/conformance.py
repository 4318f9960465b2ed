"""Conformance: the laws that every implementation of a plug-in point obeys, for built-ins and third parties alike.

    @pytest.mark.parametrize("law", conformance.SELECTION_LAWS, ids=conformance.name_of)
    def test_my_method_obeys(law):
        law(MyMethod())

A law is a plain function that raises AssertionError. Needs `marketplace[test]` (Hypothesis).
"""

from collections.abc import Callable

from marketplace.testing.laws_feeds import LAWS as FEED_LAWS
from marketplace.testing.laws_gateways import ALWAYS as GATEWAY_LAWS
from marketplace.testing.laws_gateways import WHERE_DOUBLES_ARE_REMOVED as DEDUPING_GATEWAY_LAWS
from marketplace.testing.laws_gateways import laws_of as gateway_laws_of
from marketplace.testing.laws_gateways_collecting import ALWAYS as COLLECTING_GATEWAY_LAWS
from marketplace.testing.laws_gateways_collecting import WHERE_DOUBLES_ARE_REMOVED as DEDUPING_COLLECTING_GATEWAY_LAWS
from marketplace.testing.laws_gateways_collecting import laws_of as collecting_laws_of
from marketplace.testing.laws_holding import LAWS as HOLDING_LAWS
from marketplace.testing.laws_holding import laws_of as holding_laws_of
from marketplace.testing.laws_identity import LAWS as IDENTITY_LAWS
from marketplace.testing.laws_identity import Request
from marketplace.testing.laws_receipts import LAWS as RECEIPT_LAWS
from marketplace.testing.laws_receipts import laws_of as receipt_laws_of
from marketplace.testing.laws_selection import LAWS as SELECTION_LAWS
from marketplace.testing.laws_selection import LOWEST_PRICE_LAWS, STABLE_LAWS, alike, an_offer, markets, seeds
from marketplace.testing.rails import Rail
from marketplace.testing.tills import Till


def name_of(law: Callable[..., object]) -> str:
    """The name of a law in words, for pytest's `ids`."""
    return law.__name__.replace("_", " ")


__all__ = [
    "COLLECTING_GATEWAY_LAWS",
    "DEDUPING_COLLECTING_GATEWAY_LAWS",
    "DEDUPING_GATEWAY_LAWS",
    "FEED_LAWS",
    "GATEWAY_LAWS",
    "HOLDING_LAWS",
    "IDENTITY_LAWS",
    "LOWEST_PRICE_LAWS",
    "RECEIPT_LAWS",
    "SELECTION_LAWS",
    "STABLE_LAWS",
    "Rail",
    "Request",
    "Till",
    "alike",
    "an_offer",
    "collecting_laws_of",
    "gateway_laws_of",
    "holding_laws_of",
    "markets",
    "name_of",
    "receipt_laws_of",
    "seeds",
]
