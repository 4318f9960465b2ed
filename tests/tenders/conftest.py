"""One who bids and one who buys, signed in; and an open tender with sealed bids."""

import pytest

from marketplace.testing import tenders as make
from tests.tenders.changing import PRICES


@pytest.fixture
def bidder(work):
    return make.some_bidders(work, 1, usernames=["agency-one"])[0]


@pytest.fixture
def buyer(work):
    return make.a_buying_actor(work, username="buyer-one")


@pytest.fixture
def as_bidder(client, sign_in, bidder):
    return sign_in(client, "agency-one")


@pytest.fixture
def as_buyer(client, sign_in, buyer):
    return sign_in(client, "buyer-one")


@pytest.fixture
def market(work):
    """An open tender with four sealed bids."""
    buyer = make.a_buying_actor(work)
    tender, firms = make.a_tender(work, buyer), make.some_bidders(work, 4)
    for firm, price in zip(firms, PRICES, strict=True):
        make.a_bid(work, firm, tender.id, price)
    return buyer, tender, firms
