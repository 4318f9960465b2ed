"""Abnormally low quotes: who explains, who judges, and what silence does."""

from datetime import timedelta

import pytest

from marketplace.tenders import queries, service
from marketplace.tenders.errors import ReasonMissing, weighing
from marketplace.tenders.queries import asking
from tests.tenders.weighing import a_low_one, allow, record_of, stage_of, winner_of


def test_a_quote_below_the_share_of_the_median_has_to_be_explained(work, runtime, clock):
    tender, buyer, bidders, low = a_low_one(work, runtime, clock)
    assert stage_of(work, tender) == "explaining"
    with work(bidders[0]) as ctx:
        service.explain_price(ctx, low.id, text="设备自有，现场数据已有，只计人工。")
    runtime.settle()
    assert stage_of(work, tender) == "explaining"
    with work(buyer) as ctx:
        service.judge_explanation(ctx, low.id, accepted=True, reason="成本构成可信")
    runtime.settle()
    assert winner_of(work, tender) == bidders[0].organisation_id


def test_an_explanation_that_is_refused_makes_the_quote_void_with_a_published_reason(work, runtime, clock):
    tender, buyer, bidders, low = a_low_one(work, runtime, clock)
    with work(bidders[0]) as ctx:
        service.explain_price(ctx, low.id, text="让利")
    with work(buyer) as ctx:
        service.judge_explanation(ctx, low.id, accepted=False, reason="没有成本构成")
    runtime.settle()
    assert winner_of(work, tender) == bidders[1].organisation_id
    record = record_of(work, tender)
    assert [row["reason"] for row in record["exclusions"]] == ["报价异常低，说明不成立：没有成本构成"]
    with work() as ctx:
        (row,) = queries.exclusions(ctx, tender.id)
        assert row.cause == "low_price"


def test_silence_voids_the_quote_when_the_time_is_up(work, runtime, clock):
    tender, _, bidders, low = a_low_one(work, runtime, clock)
    with work() as ctx:
        (row,) = asking.explanations(ctx, tender.id)
    clock.set(row.due_at - timedelta(seconds=1))
    runtime.settle()
    assert stage_of(work, tender) == "explaining"
    clock.set(row.due_at)
    with pytest.raises(weighing.ExplanationClosed), work(bidders[0]) as ctx:
        service.explain_price(ctx, low.id, text="迟到的说明")
    runtime.settle()
    assert winner_of(work, tender) == bidders[1].organisation_id


def test_a_buyer_that_stays_silent_cannot_hold_the_tender_up(work, runtime, clock):
    tender, _, bidders, low = a_low_one(work, runtime, clock)
    with work(bidders[0]) as ctx:
        service.explain_price(ctx, low.id, text="设备自有。")
    clock.advance(days=14)
    runtime.settle()
    assert winner_of(work, tender) == bidders[0].organisation_id


def test_only_the_low_bidder_explains_once_and_only_the_buyer_judges_once(work, runtime, clock):
    _, buyer, bidders, low = a_low_one(work, runtime, clock)
    with pytest.raises(weighing.ExplanationNotFound), work(bidders[1]) as ctx:
        service.explain_price(ctx, low.id, text="不是我的")
    with pytest.raises(weighing.ExplanationDecidedAlready), work(buyer) as ctx:
        service.judge_explanation(ctx, low.id, accepted=True, reason="还没有说明")
    with pytest.raises(ReasonMissing), work(bidders[0]) as ctx:
        service.explain_price(ctx, low.id, text=" ")
    with work(bidders[0]) as ctx:
        service.explain_price(ctx, low.id, text="设备自有。")
    with pytest.raises(weighing.ExplanationClosed), work(bidders[0]) as ctx:
        service.explain_price(ctx, low.id, text="再补充")
    with work(buyer) as ctx:
        service.judge_explanation(ctx, low.id, accepted=True, reason="可信")
    with pytest.raises(weighing.ExplanationDecidedAlready), work(buyer) as ctx:
        service.judge_explanation(ctx, low.id, accepted=False, reason="反悔")


def test_a_share_of_zero_asks_nobody(work, runtime, clock):
    allow(work, low_price__explain_below_pct=0)
    tender, _, bidders, _ = a_low_one(work, runtime, clock, prices=(1, 8_000_000, 8_500_000))
    assert winner_of(work, tender) == bidders[0].organisation_id
