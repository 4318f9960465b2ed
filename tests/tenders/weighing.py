"""What the tests of weighing share: assessors and bids, and who won by which record."""

from marketplace.agencies import queries as firms
from marketplace.rulebook import service as rulebook
from marketplace.tenders import queries
from marketplace.tenders.queries import asking
from marketplace.testing.identity import a_colleague, a_member
from marketplace.testing.tenders import a_bid, a_buying_actor, a_tender, let_it_close, some_bidders

WEIGHTS = {"price": 4000, "credit": 1000, "time": 2000, "plan": 3000}


def record_of(work, tender):
    with work() as ctx:
        return asking.ranking_record(ctx, queries.tender(ctx, tender.id))


def winner_of(work, tender):
    with work() as ctx:
        award = queries.live_award(ctx, tender.id)
        return None if award is None else award.agency_id


def stage_of(work, tender):
    with work() as ctx:
        return queries.tender(ctx, tender.id).stage


def assessors(work, number=3, called="pingshen"):
    with work() as ctx:
        home = a_member(ctx, "department")
        return [a_colleague(ctx, home.organisation_id, "assessor", username=f"{called}{i}") for i in range(number)]


def label_of(work, tender, bidder):
    return next(offer.label for offer in offers_of(work, tender) if offer.agency_id == bidder.organisation_id)


def offers_of(work, tender):
    with work() as ctx:
        return queries.offers(ctx, tender.id)


def bids(work, tender, prices, **over):
    bidders = some_bidders(work, len(prices))
    for bidder, price in zip(bidders, prices, strict=True):
        a_bid(work, bidder, tender.id, price, **over)
    return bidders


def allow(work, **values):
    with work() as ctx:
        rulebook.publish(
            ctx, "320700", name="连云港市", values={key.replace("__", "."): v for key, v in values.items()}
        )


def a_low_one(work, runtime, clock, prices=(5_000_000, 8_000_000, 8_500_000)):
    buyer = a_buying_actor(work)
    tender = a_tender(work, buyer)
    bidders = bids(work, tender, prices)
    let_it_close(runtime, clock, tender.id)
    low = next(offer for offer in offers_of(work, tender) if offer.price_fen == prices[0])
    return tender, buyer, bidders, low


def a_contest(work, runtime, clock, prices=(8_000_000, 8_100_000, 8_200_000)):
    seats = assessors(work)
    buyer = a_buying_actor(work)
    names = [f"pingshen{i}" for i in range(3)]
    params = {"weights": WEIGHTS}
    tender = a_tender(work, buyer, method="merit", method_params=params, assessors=names)
    bidders = bids(work, tender, prices)
    let_it_close(runtime, clock, tender.id)
    return tender, buyer, bidders, seats


def an_inquiry(work, runtime, named=2, there_are=4, **over):
    bidders = some_bidders(work, there_are)
    buyer = a_buying_actor(work)
    with work() as ctx:
        codes = [firms.agency(ctx, bidder.organisation_id).uscc for bidder in bidders[:named]]
    tender = a_tender(work, buyer, method="inquiry", invited=codes, **over)
    runtime.settle()
    return tender, buyer, bidders


def invited(work, tender):
    with work() as ctx:
        return {row.agency_id: row.drawn for row in asking.invitations(ctx, queries.tender(ctx, tender.id))}
