from datetime import timedelta

import pytest
from sqlalchemy import select, update

from marketplace.agencies import queries as firms
from marketplace.agencies import service as agencies
from marketplace.audit import verifier
from marketplace.budgets.errors import BudgetTooSmall
from marketplace.budgets.queries import balances
from marketplace.kernel.errors import NotPermitted, WrongState
from marketplace.kernel.events import EventRow
from marketplace.kernel.ports import Actor
from marketplace.rulebook import queries as rulebook
from marketplace.selection import queries as selection
from marketplace.selection.rules import verify_draw
from marketplace.tenders import errors, queries, service
from marketplace.tenders.models import Bid, Tender
from marketplace.tenders.queries import letters
from marketplace.testing.tenders import (
    a_bid,
    a_budget_line,
    a_buying_actor,
    a_confirmed_award,
    a_departments_tender,
    a_draft,
    a_tender,
    an_award,
    let_it_close,
    some_bidders,
)

# --- posting ----------------------------------------------------------------------------------------------------------


def test_a_published_notice_is_open_and_carries_its_rules_key_and_commitments(work):
    tender = a_tender(work)
    with work() as ctx:
        assert (tender.status, tender.stage) == ("active", "open")
        assert tender.ruleset_id == rulebook.rules_at(ctx, "320700", ctx.now).id
        assert len(bytes.fromhex(tender.envelope_key)) == 32
        assert set(selection.commitments(ctx, tender.id)) == {"operator", "regulator"}


@pytest.mark.parametrize(
    ("facts", "error", "field"),
    [
        ({"conditions": "须在本地设有分支机构"}, errors.ConditionForbidden, "conditions"),
        ({"content": "仅限本市企业参加"}, errors.ConditionForbidden, "content"),
        ({"payer": "department"}, errors.PayerNotYours, "payer"),
        ({"government_commissioned": True}, errors.GovernmentMustPay, "payer"),
        ({"method": "random"}, errors.FixedPriceUnfit, "fixed_price_fen"),
        ({"fixed_price_fen": 100}, errors.FixedPriceUnfit, "fixed_price_fen"),
        ({"method": "direct", "direct_reason": "延续服务"}, errors.FactsMissing, "direct_agency_id"),
        ({"method": "direct", "ceiling_fen": 10_000_001}, errors.DirectAboveLimit, "ceiling_fen"),
        ({"method": "direct"}, errors.ReasonMissing, "direct_reason"),
        ({"urgent": True}, errors.ReasonMissing, "urgent_reason"),
        ({"project_code": "2026-1"}, errors.ProjectCodeInvalid, "project_code"),
        ({"closes_at": None}, errors.FactsMissing, "closes_at"),
        ({"item_code": "ZJ-99"}, Exception, "item_code"),
        ({"method": "highest"}, Exception, "method"),
        ({"avoidances": [{"uscc": "1", "reason": "同一法人"}]}, Exception, "avoidances"),
    ],
)
def test_a_notice_that_breaks_a_rule_is_refused_at_its_field(work, facts, error, field):
    buyer = a_buying_actor(work)
    draft = a_draft(work, buyer, **facts)
    with pytest.raises(error) as refused, work(buyer) as ctx:
        service.publish(ctx, draft.id)
    assert refused.value.field == field
    with work(buyer) as ctx:
        assert refused.value.code in {problem.code for problem in service.check(ctx, draft.id)}


def test_a_forbidden_condition_is_shown_with_its_phrase_and_a_remedy(work):
    buyer = a_buying_actor(work)
    draft = a_draft(work, buyer, conditions="投标人须为市环保产业协会会员单位。")
    with pytest.raises(errors.ConditionForbidden) as refused, work(buyer) as ctx:
        service.publish(ctx, draft.id)
    assert "协会会员" in refused.value.text
    assert "会员资格" in refused.value.advise()


def test_closing_before_the_least_working_days_is_refused(work):
    buyer = a_buying_actor(work)
    draft = a_draft(work, buyer)
    with pytest.raises(errors.ClosingTooEarly), work(buyer) as ctx:
        service.publish(ctx, draft.id, closes_at=rulebook.add_workdays(ctx, ctx.now, 3) - timedelta(seconds=1))
    with work(buyer) as ctx:
        assert service.publish(ctx, draft.id, closes_at=rulebook.add_workdays(ctx, ctx.now, 3)).stage == "open"


def test_an_urgent_notice_with_a_reason_may_close_sooner(work):
    buyer = a_buying_actor(work)
    draft = a_draft(work, buyer, urgent=True, urgent_reason="汛期前须完成论证")
    with work(buyer) as ctx:
        closes_at = rulebook.add_workdays(ctx, ctx.now, 1)
        assert service.publish(ctx, draft.id, closes_at=closes_at).closes_at == closes_at


def test_a_closing_beyond_the_calendar_is_refused(work):
    buyer = a_buying_actor(work)
    draft = a_draft(work, buyer)
    with pytest.raises(Exception, match="calendar") as refused, work(buyer) as ctx:
        service.publish(ctx, draft.id, closes_at=ctx.now + timedelta(days=4000))
    assert refused.value.field == "closes_at"


def test_government_commissioned_work_is_never_given_directly(work):
    department = a_buying_actor(work, "department")
    line = a_budget_line(work, department)
    with pytest.raises(errors.GovernmentMustCompete):
        a_departments_tender(work, department, line, method="direct")


def test_posting_reserves_the_ceiling_on_the_budget_line(work):
    department = a_buying_actor(work, "department")
    tender = a_departments_tender(work, department, a_budget_line(work, department))
    with work() as ctx:
        assert balances.stages(ctx, tender.encumbrance_id)["reserved"] == tender.ceiling_fen


def test_a_ceiling_above_the_budget_is_refused(work):
    department = a_buying_actor(work, "department")
    line = a_budget_line(work, department, amount_fen=8_999_999)
    with pytest.raises(BudgetTooSmall):
        a_departments_tender(work, department, line)


def test_another_departments_line_is_refused(work):
    department, other = a_buying_actor(work, "department"), a_buying_actor(work, "department")
    line = a_budget_line(work, other)
    with pytest.raises(errors.BudgetLineNotYours):
        a_departments_tender(work, department, line)


def test_a_department_without_a_line_cannot_post(work):
    department = a_buying_actor(work, "department")
    with pytest.raises(errors.BudgetLineMissing):
        a_departments_tender(work, department, None)


def test_somebody_elses_draft_is_not_found(work):
    draft = a_draft(work, a_buying_actor(work))
    with pytest.raises(errors.TenderNotFound), work(a_buying_actor(work)) as ctx:
        service.publish(ctx, draft.id)


def test_a_published_notice_is_not_revised(work):
    buyer = a_buying_actor(work)
    tender = a_tender(work, buyer)
    with pytest.raises(WrongState), work(buyer) as ctx:
        service.revise(ctx, tender.id, title="另一个项目")


def test_cancelling_frees_the_budget_and_leaves_bids_sealed(work, runtime, clock):
    department = a_buying_actor(work, "department")
    tender = a_departments_tender(work, department, a_budget_line(work, department))
    a_bid(work, some_bidders(work, 1)[0], tender.id, 100)
    with work(department) as ctx:
        service.cancel(ctx, tender.id, reason="项目取消")
    clock.advance(days=30)
    runtime.settle()
    with work() as ctx:
        assert queries.tender(ctx, tender.id).status == "cancelled"
        assert sum(balances.stages(ctx, tender.encumbrance_id).values()) == 0
        assert queries.offers(ctx, tender.id) == []


# --- bidding ----------------------------------------------------------------------------------------------------------


def test_a_bid_gives_a_signed_receipt_that_a_stranger_can_check(work):
    tender = a_tender(work)
    receipt = a_bid(work, some_bidders(work, 1)[0], tender.id, 8_000_000)
    assert receipt["tender"] == tender.number
    assert receipt["kind"] == "tender.bid.placed"
    assert verifier.check_document(receipt) == {"receipt": []}
    assert verifier.check_document({**receipt, "at": "2026-01-01T00:00:00+00:00"})["receipt"]


def test_a_stored_bid_shows_neither_price_nor_bidder(work):
    tender = a_tender(work)
    bidder = some_bidders(work, 1)[0]
    a_bid(work, bidder, tender.id, 8_765_432)
    with work() as ctx:
        row = ctx.session.scalars(select(Bid)).one()
        stored = " ".join(str(getattr(row, column.key)) for column in Bid.__table__.columns)
        event = ctx.session.scalars(select(EventRow).where(EventRow.type == "tender.bid.placed")).one()
        for text in (stored, event.body, str(event.organisation), event.actor):
            assert bidder.organisation_id not in text
            assert "8765432" not in text
        assert event.actor == "sealed"


def test_envelopes_have_one_length_whatever_is_inside(work):
    tender = a_tender(work)
    one, other = some_bidders(work, 2)
    a_bid(work, one, tender.id, 1)
    a_bid(work, other, tender.id, 8_999_999, note="说明" * 60)
    with work() as ctx:
        assert len({len(row.envelope) for row in ctx.session.scalars(select(Bid))}) == 1


def test_a_second_bid_of_an_agency_is_refused_unless_it_says_what_it_replaces(work):
    tender = a_tender(work)
    bidder = some_bidders(work, 1)[0]
    first = a_bid(work, bidder, tender.id, 8_000_000)
    with pytest.raises(errors.BidAlreadyPlaced):
        a_bid(work, bidder, tender.id, 7_000_000)
    second = a_bid(work, bidder, tender.id, 7_000_000, replaces=first["digest"])
    assert second["kind"] == "tender.bid.replaced"
    with pytest.raises(errors.BidChanged):
        a_bid(work, bidder, tender.id, 6_000_000, replaces=first["digest"])
    with work() as ctx:
        assert len(list(ctx.session.scalars(select(Bid)))) == 1


def test_a_withdrawn_bid_is_destroyed_and_may_be_placed_again(work, runtime, clock):
    tender = a_tender(work)
    bidders = some_bidders(work, 3)
    for bidder in bidders:
        a_bid(work, bidder, tender.id, 8_000_000)
    with work(bidders[0]) as ctx:
        service.withdraw_bid(ctx, tender.id)
        assert ctx.session.scalars(select(Bid).where(Bid.withdrawn_at.is_not(None))).one().envelope == ""
    with pytest.raises(errors.BidNotFound), work(bidders[0]) as ctx:
        service.withdraw_bid(ctx, tender.id)
    a_bid(work, bidders[0], tender.id, 7_000_000)
    with work(bidders[1]) as ctx:
        service.withdraw_bid(ctx, tender.id)
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        assert sorted(row.price_fen for row in queries.offers(ctx, tender.id)) == [7_000_000, 8_000_000]


@pytest.mark.parametrize(
    ("price", "error"),
    [(9_000_001, errors.PriceAboveCeiling), (0, errors.PriceInvalid), (-5, errors.PriceInvalid)],
)
def test_a_price_outside_the_notice_is_refused(work, price, error):
    tender = a_tender(work)
    with pytest.raises(error):
        a_bid(work, some_bidders(work, 1)[0], tender.id, price)


def test_another_price_than_the_fixed_one_is_refused(work):
    tender = a_tender(work, method="random", fixed_price_fen=8_000_000)
    with pytest.raises(errors.PriceNotFixed):
        a_bid(work, some_bidders(work, 1)[0], tender.id, 7_999_999)


def test_a_bid_at_the_closing_instant_is_refused_though_the_timer_has_not_run(work, clock):
    tender = a_tender(work)
    bidder = some_bidders(work, 1)[0]
    clock.set(tender.closes_at)
    with pytest.raises(errors.TenderNotOpen):
        a_bid(work, bidder, tender.id, 8_000_000)


def test_an_agency_without_the_scope_is_told_why(work):
    tender = a_tender(work)
    with pytest.raises(errors.NotEligible) as refused:
        a_bid(work, some_bidders(work, 1, item_code="ZJ-02")[0], tender.id, 8_000_000)
    assert "建设项目环境影响评价" in refused.value.text


def test_an_avoided_agency_is_told_the_published_reason(work):
    bidder = some_bidders(work, 1)[0]
    with work() as ctx:
        uscc = firms.agency(ctx, bidder.organisation_id).uscc
    tender = a_tender(work, avoidances=[{"uscc": uscc.lower(), "reason": "与项目业主同一法定代表人"}])
    with pytest.raises(errors.NotEligible, match="not_eligible") as refused:
        a_bid(work, bidder, tender.id, 8_000_000)
    assert "同一法定代表人" in refused.value.text


def test_only_the_named_agency_bids_in_a_direct_selection(work):
    named, other = some_bidders(work, 2)
    facts = {"method": "direct", "direct_agency_id": named.organisation_id, "direct_reason": "前期勘察由其完成"}
    tender = a_tender(work, **facts)
    with pytest.raises(errors.NotEligible):
        a_bid(work, other, tender.id, 8_000_000)
    assert a_bid(work, named, tender.id, 8_000_000)["digest"]


def test_a_buyer_cannot_bid(work):
    tender = a_tender(work)
    with pytest.raises(NotPermitted):
        a_bid(work, a_buying_actor(work), tender.id, 8_000_000)


def test_an_agency_finds_its_own_sealed_bid_and_nobody_elses(work):
    tender = a_tender(work)
    one, other = some_bidders(work, 2)
    receipt = a_bid(work, one, tender.id, 8_000_000)
    with work(one) as ctx:
        assert service.my_bid(ctx, tender.id).digest == receipt["digest"]
        assert [mine.digest for mine in queries.my_bids(ctx, one.organisation_id)] == [receipt["digest"]]
    with work(other) as ctx:
        assert service.my_bid(ctx, tender.id) is None
        assert queries.my_bids(ctx, other.organisation_id) == []


# --- opening ----------------------------------------------------------------------------------------------------------


def test_the_market_opens_and_awards_the_lowest_by_itself(work, runtime, clock):
    story = an_award(runtime, clock)
    assert story.tender.stage == "publicity"
    assert (story.award.price_fen, story.award.agency_id) == (8_500_000, story.bidders[1].organisation_id)
    with work() as ctx:
        assert [row.rank for row in queries.offers(ctx, story.tender.id)] == [1, 2, 3]


def test_equal_prices_are_drawn_in_public(work, runtime, clock):
    story = an_award(runtime, clock, prices=(8_000_000, 8_000_000, 8_500_000))
    with work() as ctx:
        draw = selection.draw_of(ctx, story.tender.number)
        offers = queries.offers(ctx, story.tender.id)
    assert verify_draw(draw.record) == []
    order = [label for label in draw.record["order"] if label != offers[2].label]
    assert [offer.label for offer in offers[:2]] == order


def test_a_random_selection_awards_the_first_of_the_draw(work, runtime, clock):
    tender = a_tender(work, method="random", fixed_price_fen=8_000_000)
    for bidder in some_bidders(work, 4):
        a_bid(work, bidder, tender.id, 8_000_000)
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        record = selection.draw_of(ctx, tender.number).record
        assert verify_draw(record) == []
        assert [offer.label for offer in queries.offers(ctx, tender.id)] == record["order"]
        assert record["commitments"] == selection.commitments(ctx, tender.id)


def test_too_few_bids_prolong_once_without_opening_or_counting(work, runtime, clock):
    tender = a_tender(work)
    a_bid(work, some_bidders(work, 1)[0], tender.id, 8_000_000)
    first_close = tender.closes_at
    before = selection_of(work, tender)
    prolonged = let_it_close(runtime, clock, tender.id)
    assert (prolonged.stage, prolonged.extensions) == ("open", 1)
    with work() as ctx:
        assert prolonged.closes_at == rulebook.add_workdays(ctx, first_close, 2)
        assert queries.offers(ctx, tender.id) == []
        event = ctx.session.scalars(select(EventRow).where(EventRow.type == "tender.closing.extended")).one()
        assert '"digest' not in event.body
        assert "count" not in event.body
    assert selection_of(work, tender) == before


def selection_of(work, tender):
    with work() as ctx:
        return selection.commitments(ctx, tender.id)


def test_after_the_extension_one_bid_is_enough(work, runtime, clock):
    tender = a_tender(work)
    a_bid(work, some_bidders(work, 1)[0], tender.id, 8_000_000)
    let_it_close(runtime, clock, tender.id)
    assert let_it_close(runtime, clock, tender.id).stage == "publicity"


def test_nobody_at_all_fails_the_tender_and_frees_the_budget(work, runtime, clock):
    department = a_buying_actor(work, "department")
    tender = a_departments_tender(work, department, a_budget_line(work, department))
    let_it_close(runtime, clock, tender.id)
    failed = let_it_close(runtime, clock, tender.id)
    assert (failed.status, failed.stage) == ("unsuccessful", "failed")
    with work() as ctx:
        assert sum(balances.stages(ctx, tender.encumbrance_id).values()) == 0


def test_nobody_opens_early(work):
    tender = a_tender(work)
    with pytest.raises(errors.TenderStillOpen), work() as ctx:
        service.close(ctx, tender.id)


def test_closing_twice_awards_once(work, runtime, clock):
    story = an_award(runtime, clock)
    with work() as ctx:
        service.close(ctx, story.tender.id)
    with work() as ctx:
        assert len(queries.awards_of(ctx, story.tender.id)) == 1


def test_an_agency_suspended_before_closing_is_excluded_with_the_reason(work, runtime, clock):
    tender = a_tender(work)
    bidders = some_bidders(work, 3)
    for bidder, price in zip(bidders, (100, 200, 300), strict=True):
        a_bid(work, bidder, tender.id, price)
    with work() as ctx:
        agencies.suspend(ctx, bidders[0].organisation_id, reason="提供虚假材料", until=ctx.now + timedelta(days=90))
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        assert queries.live_award(ctx, tender.id).price_fen == 200
        (row,) = queries.exclusions(ctx, tender.id)
        assert row.cause == "barred"
        assert "提供虚假材料" in row.reason


@pytest.mark.parametrize("how", ["damaged", "moved"])
def test_an_envelope_that_was_touched_is_recorded_and_left_out(work, runtime, clock, how):
    tender = a_tender(work)
    bidders = some_bidders(work, 3)
    digests = [a_bid(work, b, tender.id, p)["digest"] for b, p in zip(bidders, (100, 200, 300), strict=True)]
    with work() as ctx:
        change = {"envelope": Bid.envelope + "00"} if how == "damaged" else {"bidder_index": "f" * 64}
        ctx.session.execute(update(Bid).where(Bid.digest == digests[0]).values(**change))
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        assert queries.live_award(ctx, tender.id).price_fen == 200
        assert [row.cause for row in queries.exclusions(ctx, tender.id)] == ["broken"]


def test_a_process_without_the_opening_key_cannot_open(work, runtime, clock):
    tender = a_tender(work)
    for bidder in some_bidders(work, 2):
        a_bid(work, bidder, tender.id, 100)
    clock.set(tender.closes_at)
    runtime.keys.private.clear()
    with work() as ctx:
        assert service.close(ctx, tender.id).stage == "closed"
    with work() as ctx:
        assert queries.offers(ctx, tender.id) == []


def test_a_screened_tender_waits_for_exclusions_before_it_is_awarded(work, runtime, clock):
    buyer = a_buying_actor(work)
    tender = a_tender(work, buyer, screening=True)
    for bidder, price in zip(some_bidders(work, 2), (100, 200), strict=True):
        a_bid(work, bidder, tender.id, price)
    assert let_it_close(runtime, clock, tender.id).stage == "opened"
    with work(buyer) as ctx:
        lowest = min(queries.offers(ctx, tender.id), key=lambda row: row.price_fen)
        service.exclude_offer(ctx, lowest.id, reason="低于最低限价")
    with work(buyer) as ctx:
        assert service.award(ctx, tender.id).price_fen == 200
    with pytest.raises(WrongState), work(buyer) as ctx:
        service.exclude_offer(ctx, queries.live_award(ctx, tender.id).offer_id, reason="再次排除")


# --- after the award --------------------------------------------------------------------------------------------------


def test_an_award_is_public_for_the_days_of_the_rulebook_and_then_confirmed_by_itself(work, runtime, clock):
    story = an_award(runtime, clock)
    with work() as ctx:
        assert story.award.publicity_ends_at == rulebook.add_workdays(ctx, story.award.awarded_at, 3)
    clock.set(story.award.publicity_ends_at)
    runtime.settle()
    with work() as ctx:
        waiting = queries.award(ctx, story.award.id)
        assert (waiting.status, queries.tender(ctx, story.tender.id).stage) == ("pending", "confirming")
    clock.set(waiting.confirm_due_at)
    runtime.settle()
    with work() as ctx:
        done = queries.award(ctx, story.award.id)
        assert (done.status, queries.tender(ctx, story.tender.id).status) == ("active", "complete")
        assert letters.letter_by_code(ctx, done.check_code.lower().replace("-", " ")).agency


def test_confirmation_before_the_publicity_has_ended_is_refused(work, runtime, clock):
    story = an_award(runtime, clock)
    with pytest.raises(WrongState), work(story.buyer) as ctx:
        service.confirm_award(ctx, story.award.id)


@pytest.mark.parametrize("when", ["before the publicity ends", "before the confirmation"])
def test_a_winner_suspended_meanwhile_is_not_confirmed_and_the_reserve_steps_in(work, runtime, clock, when):
    story = an_award(runtime, clock)
    clock.set(story.award.publicity_ends_at)
    if when == "before the confirmation":
        runtime.settle()
    with work() as ctx:
        until = ctx.now + timedelta(days=90)
        agencies.suspend(ctx, story.bidders[1].organisation_id, reason="处理决定", until=until)
    clock.advance(days=4)
    runtime.settle()
    with work() as ctx:
        assert queries.award(ctx, story.award.id).status == "cancelled"
        assert queries.award(ctx, story.award.id).check_code is None
        assert queries.live_award(ctx, story.tender.id).price_fen == 8_800_000


def test_confirmation_gives_the_difference_back_to_the_budget(work, runtime, clock):
    department = a_buying_actor(work, "department")
    tender = a_departments_tender(work, department, a_budget_line(work, department))
    for bidder, price in zip(some_bidders(work, 2), (8_000_000, 8_500_000), strict=True):
        a_bid(work, bidder, tender.id, price)
    let_it_close(runtime, clock, tender.id)
    clock.advance(days=20)
    runtime.settle()
    clock.advance(days=20)
    runtime.settle()
    with work() as ctx:
        assert queries.live_award(ctx, tender.id).status == "active"
        assert balances.stages(ctx, tender.encumbrance_id)["reserved"] == 8_000_000


def test_a_letter_is_found_by_its_check_code_only(work, runtime, clock):
    story = a_confirmed_award(runtime, clock)
    with work(Actor.public()) as ctx:
        letter = letters.letter_by_code(ctx, story.award.check_code)
        assert letter.price_capital == "捌万伍仟元整"
        assert letter.path == f"/v/{story.award.check_code}"
        with pytest.raises(errors.LetterNotFound):
            letters.letter_by_code(ctx, "AAAA-BBBB-CCCC-DDDD")


def test_an_objection_stops_the_clock_and_a_dismissal_lets_the_rest_run(work, runtime, clock):
    story = an_award(runtime, clock)
    clock.advance(hours=20)
    with work(story.bidders[0]) as ctx:
        receipt = service.object_to_award(ctx, story.award.id, grounds="中选机构项目负责人不具备资格")
    assert verifier.check_document(receipt) == {"receipt": []}
    remaining = story.award.publicity_ends_at - clock()
    clock.advance(days=6)
    runtime.settle()
    with work() as ctx:
        assert queries.tender(ctx, story.tender.id).stage == "objected"
        (row,) = queries.objections(ctx, story.tender.id)
    with work(story.buyer) as ctx:
        service.decide_objection(ctx, row.id, upheld=False, reply="经核查，负责人证书有效")
    with work() as ctx:
        resumed = queries.award(ctx, story.award.id)
        assert queries.tender(ctx, story.tender.id).stage == "publicity"
        assert resumed.publicity_ends_at == clock() + remaining
    clock.set(resumed.publicity_ends_at)
    runtime.settle()
    with work() as ctx:
        assert queries.tender(ctx, story.tender.id).stage == "confirming"


def test_an_upheld_objection_ends_the_award_and_the_reserve_steps_in(work, runtime, clock):
    story = an_award(runtime, clock)
    with work(story.bidders[0]) as ctx:
        service.object_to_award(ctx, story.award.id, grounds="报价低于成本")
    with work() as ctx:
        (row,) = queries.objections(ctx, story.tender.id)
        service.decide_objection(ctx, row.id, upheld=True, reply="异议成立")
    with work() as ctx:
        assert queries.award(ctx, story.award.id).status == "cancelled"
        assert queries.live_award(ctx, story.tender.id).price_fen == 8_800_000


def test_a_cancelled_tender_leaves_no_objection_waiting(work, runtime, clock):
    story = an_award(runtime, clock)
    with work(story.bidders[0]) as ctx:
        service.object_to_award(ctx, story.award.id, grounds="报价低于成本")
    with work(story.buyer) as ctx:
        service.cancel(ctx, story.tender.id, reason="项目终止")
    with work() as ctx:
        (row,) = queries.objections(ctx, story.tender.id)
        assert (row.status, row.decided_at) == ("closed", clock())


def test_the_clock_goes_on_only_after_the_last_objection(work, runtime, clock):
    story = an_award(runtime, clock)
    for bidder in (story.bidders[0], story.bidders[2]):
        with work(bidder) as ctx:
            service.object_to_award(ctx, story.award.id, grounds="对评审有异议")
    with work() as ctx:
        first, second = queries.objections(ctx, story.tender.id)
        service.decide_objection(ctx, first.id, upheld=False, reply="不成立")
        assert queries.tender(ctx, story.tender.id).stage == "objected"
        service.decide_objection(ctx, second.id, upheld=False, reply="不成立")
        assert queries.tender(ctx, story.tender.id).stage == "publicity"


def test_only_a_participant_objects_and_only_once_and_in_time(work, runtime, clock):
    story = an_award(runtime, clock)
    with pytest.raises(errors.NotParticipant), work(some_bidders(work, 1)[0]) as ctx:
        service.object_to_award(ctx, story.award.id, grounds="异议")
    with work(story.bidders[0]) as ctx:
        service.object_to_award(ctx, story.award.id, grounds="异议")
    with pytest.raises(errors.ObjectionAlreadyFiled), work(story.bidders[0]) as ctx:
        service.object_to_award(ctx, story.award.id, grounds="再次异议")
    clock.advance(days=20)
    with pytest.raises(errors.ObjectionClosed), work(story.bidders[2]) as ctx:
        service.object_to_award(ctx, story.award.id, grounds="迟到的异议")


def test_another_buyer_does_not_decide_an_objection(work, runtime, clock):
    story = an_award(runtime, clock)
    with work(story.bidders[0]) as ctx:
        service.object_to_award(ctx, story.award.id, grounds="异议")
    with work() as ctx:
        (row,) = queries.objections(ctx, story.tender.id)
    with pytest.raises(errors.ObjectionNotFound), work(a_buying_actor(work)) as ctx:
        service.decide_objection(ctx, row.id, upheld=True, reply="成立")


@pytest.mark.parametrize("when", ["in the publicity days", "after confirmation"])
def test_a_declined_award_goes_to_the_next_reserve_and_leaves_a_mark(work, runtime, clock, when):
    story = (a_confirmed_award if when == "after confirmation" else an_award)(runtime, clock)
    with work(story.bidders[1]) as ctx:
        second = service.decline_award(ctx, story.award.id, reason="人员不足")
    with work() as ctx:
        assert (second.price_fen, queries.tender(ctx, story.tender.id).stage) == (8_800_000, "publicity")
        assert queries.award(ctx, story.award.id).status == "unsuccessful"
        event = ctx.session.scalars(select(EventRow).where(EventRow.type == "tender.award.declined")).one()
        assert story.bidders[1].organisation_id in event.body


def test_when_the_last_reserve_declines_the_tender_fails(work, runtime, clock):
    story = an_award(runtime, clock)
    order = (story.bidders[1], story.bidders[0], story.bidders[2])
    for bidder in order:
        with work(bidder) as ctx:
            service.decline_award(ctx, queries.live_award(ctx, story.tender.id).id, reason="不能承接")
    with work() as ctx:
        assert queries.tender(ctx, story.tender.id).stage == "failed"
        assert queries.live_award(ctx, story.tender.id) is None


def test_a_reserve_that_was_suspended_meanwhile_is_passed_over(work, runtime, clock):
    story = an_award(runtime, clock)
    with work() as ctx:
        until = ctx.now + timedelta(days=90)
        agencies.suspend(ctx, story.bidders[0].organisation_id, reason="处理决定", until=until)
    with work(story.bidders[1]) as ctx:
        second = service.decline_award(ctx, story.award.id, reason="不能承接")
    assert second.agency_id == story.bidders[2].organisation_id


def test_an_award_with_a_contract_in_force_is_not_declined(work, runtime, clock):
    story = a_confirmed_award(runtime, clock)
    with work() as ctx:
        service.mark_signed(ctx, story.award.id)
    with pytest.raises(errors.ContractInForce), work(story.bidders[1]) as ctx:
        service.decline_award(ctx, story.award.id, reason="反悔")


def test_a_winner_who_does_not_sign_in_time_makes_room_for_the_reserve(work, runtime, clock):
    story = a_confirmed_award(runtime, clock)
    with pytest.raises(errors.SigningNotOverdue), work(story.buyer) as ctx:
        service.lapse_award(ctx, story.award.id)
    with pytest.raises(errors.TenderNotFound), work(a_buying_actor(work)) as ctx:
        service.lapse_award(ctx, story.award.id)
    with work() as ctx:
        clock.set(queries.award(ctx, story.award.id).sign_due_at)
    with work(story.buyer) as ctx:
        second = service.lapse_award(ctx, story.award.id)
    with work() as ctx:
        assert (second.price_fen, queries.tender(ctx, story.tender.id).stage) == (8_800_000, "publicity")
        assert queries.award(ctx, story.award.id).status == "unsuccessful"


def test_a_signed_award_does_not_lapse(work, runtime, clock):
    story = a_confirmed_award(runtime, clock)
    with work() as ctx:
        service.mark_signed(ctx, story.award.id)
        clock.set(queries.award(ctx, story.award.id).sign_due_at)
    with pytest.raises(errors.ContractInForce), work(story.buyer) as ctx:
        service.lapse_award(ctx, story.award.id)


def test_only_the_winner_accepts(work, runtime, clock):
    story = an_award(runtime, clock)
    with pytest.raises(errors.AwardNotYours), work(story.bidders[0]) as ctx:
        service.accept_award(ctx, story.award.id)
    with work(story.bidders[1]) as ctx:
        assert service.accept_award(ctx, story.award.id).accepted_at == clock()


def test_a_timer_that_runs_again_changes_nothing(work, runtime, clock):
    story = a_confirmed_award(runtime, clock)
    with work() as ctx:
        for kind, subject in (
            ("tender.close", story.tender.id),
            ("award.publicity_ends", story.award.id),
            ("award.confirm", story.award.id),
        ):
            runtime.handlers[kind](ctx, subject)
    with work() as ctx:
        after = queries.award(ctx, story.award.id)
        assert (after.check_code, after.confirmed_at) == (story.award.check_code, story.award.confirmed_at)
        assert len(list(ctx.session.scalars(select(Tender)))) == 1
