"""What the buyer compares, what comes after an award, and the record of the ranking."""

import pytest

from marketplace.kernel.errors import WrongState
from marketplace.selection.methods import BUILTINS
from marketplace.selection.ranking import verify_ranking
from marketplace.tenders import queries, service
from marketplace.tenders.errors import ReasonMissing
from marketplace.testing.tenders import a_bid, a_tender, let_it_close
from tests.tenders.weighing import (
    a_contest,
    a_low_one,
    an_inquiry,
    bids,
    invited,
    label_of,
    offers_of,
    record_of,
    stage_of,
    winner_of,
)


def an_inquiry_to_compare(work, runtime, clock):
    tender, buyer, bidders = an_inquiry(work, runtime)
    quoting = [bidder for bidder in bidders if bidder.organisation_id in invited(work, tender)]
    for bidder, price in zip(quoting, (8_000_000, 8_100_000, 8_200_000), strict=True):
        a_bid(work, bidder, tender.id, price)
    let_it_close(runtime, clock, tender.id)
    return tender, buyer, quoting


def test_the_buyer_names_one_with_a_published_reason_and_the_others_stay_reserves(work, runtime, clock):
    tender, buyer, quoting = an_inquiry_to_compare(work, runtime, clock)
    assert stage_of(work, tender) == "comparing"
    chosen = next(offer for offer in offers_of(work, tender) if offer.price_fen == 8_200_000)
    with pytest.raises(ReasonMissing), work(buyer) as ctx:
        service.name_offer(ctx, chosen.id, reason="")
    with work(buyer) as ctx:
        service.name_offer(ctx, chosen.id, reason="工期短，方案针对性强")
    runtime.settle()
    assert winner_of(work, tender) == quoting[2].organisation_id
    ranked = [offer.price_fen for offer in offers_of(work, tender)]
    assert ranked == [8_200_000, 8_000_000, 8_100_000]
    assert verify_ranking(record_of(work, tender), BUILTINS) == []


def test_without_a_word_of_the_buyer_the_lowest_price_goes_first(work, runtime, clock):
    tender, _, quoting = an_inquiry_to_compare(work, runtime, clock)
    clock.advance(days=14)
    runtime.settle()
    assert winner_of(work, tender) == quoting[0].organisation_id


def test_reserves_follow_the_published_ranking_and_nothing_is_computed_anew(work, runtime, clock):
    tender = a_tender(work, method="average", method_params={"variant": "A"})
    bidders = bids(work, tender, (8_800_000, 8_150_000, 7_900_000))
    let_it_close(runtime, clock, tender.id)
    before = [row["label"] for row in record_of(work, tender)["order"]]
    with work() as ctx:
        award = queries.live_award(ctx, tender.id)
    with work(bidders[1]) as ctx:
        service.decline_award(ctx, award.id, reason="人员不足")
    assert label_of(work, tender, next(b for b in bidders if b.organisation_id == winner_of(work, tender))) == before[1]
    assert [row["label"] for row in record_of(work, tender)["order"]] == before


@pytest.mark.parametrize("stage", ["explaining", "scoring", "comparing"])
def test_nobody_screens_or_awards_by_hand_while_the_market_waits_for_an_answer(work, runtime, clock, stage):
    make = {"explaining": a_low_one, "scoring": a_contest, "comparing": an_inquiry_to_compare}[stage]
    tender, buyer, *_ = make(work, runtime, clock)
    offer = offers_of(work, tender)[0]
    with pytest.raises(WrongState), work(buyer) as ctx:
        service.exclude_offer(ctx, offer.id, reason="资料不实")
    with work(buyer) as ctx:
        service.cancel(ctx, tender.id, reason="需求取消")
    clock.advance(days=30)
    runtime.settle()
    assert stage_of(work, tender) == "cancelled"


@pytest.mark.parametrize(
    "tamper",
    [
        lambda r: r["order"].reverse(),
        lambda r: r["offers"][0].update(price_fen=1),
        lambda r: r["figures"].update(mean=1),
        lambda r: r["params"].update(variant="B", trim_from=3),
        lambda r: r["order"][0].update(reason="关系好"),
        lambda r: r.update(method="lowest"),
        lambda r: r.update(format="another/1"),
        lambda r: r.pop("offers"),
        lambda r: r["offers"][0].update(points=[99]),
    ],
)
def test_a_record_that_was_tampered_with_is_found_out(work, runtime, clock, tamper):
    tender = a_tender(work, method="average", method_params={"variant": "A"})
    bids(work, tender, (8_800_000, 8_150_000, 7_900_000))
    let_it_close(runtime, clock, tender.id)
    record = record_of(work, tender)
    assert verify_ranking(record, BUILTINS) == []
    tamper(record)
    assert verify_ranking(record, BUILTINS) != []
