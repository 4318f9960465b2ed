"""Methods through the service: parameters, rates, low prices, assessors, invitations, and the ranking record."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.agencies import queries as firms
from marketplace.agencies import service as agencies
from marketplace.kernel.errors import NotPermitted, WrongState
from marketplace.kernel.events import EventRow
from marketplace.rulebook import service as rulebook
from marketplace.selection.errors import RankingNotFound, SeedWrong, VariantUnknown
from marketplace.selection.methods import BUILTINS
from marketplace.selection.ranking import verify_ranking
from marketplace.selection.rules import incidents, verify_draw
from marketplace.tenders import queries, service
from marketplace.tenders.errors import NotEligible, ReasonMissing, weighing
from marketplace.tenders.errors.live import FloorUnfit, PriceBelowFloor
from marketplace.tenders.queries import asking, openings
from marketplace.tenders.service import inviting
from marketplace.testing.agencies import an_agency
from marketplace.testing.identity import a_colleague, a_member
from marketplace.testing.tenders import a_bid, a_buying_actor, a_draft, a_tender, let_it_close, some_bidders

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


def assessors(work, number=3):
    with work() as ctx:
        home = a_member(ctx, "department")
        return [a_colleague(ctx, home.organisation_id, "assessor", username=f"pingshen{i}") for i in range(number)]


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


# --- average, shortlist, weighted draw, discount rates -----------------------------------------------------------------


def test_an_average_tender_is_awarded_to_the_nearest_and_its_record_can_be_recomputed(work, runtime, clock):
    tender = a_tender(work, method="average", method_params={"variant": "A"})
    bidders = bids(work, tender, (8_800_000, 8_150_000, 7_900_000))
    let_it_close(runtime, clock, tender.id)
    assert winner_of(work, tender) == bidders[1].organisation_id
    record = record_of(work, tender)
    assert record["params"] == {"variant": "A", "trim_from": 5, "tie": "lower"}
    assert record["figures"] == {"mean": 8_283_333}
    assert verify_ranking(record, BUILTINS) == []


def test_an_unknown_variant_is_refused_when_published(work):
    with pytest.raises(VariantUnknown):
        a_tender(work, method="average", method_params={"variant": "C"})


def test_a_shortlist_is_drawn_and_its_record_holds_the_draw(work, runtime, clock):
    tender = a_tender(work, method="shortlist")
    bidders = bids(work, tender, (8_100_000, 8_000_000, 8_200_000, 8_900_000))
    let_it_close(runtime, clock, tender.id)
    record = record_of(work, tender)
    assert verify_ranking(record, BUILTINS) == []
    assert verify_draw(record["draw"]) == []
    assert record["params"] == {"size": 3}
    assert record["order"][3]["label"] == label_of(work, tender, bidders[3])


def allow(work, **values):
    with work() as ctx:
        rulebook.publish(
            ctx, "320700", name="连云港市", values={key.replace("__", "."): v for key, v in values.items()}
        )


def test_a_weighted_draw_is_offered_only_where_the_rulebook_says_so(work):
    with pytest.raises(weighing.WeightedNotEnabled):
        a_tender(work, method="weighted", fixed_price_fen=8_000_000)


def test_a_weighted_draw_publishes_the_tickets_with_the_pool(work, runtime, clock):
    allow(work, credit__ticket_weights__enabled=True)
    tender = a_tender(work, method="weighted", fixed_price_fen=8_000_000)
    bidders = some_bidders(work, 3)
    with work() as ctx:
        agencies.set_grade(ctx, bidders[0].organisation_id, stars=5, score_points=9_450, is_new=False)
        agencies.set_grade(ctx, bidders[1].organisation_id, stars=1, score_points=5_000, is_new=False)
    for bidder in bidders:
        a_bid(work, bidder, tender.id, 8_000_000)
    let_it_close(runtime, clock, tender.id)
    record = record_of(work, tender)
    assert verify_ranking(record, BUILTINS) == []
    assert record["figures"] == {"tickets": 8}
    assert sorted((row["stars"] or 0, row["credit"]) for row in record["offers"]) == [(0, 100), (5, 95)]
    assert len(record["draw"]["pool"]) == 8
    assert [row["label"] for row in record["exclusions"]] == [label_of(work, tender, bidders[1])]
    assert record["exclusions"][0]["reason"] == "信用等级没有抽取资格"


def test_rates_are_compared_as_rates_and_the_award_has_the_exact_price(work, runtime, clock):
    tender = a_tender(work, quote="rate", ceiling_fen=9_000_001, rate_floor_bp=100, rate_cap_bp=3_000)
    one, two = some_bidders(work, 2)
    for bidder, rate in ((one, 1_250), (two, 1_251)):
        with work(bidder) as ctx:
            service.place_bid(ctx, tender.id, rate_bp=rate, days=20)
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        award = queries.live_award(ctx, tender.id)
    assert (award.agency_id, award.price_fen) == (two.organisation_id, 7_874_101)
    assert "下浮率12.51%" in next(offer.reason for offer in offers_of(work, tender) if offer.rank == 1)
    assert verify_ranking(record_of(work, tender), BUILTINS) == []


@pytest.mark.parametrize(
    ("facts", "bid", "error"),
    [
        ({"quote": "rate"}, {"price_fen": 8_000_000}, weighing.RateWanted),
        ({"quote": "rate", "rate_floor_bp": 100}, {"rate_bp": 99}, weighing.RateOutside),
        ({"quote": "rate", "rate_cap_bp": 100}, {"rate_bp": 101}, weighing.RateOutside),
        ({"quote": "rate"}, {"rate_bp": 10_000}, weighing.RateOutside),
        ({}, {"price_fen": 8_000_000, "rate_bp": 1}, weighing.RateNotWanted),
        ({"floor_fen": 8_000_000}, {"price_fen": 7_999_999}, PriceBelowFloor),
    ],
)
def test_a_quote_of_the_wrong_kind_or_outside_the_bounds_is_refused(work, facts, bid, error):
    tender = a_tender(work, **facts)
    (bidder,) = some_bidders(work, 1)
    with pytest.raises(error), work(bidder) as ctx:
        service.place_bid(ctx, tender.id, days=20, **bid)


@pytest.mark.parametrize(
    ("facts", "error", "field"),
    [
        ({"method": "random", "fixed_price_fen": 1, "quote": "rate"}, weighing.QuoteUnfit, "quote"),
        ({"method": "random", "fixed_price_fen": 1, "floor_fen": 1}, FloorUnfit, "floor_fen"),
        ({"floor_fen": 9_000_001}, FloorUnfit, "floor_fen"),
        ({"rate_cap_bp": 100}, weighing.QuoteBoundsUnfit, "rate_floor_bp"),
        ({"quote": "rate", "rate_floor_bp": 2, "rate_cap_bp": 1}, weighing.QuoteBoundsUnfit, "rate_floor_bp"),
        ({"quote": "rate", "rate_cap_bp": 10_000}, weighing.QuoteBoundsUnfit, "rate_floor_bp"),
        ({"method": "merit", "method_params": {"weights": WEIGHTS}}, weighing.AssessorsTooFew, "assessors"),
        (
            {"method": "merit", "method_params": {"weights": WEIGHTS}, "assessors": ["a", "b", "c"]},
            weighing.AssessorUnknown,
            "assessors",
        ),
        ({"method": "inquiry"}, weighing.InviteesTooFew, "invited"),
        ({"method": "inquiry", "invited": ["1"]}, weighing.InviteesUnfit, "invited"),
    ],
)
def test_a_notice_that_does_not_suit_its_method_is_refused_at_its_field(work, facts, error, field):
    buyer = a_buying_actor(work)
    draft = a_draft(work, buyer, **facts)
    with pytest.raises(error) as refused, work(buyer) as ctx:
        service.publish(ctx, draft.id)
    assert refused.value.field == field


# --- direct awards: repeats and splitting ------------------------------------------------------------------------------


def directly(work, buyer, firm, **over):
    facts = {"method": "direct", "direct_agency_id": firm.organisation_id, "direct_reason": "延续服务"}
    return a_tender(work, buyer, **{**facts, "ceiling_fen": 1_000_000, **over})


def test_the_fourth_direct_award_to_one_agency_within_the_period_is_refused(work):
    buyer = a_buying_actor(work)
    (firm,) = some_bidders(work, 1)
    for _ in range(3):
        directly(work, buyer, firm)
    with pytest.raises(weighing.DirectTooOften):
        directly(work, buyer, firm)


def test_one_need_is_not_split_into_direct_awards(work):
    buyer = a_buying_actor(work)
    one, two = some_bidders(work, 2)
    directly(work, buyer, one, ceiling_fen=6_000_000)
    with pytest.raises(weighing.DirectSplit):
        directly(work, buyer, two, ceiling_fen=4_000_001)
    directly(work, buyer, two, ceiling_fen=4_000_000)


def test_a_direct_award_that_came_to_nothing_or_is_long_past_does_not_count(work, clock):
    allow(work, threshold__split_watch_months=1)
    buyer = a_buying_actor(work)
    (firm,) = some_bidders(work, 1)
    gone = directly(work, buyer, firm, ceiling_fen=6_000_000)
    with work(buyer) as ctx:
        service.cancel(ctx, gone.id, reason="需求取消")
    directly(work, buyer, firm, ceiling_fen=6_000_000)
    clock.advance(days=32)
    directly(work, buyer, firm, ceiling_fen=6_000_000)


# --- abnormally low quotes ---------------------------------------------------------------------------------------------


def a_low_one(work, runtime, clock, prices=(5_000_000, 8_000_000, 8_500_000)):
    buyer = a_buying_actor(work)
    tender = a_tender(work, buyer)
    bidders = bids(work, tender, prices)
    let_it_close(runtime, clock, tender.id)
    low = next(offer for offer in offers_of(work, tender) if offer.price_fen == prices[0])
    return tender, buyer, bidders, low


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


# --- merit -------------------------------------------------------------------------------------------------------------


def a_contest(work, runtime, clock, prices=(8_000_000, 8_100_000, 8_200_000)):
    seats = assessors(work)
    buyer = a_buying_actor(work)
    names = [f"pingshen{i}" for i in range(3)]
    params = {"weights": WEIGHTS}
    tender = a_tender(work, buyer, method="merit", method_params=params, assessors=names)
    bidders = bids(work, tender, prices)
    let_it_close(runtime, clock, tender.id)
    return tender, buyer, bidders, seats


def score(work, seat, tender, by_price):
    with work(seat) as ctx:
        service.declare(ctx, tender.id)
        points = {offer.id: by_price[offer.price_fen] for offer in queries.offers(ctx, tender.id)}
        service.give_points(ctx, tender.id, points=points)


def test_the_better_plan_wins_when_the_weights_say_so_and_the_sheets_are_published(work, runtime, clock):
    tender, _, bidders, seats = a_contest(work, runtime, clock)
    assert stage_of(work, tender) == "scoring"
    for seat, points in zip(seats, (90, 95, 91), strict=True):
        score(work, seat, tender, {8_000_000: 40, 8_100_000: 40, 8_200_000: points})
        runtime.settle()
    assert winner_of(work, tender) == bidders[2].organisation_id
    record = record_of(work, tender)
    assert verify_ranking(record, BUILTINS) == []
    assert [sheet["name"] for sheet in record["assessors"]] == ["李晓梅"] * 3
    assert record["order"][0]["numbers"]["plan"] == 9_200


def test_nothing_is_ranked_before_the_last_assessor_has_scored(work, runtime, clock):
    tender, _, _, seats = a_contest(work, runtime, clock)
    for seat in seats[:2]:
        score(work, seat, tender, dict.fromkeys((8_000_000, 8_100_000, 8_200_000), 50))
    runtime.settle()
    assert stage_of(work, tender) == "scoring"
    with work() as ctx, pytest.raises(RankingNotFound):
        asking.ranking_record(ctx, queries.tender(ctx, tender.id))


def test_without_enough_scores_in_time_the_tender_fails(work, runtime, clock):
    tender, _, _, seats = a_contest(work, runtime, clock)
    for seat in seats[:2]:
        score(work, seat, tender, dict.fromkeys((8_000_000, 8_100_000, 8_200_000), 50))
    clock.advance(days=14)
    runtime.settle()
    assert stage_of(work, tender) == "failed"


def test_a_conflict_gives_the_seat_up_and_the_buyer_fills_it_with_a_reason(work, runtime, clock):
    tender, buyer, _, seats = a_contest(work, runtime, clock)
    with work(seats[0]) as ctx:
        recused = service.declare(ctx, tender.id, conflict="曾在报价机构任职")
    with pytest.raises(weighing.AssessorDone), work(seats[0]) as ctx:
        service.give_points(ctx, tender.id, points={})
    with work() as ctx:
        other = a_member(ctx, "authority", "assessor", username="pingshen9")
    with pytest.raises(ReasonMissing), work(buyer) as ctx:
        service.replace_assessor(ctx, tender.id, recused.id, username="pingshen9", reason="")
    with work(buyer) as ctx:
        service.replace_assessor(ctx, tender.id, recused.id, username="pingshen9", reason="原评审人员回避")
    for seat in (seats[1], seats[2], other):
        score(work, seat, tender, dict.fromkeys((8_000_000, 8_100_000, 8_200_000), 70))
    runtime.settle()
    assert stage_of(work, tender) == "publicity"


def test_points_come_after_the_declaration_are_complete_within_bounds_and_final(work, runtime, clock):
    tender, buyer, _, seats = a_contest(work, runtime, clock)
    ids = [offer.id for offer in offers_of(work, tender)]
    with pytest.raises(weighing.ConflictNotDeclared), work(seats[0]) as ctx:
        service.give_points(ctx, tender.id, points=dict.fromkeys(ids, 1))
    with work(seats[0]) as ctx:
        service.declare(ctx, tender.id)
    for points in (dict.fromkeys(ids[1:], 1), dict.fromkeys(ids, 101), dict.fromkeys(ids, -1)):
        with pytest.raises(weighing.PointsUnfit), work(seats[0]) as ctx:
            service.give_points(ctx, tender.id, points=points)
    with work(seats[0]) as ctx:
        service.give_points(ctx, tender.id, points=dict.fromkeys(ids, 100))
    with pytest.raises(weighing.AssessorDone), work(seats[0]) as ctx:
        service.give_points(ctx, tender.id, points=dict.fromkeys(ids, 0))
    with pytest.raises(NotPermitted), work(buyer) as ctx:
        service.give_points(ctx, tender.id, points=dict.fromkeys(ids, 0))
    with work() as ctx:
        stranger = a_member(ctx, "authority", "assessor")
    with pytest.raises(weighing.AssessorNotAsked), work(stranger) as ctx:
        service.declare(ctx, tender.id)


def test_nobody_of_an_agency_assesses(work):
    with work() as ctx:
        firm = an_agency(ctx)
        a_colleague(ctx, firm.id, username="jigouren")
    assessors(work, 2)
    buyer = a_buying_actor(work)
    with pytest.raises(weighing.AssessorUnknown):
        a_tender(
            work,
            buyer,
            method="merit",
            method_params={"weights": WEIGHTS},
            assessors=["pingshen0", "pingshen1", "jigouren"],
        )


# --- inquiry -----------------------------------------------------------------------------------------------------------


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


def test_the_named_and_one_that_was_drawn_are_invited_and_nobody_else_may_quote(work, runtime):
    tender, _, bidders = an_inquiry(work, runtime)
    listed = invited(work, tender)
    assert sorted(listed.values()) == [False, False, True]
    assert all(not listed[bidder.organisation_id] for bidder in bidders[:2])
    (outsider,) = [bidder for bidder in bidders if bidder.organisation_id not in listed]
    with pytest.raises(NotEligible), work(outsider) as ctx:
        service.place_bid(ctx, tender.id, price_fen=8_000_000, days=20)


def test_the_draw_of_the_invited_can_be_recomputed_and_is_secret_until_the_opening(work, runtime, clock):
    tender, _, bidders = an_inquiry(work, runtime)
    listed = invited(work, tender)
    with work() as ctx:
        row = ctx.session.scalar(select(EventRow).where(EventRow.type == "tender.invitees.drawn"))
        assert row.sealed
        assert row not in queries.trail(ctx, queries.tender(ctx, tender.id))
    for bidder in bidders:
        if bidder.organisation_id in listed:
            a_bid(work, bidder, tender.id, 8_000_000)
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        found = queries.tender(ctx, tender.id)
        record = asking.invitation_draw(ctx, found)
        assert verify_draw(record) == []
        commitments = {keeper: kept["commitment"] for keeper, kept in found.invite_draw.items()}
        assert record["commitments"] == commitments
        drawn = next(id for id, chosen in listed.items() if chosen)
        assert record["order"][0].startswith(firms.agency(ctx, drawn).uscc)


@pytest.fixture
def kept_apart(runtime):
    """The keepers' private keys, taken away from the service."""
    private = dict(runtime.keys.private)
    runtime.keys.private.clear()
    return private


def ticks_with(runtime, private, keeper):
    """The worker of one keeper, who holds no other key."""
    runtime.keys.private[keeper] = private[keeper]
    runtime.settle()
    runtime.keys.private.clear()


def told_of(work, tender, type_):
    with work(write=False) as ctx:
        wanted = select(EventRow).where(EventRow.subject == f"tender/{tender.id}", EventRow.type == type_)
        return [json.loads(row.body)["data"] for row in ctx.session.scalars(wanted)]


def test_the_keepers_of_two_processes_reveal_one_after_the_other_and_the_invited_are_drawn(work, runtime, kept_apart):
    tender, *_ = an_inquiry(work, runtime)
    ticks_with(runtime, kept_apart, "operator")
    assert sorted(invited(work, tender).values()) == [False, False]
    ticks_with(runtime, kept_apart, "regulator")
    assert sorted(invited(work, tender).values()) == [False, False, True]
    assert [row["keeper"] for row in told_of(work, tender, "selection.seed.revealed")] == ["operator"]
    [drawn] = told_of(work, tender, "tender.invitees.drawn")
    assert verify_draw(drawn["record"]) == []
    seeds = str(told_of(work, tender, "selection.seed.revealed"))
    assert drawn["record"]["salt"] not in seeds, "whoever reads a seed before the opening can tell who is invited"


def test_a_seed_that_is_not_revealed_in_time_is_replaced_by_rule_and_named_as_an_incident(
    work, runtime, clock, kept_apart
):
    tender, *_ = an_inquiry(work, runtime)
    ticks_with(runtime, kept_apart, "operator")
    clock.advance(minutes=1_439)
    runtime.settle()
    assert sorted(invited(work, tender).values()) == [False, False]
    clock.advance(minutes=1)
    runtime.settle()
    assert sorted(invited(work, tender).values()) == [False, False, True]
    assert [row["keeper"] for row in told_of(work, tender, "selection.seed.withheld")] == ["regulator"]
    [drawn] = told_of(work, tender, "tender.invitees.drawn")
    assert drawn["record"]["withheld"] == ["regulator"]
    assert incidents(drawn["record"]) == verify_draw(drawn["record"]) != []


def test_a_seed_is_handed_in_by_its_own_keeper_and_must_be_the_promised_one(work, runtime, kept_apart, client, sign_in):
    tender, *_ = an_inquiry(work, runtime)
    with work() as ctx:
        clerk = a_member(ctx, "operator", "operator", username="yunying")
        runtime.keys.private.update(kept_apart)
        sealed = openings.sealed(ctx, queries.tender(ctx, tender.id), "operator")
        seed = runtime.keys.unseal("operator", sealed["invite_envelope"]).hex()
        runtime.keys.private.clear()
    with pytest.raises(NotPermitted), work(clerk) as ctx:
        service.reveal_invitation_seed(ctx, tender.id, keeper="regulator", seed=seed)
    with pytest.raises(SeedWrong), work(clerk) as ctx:
        service.reveal_invitation_seed(ctx, tender.id, keeper="operator", seed="00" * 32)
    page = f"/keeper/{tender.number}"
    sign_in(client, "yunying")
    assert "抽取受邀机构的种子" in client.get(page).text
    assert client.post(f"{page}/seed", data={"seed": "00" * 32}).status_code == 422
    assert client.post(f"{page}/seed", data={"seed": seed}).status_code == 303
    assert "贵单位的种子已提交" in client.get(page).text
    ticks_with(runtime, kept_apart, "regulator")
    assert sorted(invited(work, tender).values()) == [False, False, True]
    with work(clerk) as ctx:  # again, and too late: nothing changes
        service.reveal_invitation_seed(ctx, tender.id, keeper="operator", seed=seed)
    assert len(told_of(work, tender, "selection.seed.revealed")) == 1


def test_the_invited_keep_half_of_the_sign_up_time_whatever_the_seeds_do(work, runtime, kept_apart):
    with work() as ctx:
        rulebook.publish(ctx, "320700", values={"draw.reveal_minutes": 40_000})
    tender, *_ = an_inquiry(work, runtime)
    with work() as ctx:
        half = (tender.closes_at - tender.published_at) / 2
        assert inviting.reveal_due_at(ctx, queries.tender(ctx, tender.id)) == tender.published_at + half


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


# --- what comes after, and the record ----------------------------------------------------------------------------------


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
